// What the pods of AKKO's own servers share: variables from the chart, the database, the realm, and a program's life.
import { createRemoteJWKSet } from 'jose'
import pg from 'pg'
import type { Authenticator } from '#kit/access'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createQueuedAudit, type QueuedAudit } from '#kit/audit-queue'
import { AkkoError, defineError, describeError } from '#kit/errors'
import type { Served } from '#kit/http'
import { createLog, type Log } from '#kit/log'
import { serveMetrics } from '#kit/metrics-page'
import { own } from '#kit/own'
import type { Secret } from '#kit/secret'
import { AUDIT_ROLE } from '#platform/names'
import { remember } from '#runtime/authenticator'
import { verifyToken } from '#wire/oidc/verify'

export const BadEnvironment = defineError('pod.bad_environment', 500, '{name} {problem}', {
  blame: 'operator',
  hint: 'the chart sets it: compare the pod with `helm get manifest`, chart {chart}',
})

/** Every address of the pod, of both families where it has both: Node's own choice. */
export const EVERYWHERE = ''

export interface Variables {
  text(name: string): string
  /** Without a slash at its end. */
  url(name: string): string
  port(name: string, otherwise: number | undefined): number
  wholeNumber(name: string, bounds: { readonly least: number; readonly otherwise: number }): number
}

/** The pod's environment, each variable checked as it is read. */
export function variablesOf(env: Readonly<Record<string, string | undefined>>, chart: string): Variables {
  const text = (name: string): string => {
    const value = own(env, name)
    if (!value) throw BadEnvironment({ name, problem: 'is not set', chart })
    return value
  }
  return {
    text,
    url: (name) => {
      const value = text(name)
      if (!URL.canParse(value)) throw BadEnvironment({ name, problem: 'is not an address', chart })
      return value.replace(/\/+$/, '')
    },
    port: (name, otherwise) => {
      const value = own(env, name) ? Number(own(env, name)) : otherwise
      if (value === undefined || !Number.isInteger(value) || value < 1 || value > 65_535)
        throw BadEnvironment({ name, problem: 'is not a port', chart })
      return value
    },
    wholeNumber: (name, { least, otherwise }) => {
      const value = own(env, name) ? Number(own(env, name)) : otherwise
      if (!Number.isSafeInteger(value) || value < least) throw BadEnvironment({ name, problem: `is not a number from ${least} on`, chart })
      return value
    },
  }
}

/** Over a URL without a password, and the password; as the URL's user, or another. */
export function createPodPool(name: string, url: string, password: Secret, log: Log, user?: string): pg.Pool {
  const pool = new pg.Pool({
    ...databaseOf(url),
    ...(user === undefined ? {} : { user }),
    password: password.reveal(),
    max: 4,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    application_name: `akko-${name}`,
  })
  pool.on('error', (error) => log.warn({ error: describeError(error) }, 'an idle connection broke'))
  return pool
}

export interface AuditDatabase {
  /** Of the database, with its owner and without a password. */
  readonly url: string
  readonly ownerPassword: Secret
  /** Of the role that may add rows to the audit and read them, and no more. */
  readonly writerPassword: Secret
}

/** What the pod's callers attempt goes to the table of the audit, by a role that does not own it; the owner makes the table. */
export function createPodAudit(name: string, { url, ownerPassword, writerPassword }: AuditDatabase, log: Log): QueuedAudit {
  const store = createPostgresAuditStore({
    owner: async () => createPodPool(name, url, ownerPassword, log),
    writer: { role: AUDIT_ROLE, pool: async () => createPodPool(name, url, writerPassword, log, AUDIT_ROLE) },
  })
  return createQueuedAudit({ store, log })
}

/** Piece by piece: of a whole address the driver takes the password too, even when it holds none. */
function databaseOf(url: string) {
  const { hostname, port, pathname, username } = new URL(url)
  return { host: hostname, ...(port ? { port: Number(port) } : {}), database: pathname.slice(1), user: decodeURIComponent(username) }
}

/** Authenticators for one realm: `backchannel` is its address inside the cluster. */
export function createRealm(realm: { readonly issuer: string; readonly backchannel: string }): (audience: string) => Authenticator {
  const keys = createRemoteJWKSet(new URL(`${realm.backchannel}/protocol/openid-connect/certs`), {
    cooldownDuration: 1000,
    timeoutDuration: 3000,
  })
  return (audience) => remember((token) => verifyToken(token, { issuer: realm.issuer, keys, audience }))
}

/** What the pod counts, on a port of its own: the network's rules let the scraper come there and nobody else. */
export function createPodMetrics(port: number, log: Log): { start(): Promise<void>; stop(): Promise<void> } {
  let served: Served | undefined
  return {
    start: async () => {
      served = await serveMetrics({ listen: { host: EVERYWHERE, port }, log })
    },
    stop: async () => {
      await served?.close(0)
      served = undefined
    },
  }
}

/** Serves until it is told to stop; says in two lines why it could not begin. */
export async function runPod(name: string, make: () => { start(): Promise<void>; stop(): Promise<void> }): Promise<void> {
  try {
    const pod = make()
    await pod.start()
    createLog(name).info({}, 'ready')
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        pod.stop().then(
          () => process.exit(0),
          () => process.exit(1),
        )
      })
    }
  } catch (error) {
    process.stderr.write(`akko-${name}: ${describeError(error)}\n`)
    if (error instanceof AkkoError && error.hint) process.stderr.write(`  ${error.hint}\n`)
    process.exit(1)
  }
}
