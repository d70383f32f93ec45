// The two PostgreSQL servers under CloudNativePG as a stranger sees them: by kubectl, and by Debian's psql over the Services' addresses.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { secretName } from '#platform/names'
import { secretRef } from '#platform/secret-objects'
import type { TestCluster } from '#test/cluster/cluster'
import type { Result } from '#test/cluster/daemons'

export const HA = 'ha'
export type Server = 'postgresql' | 'postgresql-data'
export const SERVERS: readonly Server[] = ['postgresql', 'postgresql-data']
export const objectName = (server: Server) => `akko-${server}`

export interface Session {
  readonly host: string
  readonly user: string
  readonly password: string
  readonly database: string
}

interface PostgresCluster {
  readonly spec: { readonly instances: number }
  readonly status?: {
    readonly phase?: string
    readonly readyInstances?: number
    readonly currentPrimary?: string
    readonly targetPrimary?: string
    readonly instanceNames?: readonly string[]
    readonly pgDataImageInfo?: { readonly image: string; readonly majorVersion: number }
  }
}

/** Of the release's own namespace, as JSON. */
export async function read<T>(cluster: TestCluster, kind: string, name: string): Promise<T> {
  return JSON.parse(await cluster.kubectl(['get', kind, name, `--namespace=${HA}`, '--output=json'])) as T
}

export const postgresCluster = (cluster: TestCluster, server: Server) =>
  read<PostgresCluster>(cluster, 'clusters.postgresql.cnpg.io', objectName(server))

export async function addressOf(cluster: TestCluster, service: string): Promise<string> {
  return (await read<{ spec: { clusterIP: string } }>(cluster, 'service', service)).spec.clusterIP
}

export async function podAddress(cluster: TestCluster, pod: string): Promise<string> {
  return (await read<{ status: { podIP: string } }>(cluster, 'pod', pod)).status.podIP
}

/** Through the Service that the chart names. */
export async function sessionOf(cluster: TestCluster, server: Server, user = 'postgres', service = objectName(server)): Promise<Session> {
  const superuser = user === 'postgres'
  const ref = secretRef(superuser ? secretName.superuser(server) : secretName.role(server, user))
  const secret = await read<{ data: Record<string, string> }>(cluster, 'secret', ref.secret)
  const password = Buffer.from(secret.data[ref.key] as string, 'base64').toString()
  return { host: await addressOf(cluster, service), user, password, database: user }
}

const environment = ({ host, user, password, database }: Session) => ({
  PGHOST: host,
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
  PGCONNECT_TIMEOUT: '5',
})

export function tryPsql(cluster: TestCluster, session: Session, sql: string, env: Record<string, string> = {}): Promise<Result> {
  const words = ['-X', '-q', '-A', '-t', '--no-password', '-c', sql]
  return cluster.run('psql', words, { env: { ...environment(session), ...env }, timeoutMs: 60_000 })
}

export async function psql(cluster: TestCluster, session: Session, sql: string): Promise<string> {
  const { code, stdout, stderr } = await tryPsql(cluster, session, sql)
  if (code !== 0) throw new Error(`${sql}: ${stderr}`)
  return stdout.trim()
}

/** Resolves with the seconds until every instance is ready. */
export async function healthy(cluster: TestCluster, server: Server, limitSeconds = 420): Promise<number> {
  const began = Date.now()
  for (let round = 0; ; round++) {
    const { spec, status } = await postgresCluster(cluster, server)
    const ready = status?.readyInstances === spec.instances && status.currentPrimary === status.targetPrimary
    if (ready && status.phase === 'Cluster in healthy state') return (Date.now() - began) / 1000
    if (Date.now() - began > limitSeconds * 1000) throw new Error(`${server} after ${limitSeconds} s: ${JSON.stringify(status)}`)
    await sleep(1000)
    // A new instance's base backup waits for a checkpoint that PostgreSQL spreads over up to 4.5 minutes: an asked one is done at once.
    if (round % 10 === 9 && status?.currentPrimary) await tryPsql(cluster, await sessionOf(cluster, server), 'CHECKPOINT')
  }
}

/** One acknowledged row: its number, when, and which run of which server acknowledged it. */
export interface Acknowledged {
  readonly row: number
  readonly at: number
  readonly by: string
}

export const SERVER_RUN = `host(inet_server_addr()) || '@' || extract(epoch from pg_postmaster_start_time())`

/**
 * Rows without end, each a transaction of its own; what the server acknowledged is written down with its time. A connection that breaks is made
 * anew, and goes on with numbers that nobody used before, since the row under way may be there or not.
 */
const WRITER = `
rows() {
  n=$1
  while [ ! -e "$FOLDER/stop" ]; do
    n=$((n + 1))
    echo "INSERT INTO acknowledged VALUES ($n) RETURNING n || ' ' || ${SERVER_RUN};"
  done
}
for ((tries = 0; ; tries++)); do
  [ ! -e "$FOLDER/stop" ] || exit 0
  rows $((tries * 1000000)) | psql -X -q -A -t --no-password -v ON_ERROR_STOP=1 "$LOSSES" 2>>"$FOLDER/errors" |
    while read -r row by; do echo "$row $EPOCHREALTIME $by"; done >>"$FOLDER/log"
  sleep 0.1
done`
/** How a client notices a server that is gone without a word. */
const LOSSES = 'connect_timeout=2 tcp_user_timeout=3000 keepalives_idle=1 keepalives_interval=1 keepalives_count=2'

export interface Writer {
  seen(): Acknowledged[]
  errors(): string
  /** Ends after the rows that are on their way. */
  stop(): Promise<void>
}

/** psql in a loop, in the cluster's network, against one address. */
export function startWriter(cluster: TestCluster, session: Session): Writer {
  const folder = mkdtempSync(join(tmpdir(), 'akko-writer-'))
  writeFileSync(join(folder, 'log'), '')
  writeFileSync(join(folder, 'errors'), '')
  const [program, ...words]: readonly string[] = [...cluster.inside, 'timeout', '900', 'bash', '-c', WRITER]
  const env = { ...process.env, ...environment(session), LOSSES, FOLDER: folder }
  const child = spawn(program as string, words, { env, stdio: 'ignore' })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const seen = () =>
    readFileSync(join(folder, 'log'), 'utf8')
      .split('\n')
      .slice(0, -1) // after the last line end stands nothing, or half a line
      .map((line) => line.split(' '))
      .map(([row, at, by]) => ({ row: Number(row), at: Math.round(Number(at) * 1000), by: by as string }))
  let last: { seen: Acknowledged[]; errors: string } | undefined
  return {
    seen: () => last?.seen ?? seen(),
    errors: () => last?.errors ?? readFileSync(join(folder, 'errors'), 'utf8'),
    stop: async () => {
      if (last || !existsSync(folder)) return
      writeFileSync(join(folder, 'stop'), '')
      await Promise.race([ended, sleep(15_000)]) // a row may wait for a standby that does not come
      child.kill()
      await ended
      last = { seen: seen(), errors: readFileSync(join(folder, 'errors'), 'utf8') }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until a row is acknowledged that `wanted` takes. */
export async function acknowledgement(writer: Writer, seconds: number, wanted: (row: Acknowledged) => boolean): Promise<Acknowledged> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const found = writer.seen().find(wanted)
    if (found) return found
    if (Date.now() > end) throw new Error(`no such row acknowledged within ${seconds} s; psql said last: ${writer.errors().slice(-500)}`)
    await sleep(100)
  }
}
