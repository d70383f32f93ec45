// The paths of logging in and out, in front of what is forwarded: whether one is meant, and what it is told. What a handler throws is the door's to tell.
import type { HttpBindings } from '@hono/node-server'
import { type Handler, Hono } from 'hono'
import { raw } from '#kit/api'
import type { Session } from '#parts/gateway/sessions/store'

export interface FlowRequest extends HttpBindings {
  readonly url: URL
  /** Its label; '' is the apex. */
  readonly host: string
  readonly session: () => Promise<Session | undefined>
}

interface FlowEnv {
  Bindings: FlowRequest
  Variables: object
}

export type Flow = Hono<FlowEnv>

const NOT_OURS = new Response(null, { status: 404 })

export function createFlow(): Flow {
  const flow = new Hono<FlowEnv>({ getPath: (request, of) => (of?.env as FlowRequest | undefined)?.url.pathname ?? request.url })
  flow.notFound(() => NOT_OURS)
  flow.onError((error) => {
    throw error
  })
  return flow
}

export function on(
  handle: (req: FlowRequest['incoming'], res: FlowRequest['outgoing'], asked: FlowRequest) => Promise<void>,
): Handler<FlowEnv> {
  return raw<FlowEnv>((req, res, c) => handle(req, res, c.env))
}

/** False: the flow has no such path. HEAD is none of its: it would act as GET does. */
export async function answered(flow: Flow, asked: FlowRequest): Promise<boolean> {
  const { method } = asked.incoming
  return method !== 'HEAD' && (await flow.fetch({ method, url: asked.url.href } as Request, asked)) !== NOT_OURS
}
