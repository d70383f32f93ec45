// A small API on a private socket with our own code on both sides, or of one page: a table of routes, whose handlers answer with what they return.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ApiEnv, type ApiHandler, type ApiOptions, createApi, listenerOf, raw } from '#kit/api'
import { sendJson } from '#kit/http'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Readonly<Record<string, string>>
}

/** What it returns is sent as JSON; undefined: it has answered itself. */
export type PrivateHandler = (exchange: Exchange) => unknown

export interface PrivateApi extends Pick<ApiOptions<ApiEnv>, 'log' | 'answer'> {
  /** By method and path: `POST /start/:name`. */
  readonly routes: Readonly<Record<string, PrivateHandler>>
}

export function createPrivateApi({ routes, ...options }: PrivateApi): ApiHandler {
  const app = createApi(options)
  for (const [route, handle] of Object.entries(routes)) {
    const [method, path] = route.split(' ') as [string, string]
    const on = raw<ApiEnv>(async (req, res, c) => {
      const body = await handle({ req, res, params: c.req.param() })
      if (body !== undefined) sendJson(res, 200, body)
    })
    app.on(method, path, on)
  }
  return listenerOf(app, { raw: true })
}
