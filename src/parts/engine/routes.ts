// The engine's private HTTP: describe, run (a stream of lines), cancel, health, lifeline, recycle.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, sendJson } from '#kit/http'
import type { Handlers } from './handlers.ts'
import type { RunRequest } from './protocol.ts'

export function createRouter(handlers: Handlers) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = req.url ?? '/'
    switch (`${req.method} ${path.split('/').slice(0, 2).join('/')}`) {
      case 'POST /describe':
        return handlers.describe((JSON.parse(await readBody(req)) as { sql: string }).sql, res)
      case 'POST /runs':
        return handlers.run(JSON.parse(await readBody(req)) as RunRequest, res)
      case 'DELETE /runs':
        return handlers.cancel(path.split('/')[2] ?? '', res)
      case 'GET /health':
        return handlers.health(res)
      case 'GET /lifeline':
        return handlers.lifeline(res)
      case 'POST /recycle':
        return handlers.recycle(res)
      default:
        sendJson(res, 404, { error: { code: 'engine.fault', values: { text: `no route ${req.method} ${path}` } } })
    }
  }
}
