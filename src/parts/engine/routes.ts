// The engine's private HTTP: describe, run (a stream of lines), cancel, health, lifeline, recycle.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AkkoError } from '#kit/errors'
import { readBody, sendJson } from '#kit/http'
import { StatementRefused, toWire } from '#parts/engine/errors'
import type { Handlers } from '#parts/engine/handlers'
import { parseDescribe, parseRun } from '#parts/engine/requests'

export function createRouter(handlers: Handlers) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = req.url ?? '/'
    try {
      await dispatch(path, req, res)
    } catch (error) {
      if (!StatementRefused.is(error) || res.headersSent) throw error
      sendJson(res, (error as AkkoError).status, { error: toWire(error) })
    }
  }

  async function dispatch(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    switch (`${req.method} ${path.split('/').slice(0, 2).join('/')}`) {
      case 'POST /describe':
        return handlers.describe(parseDescribe(await readBody(req)).sql, res)
      case 'POST /runs':
        return handlers.run(parseRun(await readBody(req)), res)
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
