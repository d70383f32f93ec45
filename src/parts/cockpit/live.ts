// The live stream of the platform's state: one WebSocket per page, every client gets the same text.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { AccessDenied, errorBody, toAkkoError } from '#kit/errors'
import type { Log } from '#kit/log'
import { requestId } from '#kit/trace'
import { callerOf, currentStatus, type HandlerDeps, mayWatch } from '#parts/cockpit/handlers'

export const LIVE_PATH = '/api/live'

const EVERY_MS = 2000
/** How often each watcher's token is looked at again: what has ended reaches every door within five seconds. */
const RECHECK_MS = 4000
/** How often each client must show that it is there. */
const PING_MS = 60_000
/** A client that does not read is dropped. */
const MOST_BUFFERED = 1024 * 1024
const GOING_AWAY = 1001
const POLICY_VIOLATION = 1008
/** Of our own: the token has ended, and who has another may come again at once. */
export const TOKEN_ENDED = 4001

export interface Live {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  start(): void
  stop(): void
}

export function createLive(deps: HandlerDeps & { readonly log: Log }): Live {
  const server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false })
  const watchers = new Map<WebSocket, { readonly token: string; answered: boolean }>()
  let timers: NodeJS.Timeout[] = []
  let forget = () => {}

  const broadcast = () => {
    if (watchers.size === 0) return
    const text = JSON.stringify(currentStatus(deps))
    for (const socket of watchers.keys()) {
      if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate()
      else socket.send(text)
    }
  }

  const ping = () => {
    for (const [socket, watcher] of watchers) {
      if (!watcher.answered) socket.terminate()
      watcher.answered = false
      if (socket.readyState === socket.OPEN) socket.ping()
    }
  }

  const recheck = async ([socket, { token }]: [WebSocket, { readonly token: string }]) => {
    try {
      await mayWatch(deps, await deps.authenticator.bearer(token))
    } catch (thrown) {
      const error = toAkkoError(thrown)
      if (error.retryable) return
      if (AccessDenied.is(error)) socket.close(POLICY_VIOLATION, 'no longer allowed')
      else socket.close(TOKEN_ENDED, 'the token has ended')
    }
  }

  return {
    start: () => {
      timers = [
        setInterval(broadcast, EVERY_MS),
        setInterval(ping, PING_MS),
        setInterval(() => void Promise.all([...watchers].map(recheck)), RECHECK_MS),
      ]
      for (const timer of timers) timer.unref()
      forget = deps.monitor.onChange(broadcast)
    },
    stop: () => {
      forget()
      for (const timer of timers) clearInterval(timer)
      for (const socket of watchers.keys()) socket.close(GOING_AWAY, 'the cockpit stops')
      setTimeout(() => {
        for (const socket of server.clients) socket.terminate()
      }, 500).unref()
    },
    upgrade: async (req, socket, head) => {
      socket.on('error', () => socket.destroy())
      try {
        const { caller, token } = await callerOf(deps, req)
        await mayWatch(deps, caller)
        server.handleUpgrade(req, socket, head, (webSocket) => {
          const watcher = { token, answered: true }
          watchers.set(webSocket, watcher)
          webSocket.on('pong', () => {
            watcher.answered = true
          })
          webSocket.on('error', (error) => deps.log.debug({ error: error.message }, 'a live stream broke'))
          webSocket.on('close', () => watchers.delete(webSocket))
          webSocket.send(JSON.stringify(currentStatus(deps)))
        })
      } catch (thrown) {
        const error = toAkkoError(thrown)
        const body = JSON.stringify(errorBody(error, requestId()))
        socket.end(
          `HTTP/1.1 ${error.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        )
      }
    },
  }
}
