// The HTTP face of the Trino client protocol: which path is which handler, and errors as HTTP sees them.
import type { Hono, Handler as Route } from 'hono'
import { type Answer, MethodNotAllowed, NoSuchPath } from '#kit/answer'
import { type ApiEnv, createApi, localOnly, raw } from '#kit/api'
import { type AkkoError, NotAuthenticated } from '#kit/errors'
import type { Log } from '#kit/log'
import {
  cancelQuery,
  cancelStatement,
  type Exchange,
  getQuery,
  info,
  listQueries,
  nextPage,
  postStatement,
  type SqlDeps,
} from '#parts/sql/handlers'

type Handler = (deps: SqlDeps, exchange: Exchange) => Promise<void>

const PAGE = '/v1/statement/:stage{queued|executing}/:id/:slug/:token{[0-9]+}'
const QUERY = '/v1/query/:id'
export const INFO_PATH = '/v1/info'

export function createRoutes(deps: SqlDeps, log: Log): Hono<ApiEnv> {
  const app = createApi({ log, answer: toText })
  const on = (handler: Handler): Route<ApiEnv> =>
    raw((req, res, c) => handler(deps, { req, res, params: c.req.param() as Record<string, string> }))
  if (deps.doors.authentication === 'none') app.use(localOnly)
  app.post('/v1/statement', on(postStatement))
  app.get(PAGE, on(nextPage))
  app.delete(PAGE, on(cancelStatement))
  app.get(INFO_PATH, on(info))
  app.get('/v1/query', on(listQueries))
  app.get(QUERY, on(getQuery))
  app.delete(QUERY, on(cancelQuery))
  return app
}

function toText({ status, code, message, hint, values }: AkkoError): Answer {
  if (code === NoSuchPath.spec.code) return { status, body: 'not found\n' }
  if (code === MethodNotAllowed.spec.code) return { status, body: `${values.method} is not allowed here\n` }
  const challenge: Record<string, string> = code === NotAuthenticated.spec.code ? { 'www-authenticate': 'Bearer realm="Trino"' } : {}
  return { status, body: `${hint ? `${message} (${hint})` : message}\n`, headers: challenge }
}
