// The real Trino over the platform's catalogue, started on a loopback port, and the bare protocol to ask it or ours.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretName } from '#platform/names'
import { java25, trinoHome } from '#test/support/jvm'
import type { Platform } from '#test/support/platform'
import { freePort } from '#test/support/postgres'
import type { Row, TrinoError } from '#wire/trino/protocol'
import { QueryError, runStatement } from '#wire/trino/statement'

export interface SqlServer {
  readonly url: string
  readonly user: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RealTrino extends SqlServer {
  stop(): Promise<void>
}

export interface SqlAnswer {
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly rows: readonly Row[]
  readonly error?: TrinoError
}

/** One statement to its end, with the headers that clients of 476 send. */
export async function ask({ url, user, token, headers }: SqlServer, sql: string): Promise<SqlAnswer> {
  let columns: SqlAnswer['columns'] = []
  const rows: Row[] = []
  const refused = await runStatement({
    url,
    user,
    sql,
    timeZone: 'UTC',
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    refusal: async (reply) => new Error(`${url} answered ${reply.status}: ${await reply.text()}`),
    onUpdate: (update) => {
      if (update.columns) columns = update.columns.map((c) => [c.name, c.type] as const)
      rows.push(...update.rows)
    },
  }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof QueryError) return error.error
      throw error
    },
  )
  return { columns, rows, ...(refused ? { error: refused } : {}) }
}

/** Beside the platform, for its lake: it gets the engines' credential of the catalogue and no key of the storage. */
export async function startRealTrino(behind: Platform): Promise<RealTrino> {
  const env = await behind.env()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const iceberg = properties({
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'rest',
    'iceberg.rest-catalog.uri': env.AKKO_CATALOG_URI,
    'iceberg.rest-catalog.warehouse': env.AKKO_CATALOG_WAREHOUSE,
    'iceberg.rest-catalog.security': 'OAUTH2',
    'iceberg.rest-catalog.oauth2.credential': behind.secret(secretName.principal('trino')),
    'iceberg.rest-catalog.oauth2.scope': 'PRINCIPAL_ROLE:ALL',
    'iceberg.rest-catalog.vended-credentials-enabled': 'true',
    'fs.native-s3.enabled': 'true',
    's3.endpoint': env.AKKO_S3_ENDPOINT,
    's3.region': env.AKKO_S3_REGION,
    's3.path-style-access': 'true',
  })
  const trino: SqlServer = { url, user: 'judge' }
  const stop = await launchTrino({
    config: oneNode(url),
    catalogs: { iceberg },
    // A scan, since it also needs a node that is announced; SELECT 1 answers before that.
    isReady: async () => (await ask(trino, 'SELECT count(*) FROM iceberg.banking.transactions')).error === undefined,
  })
  return { ...trino, stop }
}

/** The configuration of a Trino that is alone. */
export const oneNode = (url: string, more: Readonly<Record<string, string>> = {}): string =>
  properties({
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': new URL(url).port,
    'discovery.uri': url,
    ...more,
  })

/** Starts Trino with these texts of configuration on loopback; resolves, once it is ready, with what stops it. */
export async function launchTrino({
  config,
  catalogs = {},
  env = {},
  plugins = join(trinoHome(), 'plugin'),
  isReady,
}: {
  readonly config: string
  readonly catalogs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** The folder of its plugins; by default that of the lake's. */
  readonly plugins?: string
  readonly isReady: () => Promise<boolean>
}): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-trino-'))
  mkdirSync(join(dir, 'catalog'))
  writeFileSync(join(dir, 'log.properties'), 'io.trino=WARN\n')
  writeFileSync(join(dir, 'config.properties'), config + properties({ 'node.bind-ip': '127.0.0.1', 'node.internal-address': '127.0.0.1' }))
  for (const [name, text] of Object.entries(catalogs)) writeFileSync(join(dir, `catalog/${name}.properties`), text, { mode: 0o600 })
  const home = trinoHome()
  const options = {
    config: join(dir, 'config.properties'),
    'log.levels-file': join(dir, 'log.properties'),
    'catalog.config-dir': join(dir, 'catalog'),
    'plugin.dir': plugins,
    'node.data-dir': join(dir, 'data'),
    'node.environment': 'judge',
    'node.id': 'judge',
  }
  mkdirSync(options['node.data-dir'])
  const child = spawn(
    java25(),
    [
      '-server',
      '-Xmx1G',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:TieredStopAtLevel=1', // short tests: the second compiler would only compete for the cores
      '-Djdk.attach.allowAttachSelf=true',
      '-Dfile.encoding=UTF-8',
      '-XX:+EnableDynamicAgentLoading',
      '--enable-native-access=ALL-UNNAMED',
      '--sun-misc-unsafe-memory-access=allow',
      ...Object.entries(options).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      join(home, 'lib/*'),
      'io.trino.server.TrinoServer',
    ],
    { cwd: options['node.data-dir'], env: { ...withoutKeys(process.env), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-6000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    const insist = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.kill('SIGTERM')
    await ended
    clearTimeout(insist)
    rmSync(dir, { recursive: true, force: true })
  }
  for (let left = 1200; ; left--) {
    if (await isReady().catch(() => false)) return stop
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`Trino did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 250))
  }
}

function properties(entries: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(entries)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Whatever it reads from the storage, it reads with credentials that the catalogue lent. */
function withoutKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS_|AKKO_S3)/.test(name)))
}
