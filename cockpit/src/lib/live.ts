// The live stream of the platform's state: one WebSocket, reconnected with back-off, that knows when it was last true.

export type PartState = 'up' | 'down' | 'starting' | 'unknown'

export interface PartStatus {
  readonly name: string
  readonly title: string
  readonly layer: string
  readonly healthy: boolean
  readonly state: PartState
  readonly detail?: string
  readonly version?: string
  /** ISO time since when it is in this state. */
  readonly since: string
  readonly latencyMs?: { readonly p50?: number; readonly p95?: number; readonly last?: number }
  /** Probe latencies in ms of the last 15 minutes, oldest first. */
  readonly points?: readonly number[]
  readonly url?: string
  readonly port?: number
  readonly needs?: readonly string[]
  readonly memoryBytes?: number
}

export interface Attention {
  readonly level: string
  readonly part?: string
  readonly text: string
  /** What cures it; a command or a sentence. */
  readonly action?: string
}

export interface Activity {
  readonly at: string
  readonly text: string
  readonly part?: string
}

export interface StatusMessage {
  readonly type: 'status'
  readonly at: string
  readonly parts: readonly PartStatus[]
  readonly attention: readonly Attention[]
  readonly activity: readonly Activity[]
}

export interface LiveState {
  readonly status: StatusMessage | undefined
  /** When the last message came, by this machine's clock. */
  readonly receivedAt: number | undefined
  /** `live`: messages come. `silent`: connected, none for a while. `lost`: not connected. `refused`: not for these roles. */
  readonly connection: 'connecting' | 'live' | 'silent' | 'lost' | 'refused'
  /** Failed attempts since the last message. */
  readonly attempts: number
  readonly retryAt: number | undefined
}

export interface Live {
  getSnapshot(): LiveState
  subscribe(listener: () => void): () => void
  /** Tries at once instead of waiting for the back-off. */
  retryNow(): void
  /** Opens no new connection for so many milliseconds; one that is open stays. */
  rest(ms: number): void
  /** Stops trying: the caller learnt that the stream is not for this user. */
  refuse(): void
}

/** No message for this long means that what is shown may no longer be true. */
export const SILENT_AFTER_MS = 7000

/** The server's: the token that the connection was opened with has ended; the session may have another. */
const TOKEN_ENDED = 4001

/** Wait before the next attempt: 0.5 s doubling to 15 s, with up to a quarter of jitter. */
export function backOff(attempts: number, random = Math.random()): number {
  return Math.min(15_000, 500 * 2 ** Math.min(attempts, 10)) * (1 + random / 4)
}

/** Connects on the first subscriber and stays connected. `onRefused` is told when a connection never opened. */
export function createLive(url: string, onRefused: () => void): Live {
  let state: LiveState = { status: undefined, receivedAt: undefined, connection: 'connecting', attempts: 0, retryAt: undefined }
  const listeners = new Set<() => void>()
  let socket: WebSocket | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let restsUntil = 0

  const set = (change: Partial<LiveState>) => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const listen = () => {
    clearTimeout(silence)
    silence = setTimeout(() => state.connection === 'live' && set({ connection: 'silent' }), SILENT_AFTER_MS)
  }
  const connect = () => {
    clearTimeout(retry)
    let opened = false
    const current = new WebSocket(url)
    socket = current
    current.onopen = () => {
      opened = true
      listen()
    }
    current.onmessage = (event) => {
      const message = parseStatus(event.data)
      if (!message) return
      listen()
      set({ status: message, receivedAt: Date.now(), connection: 'live', attempts: 0, retryAt: undefined })
    }
    current.onclose = ({ code }) => {
      if (socket !== current) return
      if (code === TOKEN_ENDED) return connect()
      clearTimeout(silence)
      const wait = Math.max(backOff(state.attempts), restsUntil - Date.now())
      retry = setTimeout(connect, wait)
      set({ connection: 'lost', attempts: state.attempts + 1, retryAt: Date.now() + wait })
      if (!opened) onRefused()
    }
  }
  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener)
      if (!socket) connect()
      return () => listeners.delete(listener)
    },
    retryNow() {
      if (state.connection === 'lost') connect()
    },
    rest(ms) {
      restsUntil = Date.now() + ms
    },
    refuse() {
      clearTimeout(retry)
      set({ connection: 'refused', retryAt: undefined })
    },
  }
}

/** The message, or undefined for anything that is not one: a newer server may send types that we do not know. */
export function parseStatus(data: unknown): StatusMessage | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const message = JSON.parse(data) as Partial<StatusMessage>
    if (message.type !== 'status' || typeof message.at !== 'string' || !Array.isArray(message.parts)) return undefined
    return { type: 'status', at: message.at, parts: message.parts, attention: message.attention ?? [], activity: message.activity ?? [] }
  } catch {
    return undefined
  }
}
