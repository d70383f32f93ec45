// The steps of each request of the client protocol. Every one knows its caller and asks the authoriser before it looks.
import type http from 'node:http'
import { authorise, decide } from '#kit/access'
import { readAtMost } from '#kit/body'
import { sendJson } from '#kit/http'
import { authenticate, type Doors } from '#parts/sql/doors'
import { BadHeader, NotFound, TextTooLarge, toQueryError } from '#parts/sql/errors'
import type { Page, QueryManager } from '#parts/sql/query/manager'
import type { Query } from '#parts/sql/query/query'
import { queryFor } from '#parts/sql/resource-kinds'
import { MAX_LENGTH } from '#parts/sql/syntax/budget'
import { malformedHeader, parseClientHeaders, printSessionUpdates } from '#wire/trino/headers'
import { printResults, type QueryResults } from '#wire/trino/results'

/** Of a statement's text as UTF-8: what no statement of the longest length exceeds. */
const MAX_BYTES = 4 * MAX_LENGTH
/** Of a statement's text in the list of queries. */
const PREVIEW = 10_000

export interface SqlDeps {
  readonly doors: Doors
  readonly manager: QueryManager
  /** Scheme, host and port under which this client reaches us, without a final slash. */
  readonly publicUrl: (req: http.IncomingMessage) => string
  readonly version: string
  readonly started: Date
}

export interface Exchange {
  readonly req: http.IncomingMessage
  readonly res: http.ServerResponse
  readonly params: Readonly<Record<string, string>>
}

async function identify(deps: SqlDeps, req: http.IncomingMessage) {
  const client = parseClientHeaders(req.headers)
  const caller = await authenticate(deps.doors, req.headers.authorization, client)
  const header = malformedHeader(req.headers)
  if (header !== undefined) throw BadHeader({ header })
  return { client, caller }
}

export async function postStatement(deps: SqlDeps, { req, res }: Exchange): Promise<void> {
  const { client, caller } = await identify(deps, req)
  await authorise(deps.doors.authoriser, caller, 'read', { kind: 'platform', path: [] })
  const bytes = Number(req.headers['content-length'] ?? 0)
  const sql = (await readAtMost(req, MAX_BYTES))?.toString('utf8')
  const refusal = sql === undefined ? TextTooLarge({ limit: MAX_LENGTH, bytes: bytes || `more than ${MAX_BYTES}` }) : undefined
  const query = deps.manager.submit({ sql: sql ?? '', caller, client, userAgent: req.headers['user-agent'] }, refusal)
  sendResults(deps, req, res, query, { token: 0, rows: [], columns: undefined, last: false })
}

/** The query of a path, if the caller may do this to it; a wrong slug or id looks the same. */
async function reach(deps: SqlDeps, req: http.IncomingMessage, id: string, action: 'read' | 'manage', slug?: string): Promise<Query> {
  const { caller } = await identify(deps, req)
  const query = deps.manager.get(id)
  if (!query || (slug !== undefined && slug !== query.slug)) throw NotFound({ text: `Query ${id} not found` })
  await authorise(deps.doors.authoriser, caller, action, queryFor(caller, query), { named: query.id })
  return query
}

export async function nextPage(deps: SqlDeps, { req, res, params }: Exchange): Promise<void> {
  const { id = '', slug, token } = params
  const query = await reach(deps, req, id, 'read', slug)
  const page = deps.manager.page(query, Number(token))
  if (!page) {
    res.writeHead(410, { 'content-type': 'text/plain' }).end('this page was given already, or is not next\n')
    return
  }
  sendResults(deps, req, res, query, await page)
}

export async function cancelStatement(deps: SqlDeps, { req, res, params }: Exchange): Promise<void> {
  const { id = '', slug } = params
  deps.manager.cancel(await reach(deps, req, id, 'manage', slug))
  res.writeHead(204).end()
}

export async function cancelQuery(deps: SqlDeps, { req, res, params }: Exchange): Promise<void> {
  deps.manager.cancel(await reach(deps, req, params.id ?? '', 'manage'))
  res.writeHead(204).end()
}

export async function info(deps: SqlDeps, { res }: Exchange): Promise<void> {
  const seconds = (Date.now() - deps.started.getTime()) / 1000
  sendJson(res, 200, {
    nodeVersion: { version: deps.version },
    environment: 'akko',
    coordinator: true,
    starting: false,
    uptime: `${seconds.toFixed(2)}s`,
  })
}

export async function listQueries(deps: SqlDeps, { req, res }: Exchange): Promise<void> {
  const { caller } = await identify(deps, req)
  const seen: object[] = []
  for (const query of deps.manager.list().reverse()) {
    const decision = await decide(deps.doors.authoriser, caller, 'read', queryFor(caller, query))
    if (decision.allow) seen.push({ ...describeQuery(deps, req, query), query: query.sql.slice(0, PREVIEW) })
  }
  sendJson(res, 200, seen)
}

export async function getQuery(deps: SqlDeps, { req, res, params }: Exchange): Promise<void> {
  sendJson(res, 200, describeQuery(deps, req, await reach(deps, req, params.id ?? '', 'read')))
}

/** The useful subset of Trino's BasicQueryInfo. */
function describeQuery(deps: SqlDeps, req: http.IncomingMessage, query: Query): object {
  const error = query.error ? toQueryError(query.error) : undefined
  return {
    queryId: query.id,
    session: {
      user: query.caller.sub,
      principal: query.caller.sub,
      source: query.source,
      catalog: query.client.catalog,
      schema: query.client.schema,
      clientTags: query.client.clientTags,
      traceToken: query.client.traceToken,
      requestId: query.caller.requestId,
    },
    state: query.state,
    ...(query.group ? { resourceGroupId: query.group } : {}),
    self: `${deps.publicUrl(req)}/v1/query/${query.id}`,
    query: query.sql,
    updateType: query.updateType,
    queryStats: {
      ...query.stats(),
      createTime: query.created.toISOString(),
      endTime: query.ended?.toISOString(),
      elapsedTime: `${query.elapsedMs.toFixed(2)}ms`,
    },
    ...(error ? { errorType: error.errorType, errorCode: { code: error.errorCode, name: error.errorName, type: error.errorType } } : {}),
    ...(error ? { failureInfo: error.failureInfo } : {}),
  }
}

function sendResults(deps: SqlDeps, req: http.IncomingMessage, res: http.ServerResponse, query: Query, page: Page): void {
  const base = deps.publicUrl(req)
  const stage = page.token === 0 || query.state === 'QUEUED' ? 'queued' : 'executing'
  const next = `${base}/v1/statement/${stage}/${query.id}/${query.slug}/${page.token + 1}`
  const done = page.last
  const results: QueryResults = {
    id: query.id,
    infoUri: `${base}/v1/query/${query.id}`,
    ...(done ? {} : { nextUri: next, partialCancelUri: next }),
    ...(page.columns && !query.error ? { columns: page.columns } : {}),
    stats: query.stats(),
    ...(done && query.error ? { error: toQueryError(query.error) } : {}),
    warnings: [],
    ...(query.updateType === undefined ? {} : { updateType: query.updateType }),
    ...(done && query.updateCount !== undefined ? { updateCount: query.updateCount } : {}),
  }
  const text = printResults(results, page.rows)
  const headers = done && !query.error ? printSessionUpdates(query.updates) : {}
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(text)
}
