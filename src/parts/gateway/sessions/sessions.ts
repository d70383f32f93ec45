// The life of a browser session: made at login, its token renewed before it ends, over at logout or when the provider says so.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { AkkoError, describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { GrantRefused, SessionsDown } from '#parts/gateway/errors'
import type { OidcClient } from '#parts/gateway/oidc'
import type { ClientName, Session, SessionStore, Tokens } from '#parts/gateway/sessions/store'

/** A token is renewed in the last fifth of its life, at most this long before its end. */
const RENEW_BEFORE_MS = 30_000
/** A token this young that an upstream refuses would not get better by another one. */
const TRUST_FOR_MS = 60_000
const CODE_MAX_AGE_MS = 60_000

export interface Login {
  readonly client: ClientName
  readonly user: string
  readonly providerSession?: string
  readonly tokens: Tokens
}

export interface Sessions {
  /** Makes a session for a host; the answer is the cookie's value. */
  begin(host: string, login: Login): Promise<string>
  /** The same for a host that cannot be given a cookie yet: a code that the browser of `binding` may redeem there, once. */
  beginElsewhere(host: string, login: Login, binding: string): Promise<string>
  redeem(host: string, code: string, binding: string): Promise<{ readonly secret: string; readonly session: Session } | undefined>
  /** The live session of a cookie's value, with a token that lasts; undefined when there is none. */
  resolve(host: string, secret: string): Promise<Session | undefined>
  /** Whose session the cookie's value is, of whatever host; for the record of what was refused to it. */
  userOf(secret: string): Promise<string | undefined>
  /** An upstream refused its token: the next request asks the provider. */
  distrust(session: Session): void
  /** Ends the session and every other host's of the same login. */
  end(session: Session): Promise<void>
  /** Calls back once when the session with this id ends here. */
  onEnd(id: string, listener: () => void): () => void
}

export interface SessionsDeps {
  readonly store: SessionStore
  readonly clients: Readonly<Record<ClientName, OidcClient>>
  readonly log: Log
  /** How long a login lasts at most, milliseconds. */
  readonly lifetimeMs: number
  readonly trustForMs?: number
  /** Whether an access token that has not run out is still believed; default: it is. */
  readonly isGood?: (accessToken: string) => Promise<boolean>
}

export function createSessions({
  store,
  clients,
  log,
  lifetimeMs,
  trustForMs = TRUST_FOR_MS,
  isGood = async () => true,
}: SessionsDeps): Sessions {
  const renewing = new Map<string, Promise<Session | undefined>>()
  const distrusted = new Set<string>()
  const listeners = new Map<string, Set<() => void>>()

  const announceEnd = (id: string) => {
    distrusted.delete(id)
    for (const listener of listeners.get(id) ?? []) listener()
    listeners.delete(id)
  }

  const create = async (host: string, login: Login, binding?: string): Promise<string> => {
    const secret = randomBytes(32).toString('base64url')
    const session = { id: randomUUID(), host, ...login, expires: new Date(Date.now() + lifetimeMs) }
    await guarded(() => store.create(session, hash(secret), binding === undefined ? undefined : Buffer.from(binding, 'base64url')))
    log.info({ user: login.user, host: host || 'cockpit' }, 'session began')
    return secret
  }

  const lasts = ({ id, tokens }: Session) => {
    const margin = Math.min(RENEW_BEFORE_MS, (tokens.accessExpires - tokens.obtained) / 5)
    return tokens.accessExpires - Date.now() > margin && !distrusted.has(id)
  }

  /** Reads again first: a request that waited may have seen tokens that were replaced meanwhile. */
  const renew = async (secretHash: Buffer): Promise<Session | undefined> => {
    const session = await guarded(() => store.find(secretHash))
    if (!session || lasts(session)) return session
    const { refreshToken } = session.tokens
    try {
      if (!refreshToken) throw GrantRefused({ reason: 'there is no refresh token' })
      const fresh = await clients[session.client].refresh(refreshToken)
      const tokens = { ...session.tokens, ...fresh }
      await guarded(() => store.updateTokens(session.id, session.version, tokens))
      distrusted.delete(session.id)
      return { ...session, tokens, version: session.version + 1 }
    } catch (error) {
      if (GrantRefused.is(error)) {
        log.info({ user: session.user, reason: error.message }, 'session ended by the provider')
        await guarded(() => store.end(session.id))
        announceEnd(session.id)
        return undefined
      }
      if (session.tokens.accessExpires > Date.now() && !distrusted.has(session.id)) {
        log.warn({ error: describeError(error) }, 'a token could not be renewed yet')
        return session
      }
      throw error
    }
  }

  /** One renewal at a time for each session: refresh tokens are used once. */
  const renewOnce = (id: string, secretHash: Buffer): Promise<Session | undefined> => {
    const running = renewing.get(id)
    if (running) return running
    const promise = renew(secretHash).finally(() => renewing.delete(id))
    renewing.set(id, promise)
    return promise
  }

  return {
    begin: (host, login) => create(host, login),
    beginElsewhere: (host, login, binding) => create(host, login, binding),
    redeem: async (host, code, binding) => {
      const secret = randomBytes(32).toString('base64url')
      const session = await guarded(() =>
        store.redeem({
          hash: hash(code),
          host,
          binding: Buffer.from(binding, 'base64url'),
          newHash: hash(secret),
          maxAgeMs: CODE_MAX_AGE_MS,
        }),
      )
      return session && { secret, session }
    },
    resolve: async (host, secret) => {
      const secretHash = hash(secret)
      const session = await guarded(() => store.find(secretHash))
      if (!session || session.host !== host) return undefined
      // A token may be dead before its time: a role was taken away, the login ended elsewhere. The provider says which.
      if (lasts(session) && !(await isGood(session.tokens.accessToken))) distrusted.add(session.id)
      return lasts(session) ? session : renewOnce(session.id, secretHash)
    },
    userOf: async (secret) => (await guarded(() => store.find(hash(secret))))?.user,
    distrust: ({ id, tokens }) => {
      if (Date.now() - tokens.obtained > trustForMs) distrusted.add(id)
    },
    end: async (session) => {
      const { providerSession } = session
      const others = providerSession === undefined ? [] : await guarded(() => store.endLogin(providerSession))
      await guarded(() => store.end(session.id))
      for (const id of new Set([...others, session.id])) announceEnd(id)
      log.info({ user: session.user }, 'logged out')
    },
    onEnd: (id, listener) => {
      const set = listeners.get(id) ?? new Set()
      listeners.set(id, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(id) === set) listeners.delete(id)
      }
    },
  }
}

/** The binding of a browser's secret, as it may be shown in a URL. */
export function bindingOf(secret: string): string {
  return hash(secret).toString('base64url')
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof AkkoError ? error : SessionsDown({}, error)
  }
}
