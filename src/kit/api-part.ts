// A part's life around an API: start, health at its own door, drain, stop.
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { HEALTH_PATH } from '#kit/answer'
import { listenerOf } from '#kit/api'
import { describeError } from '#kit/errors'
import { openSocketRequest, readBody, type Served, type ServeOptions, serve } from '#kit/http'
import type { Health, Part } from '#kit/part'

/** Asks the part's own door. */
export type Ask = (path: string) => Promise<{ readonly status: number; readonly text: string }>

export interface ApiPart<E extends { Bindings: HttpBindings; Variables: object }>
  extends Pick<ServeOptions, 'listen' | 'log' | 'upgrade' | 'observe' | 'probes'> {
  readonly name: string
  /** Undefined is nobody. */
  readonly forwarder?: ServeOptions['forwarder'] | undefined
  /** Prepares what the app needs; called at each start. */
  open(): Promise<Hono<E>>
  /** All handlers are `raw`. */
  readonly raw?: boolean
  /** Default: what `createApi` says at its path. */
  readonly health?: (ask: Ask) => Promise<Health>
  /** Before the door closes: ends what would hold it open. */
  drain?(): Promise<void>
  /** After the last request, or when the door could not open. */
  close?(): Promise<void>
}

const HEALTH_MS = 2000

/** The part of a cell that serves an app. */
export function createApiPart<E extends { Bindings: HttpBindings; Variables: object }>(part: ApiPart<E>): Part & { port(): number } {
  const { listen, log, forwarder, upgrade, observe, probes = [HEALTH_PATH] } = part
  let served: Served | undefined

  const stop = async () => {
    const last = served
    served = undefined
    await part.drain?.()
    await last?.close()
    await part.close?.()
  }
  const start = async () => {
    if (served) await stop()
    try {
      served = await serve({
        listen,
        log,
        part: part.name,
        probes,
        handler: listenerOf(await part.open(), { raw: part.raw === true }),
        ...(forwarder ? { forwarder } : {}),
        ...(upgrade ? { upgrade } : {}),
        ...(observe ? { observe } : {}),
      })
    } catch (error) {
      await stop()
      throw error
    }
  }
  const ask: Ask = async (path) => {
    if ('socket' in listen) {
      const answer = await openSocketRequest(listen.socket, { path, timeoutMs: HEALTH_MS })
      return { status: answer.statusCode ?? 0, text: await readBody(answer) }
    }
    const answer = await fetch(`http://${listen.host}:${served?.port}${path}`, { signal: AbortSignal.timeout(HEALTH_MS) })
    return { status: answer.status, text: await answer.text() }
  }
  return {
    name: part.name,
    port: () => served?.port ?? 0,
    start,
    stop,
    health: async () => {
      if (!served) return { healthy: false, detail: 'not started' }
      try {
        return await (part.health ?? ownHealth)(ask)
      } catch (error) {
        return { healthy: false, detail: `its port does not answer: ${describeError(error)}` }
      }
    },
  }
}

async function ownHealth(ask: Ask): Promise<Health> {
  return JSON.parse((await ask(HEALTH_PATH)).text) as Health
}
