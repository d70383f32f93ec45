// The engine's private HTTP: describe, run (a stream of lines), cancel, health, lifeline, recycle.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, MethodNotAllowed, NoSuchPath } from '#kit/answer'
import { readText } from '#kit/body'
import type { AkkoError } from '#kit/errors'
import type { Log } from '#kit/log'
import { createPrivateApi } from '#kit/private-api'
import { EngineFault, toWire } from '#parts/engine/errors'
import type { Handlers } from '#parts/engine/handlers'
import { parseDescribe, parseRun } from '#parts/engine/requests'

export const HEALTH_PATH = '/health'
/** Bytes: the longest statement of the SQL front, as JSON. */
const LARGEST_RUN = 192 * 1024 * 1024

export function createRoutes(handlers: Handlers, log: Log): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return createPrivateApi({
    log,
    answer: toAnswer,
    routes: {
      'POST /runs': async ({ req, res }) => handlers.run(parseRun(await readText(req, LARGEST_RUN)), res),
      'POST /describe': async ({ req, res }) => handlers.describe(parseDescribe(await readText(req)).sql, res),
      'DELETE /runs/:id': ({ params, res }) => handlers.cancel(params.id ?? '', res),
      [`GET ${HEALTH_PATH}`]: ({ res }) => handlers.health(res),
      'GET /lifeline': ({ res }) => handlers.lifeline(res),
      'POST /recycle': ({ res }) => handlers.recycle(res),
    },
  })
}

/** What the client knows by its code crosses as it is; the rest is a fault of ours. */
function toAnswer(error: AkkoError, _: unknown, thrown: unknown): Answer {
  const known = error.code.startsWith('engine.') ? error : EngineFault({ text: describe(error, thrown) })
  return { status: error.status, body: { error: toWire(known) } }
}

function describe({ code, message, values }: AkkoError, thrown: unknown): string {
  if (code === NoSuchPath.spec.code || code === MethodNotAllowed.spec.code) return `no route ${values.method} ${values.path}`
  return thrown instanceof Error ? thrown.message : message
}
