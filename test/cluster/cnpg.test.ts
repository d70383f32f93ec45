// `global.cnpg.enabled` on a real node: the chart's own objects under the real operator, and no acknowledged row lost with a primary.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SITE } from '#chart/model'
import { POSTGRES_MAJOR } from '#platform/images'
import { resourcesOf } from '#platform/registry'
import { startCluster, type TestCluster } from '#test/cluster/cluster'
import { installCnpg } from '#test/cluster/cnpg'
import {
  acknowledgement,
  addressOf,
  HA,
  healthy,
  objectName,
  podAddress,
  postgresCluster,
  psql,
  read,
  SERVER_RUN,
  SERVERS,
  type Server,
  sessionOf,
  startWriter,
  tryPsql,
} from '#test/cluster/cnpg-servers'
import { builtImages } from '#test/cluster/images'
import { CHART } from '#test/cluster/platform'

const say = (line: string) => process.stdout.write(`${line}\n`)
const IN = `--namespace=${HA}`
/** ADR-031: a new primary in under this. */
const PROMISED_SECONDS = 30
/** A database on each server, named like the role that owns it: the writer's. */
const WRITERS = { postgresql: 'akko', 'postgresql-data': 'banking' } as const

let cluster: TestCluster
/** With its namespace go pods, claims and the clusters that `helm uninstall` would keep. */
const remove = async () => {
  const { code, stderr } = await cluster.run('kubectl', ['delete', 'namespace', HA, '--ignore-not-found', '--wait', '--timeout=240s'])
  if (code !== 0) throw new Error(stderr)
}

const install = () => {
  const values = ['--values', join(import.meta.dirname, 'cnpg-values.yaml')]
  return cluster.helm(['install', 'akko', CHART, IN, '--create-namespace', ...values, '--timeout=5m'])
}

beforeAll(async () => {
  cluster = await startCluster(say)
  await cluster.importImages(await builtImages(['akko-postgres', 'akko-init'], say))
  await installCnpg(cluster, say)
  await remove()
})
afterAll(async () => {
  try {
    if (cluster) await remove()
  } finally {
    await cluster?.stop()
  }
})

describe('both servers under CloudNativePG', () => {
  it('come up with three instances each, of one image whose major version is told, and the init jobs complete through them', async () => {
    const began = Date.now()
    await install()
    const installed = Date.now()
    const jobs = ['jobs', '--selector=akko.io/component in (postgres-init, postgres-data-init)']
    await cluster.kubectl(['wait', IN, '--for=condition=Complete', ...jobs, '--timeout=420s'])
    const filled = Date.now()
    // At the first try: a server that has just become primary is slow, and no error.
    const attempts = await cluster.kubectl(['get', IN, ...jobs, '--output=go-template={{range .items}}{{or .status.failed 0}} {{end}}'])
    expect(attempts.trim()).toBe('0 0')
    await Promise.all(SERVERS.map((server) => healthy(cluster, server)))
    for (const server of SERVERS) {
      const { spec, status } = await postgresCluster(cluster, server)
      expect([spec.instances, status?.readyInstances]).toEqual([3, 3])
      expect(status?.pgDataImageInfo?.majorVersion).toBe(POSTGRES_MAJOR)
    }
    const since = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
    say(
      `helm install ${since(began, installed)} s, init jobs complete after ${since(began, filled)} s, 2 x 3 instances after ${since(began, Date.now())} s`,
    )
  })

  it.each(SERVERS)('%s holds what is declared: databases with their owners, and extensions', async (server) => {
    const all = resourcesOf(SITE)
    const admin = await sessionOf(cluster, server)
    const databases = all.flatMap((r) => (r.kind === 'database' && r.server === server ? [`${r.name}|${r.owner}`] : []))
    expect(databases.length).toBeGreaterThan(4)
    const found = await psql(cluster, admin, 'SELECT datname, pg_get_userbyid(datdba) FROM pg_database')
    expect(found.split('\n')).toEqual(expect.arrayContaining(databases))
    for (const r of all) {
      if (r.kind !== 'extension' || r.server !== server) continue
      const sql = `SELECT count(*) FROM pg_extension WHERE extname = '${r.name}'`
      expect(await psql(cluster, { ...admin, database: r.database }, sql), `${r.name} in ${r.database}`).toBe('1')
    }
    expect(await psql(cluster, admin, 'SHOW shared_preload_libraries')).toContain('pgaudit')
    expect(await psql(cluster, admin, 'SHOW server_version_num')).toMatch(new RegExp(`^${POSTGRES_MAJOR}\\d{4}$`))
  })

  it('calculate with PostGIS and pgvector', async () => {
    const admin = await sessionOf(cluster, 'postgresql-data')
    expect(await psql(cluster, { ...admin, database: 'geospatial' }, "SELECT ST_Area('POLYGON((0 0,2 0,2 3,0 3,0 0))'::geometry)")).toBe(
      '6',
    )
    expect(await psql(cluster, { ...admin, database: 'rag' }, "SELECT '[1,2]'::vector <-> '[4,6]'::vector")).toBe('5')
  })

  it.each(SERVERS)("%s: the chart's Service leads to the primary, its -read Service to a standby that refuses writes", async (server) => {
    const name = objectName(server)
    const primary = (await postgresCluster(cluster, server)).status?.currentPrimary as string
    const where = "SELECT pg_is_in_recovery() || ' ' || host(inet_server_addr())"
    expect(await psql(cluster, await sessionOf(cluster, server), where)).toBe(`false ${await podAddress(cluster, primary)}`)
    const reader = await sessionOf(cluster, server, 'postgres', `${name}-read`)
    const standbys = (await postgresCluster(cluster, server)).status?.instanceNames?.filter((i) => i !== primary) ?? []
    const addresses = await Promise.all(standbys.map((pod) => podAddress(cluster, pod)))
    for (let i = 0; i < 6; i++) expect(addresses.map((a) => `true ${a}`)).toContain(await psql(cluster, reader, where))
    expect((await tryPsql(cluster, reader, 'CREATE TABLE never (n int)')).stderr).toContain('read-only transaction')
  })

  it.each(SERVERS)('%s waits for one of two standbys before it acknowledges', async (server) => {
    const admin = await sessionOf(cluster, server)
    expect(await psql(cluster, admin, 'SHOW synchronous_standby_names')).toMatch(/^ANY 1 \(/)
    expect(await psql(cluster, admin, 'SHOW synchronous_commit')).toBe('on')
    expect(
      await psql(
        cluster,
        admin,
        "SELECT state, sync_state, count(*) FROM pg_stat_replication WHERE usename = 'streaming_replica' GROUP BY 1, 2",
      ),
    ).toBe('streaming|quorum|2')
  })

  it.each(SERVERS)("%s proves itself by a certificate in the Service's name", async (server) => {
    const name = objectName(server)
    const { data } = await read<{ data: Record<string, string> }>(cluster, 'secret', `${name}-ca`)
    const folder = mkdtempSync(join(tmpdir(), 'akko-ca-'))
    try {
      writeFileSync(join(folder, 'ca.crt'), Buffer.from(data['ca.crt'] as string, 'base64'))
      for (const service of [name, `${name}-read`]) {
        const session = await sessionOf(cluster, server, 'postgres', service)
        const as = (host: string) => ({
          PGHOSTADDR: session.host,
          PGHOST: host,
          PGSSLMODE: 'verify-full',
          PGSSLROOTCERT: join(folder, 'ca.crt'),
        })
        expect(await tryPsql(cluster, session, 'SELECT 1', as(service))).toMatchObject({ code: 0, stdout: '1\n' })
        expect((await tryPsql(cluster, session, 'SELECT 1', as('another'))).stderr).toContain('does not match host name')
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuse each the credentials of the other', async () => {
    for (const server of SERVERS) {
      const host = await addressOf(cluster, objectName(server === 'postgresql' ? 'postgresql-data' : 'postgresql'))
      for (const user of ['postgres', WRITERS[server]]) {
        const own = await sessionOf(cluster, server, user)
        expect(await psql(cluster, own, 'SELECT 1')).toBe('1')
        expect(await tryPsql(cluster, { ...own, host }, 'SELECT 1')).toMatchObject({
          code: 2,
          stderr: expect.stringContaining(`password authentication failed for user "${user}"`),
        })
      }
    }
  })
})

type End = (primary: string) => Promise<unknown>
const deletePod: End = (pod) => cluster.kubectl(['delete', 'pod', pod, IN, '--grace-period=0', '--force', '--wait=false'])
const killPostmaster: End = (pod) =>
  cluster.kubectl([
    'exec',
    pod,
    IN,
    '--container=postgres',
    '--',
    'sh',
    '-c',
    'kill -9 "$(head -1 /var/lib/postgresql/data/pgdata/postmaster.pid)"',
  ])

describe('a primary that is lost', () => {
  const ways: readonly (readonly [string, Server, End])[] = [
    ['its pod deleted by force', 'postgresql', deletePod],
    ['its postmaster killed', 'postgresql', killPostmaster],
    ['its pod deleted by force', 'postgresql-data', deletePod],
  ]
  it.each(ways)(`%s: %s takes writes again in under ${PROMISED_SECONDS} s and has every row it acknowledged`, async (_, server, end) => {
    const primary = (await postgresCluster(cluster, server)).status?.currentPrimary as string
    const session = await sessionOf(cluster, server, WRITERS[server])
    await psql(cluster, session, 'DROP TABLE IF EXISTS acknowledged; CREATE TABLE acknowledged (n bigint PRIMARY KEY)')
    const before = await psql(cluster, session, `SELECT ${SERVER_RUN}`)
    const writer = startWriter(cluster, session)
    try {
      await acknowledgement(writer, 60, ({ row }) => row >= 500)
      const killed = Date.now()
      await end(primary)
      const first = await acknowledgement(writer, 120, ({ by }) => by !== before)
      const seconds = (first.at - killed) / 1000
      await acknowledgement(writer, 60, ({ row }) => row >= first.row + 500)
      await healthy(cluster, server)
      const whole = (Date.now() - killed) / 1000
      await writer.stop()
      const rows = writer.seen()
      const there = new Set((await psql(cluster, session, 'SELECT n FROM acknowledged')).split('\n').map(Number))
      const lost = rows.filter(({ row }) => !there.has(row))
      const now = (await postgresCluster(cluster, server)).status?.currentPrimary
      const gap = Math.max(...rows.slice(1).map(({ at }, i) => at - (rows[i]?.at as number))) / 1000
      say(
        `${server}: first row acknowledged again ${seconds.toFixed(1)} s after the end of ${primary} (longest pause ${gap.toFixed(1)} s, now ${now}); ` +
          `${rows.length} rows acknowledged, ${lost.length} lost, ${there.size - rows.length + lost.length} there without; three ready again after ${whole.toFixed(1)} s`,
      )
      expect(lost).toEqual([])
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThan(10 * PROMISED_SECONDS) // the figure is printed; this catches what never comes back
      if (end === deletePod) expect(now).not.toBe(primary)
      expect((await postgresCluster(cluster, server)).status?.readyInstances).toBe(3)
      await everywhere(server, rows.length)
    } finally {
      await writer.stop()
    }
  })
})

describe('a release that goes', () => {
  it('leaves the servers running with their image, and the next one finds their rows', async () => {
    await cluster.helm(['uninstall', 'akko', IN, '--wait'])
    await sleep(3000) // what would be deleted with the release is being deleted by now
    for (const server of SERVERS) {
      expect((await postgresCluster(cluster, server)).status?.readyInstances).toBe(3)
      const catalog = await read<{ metadata: { deletionTimestamp?: string } }>(
        cluster,
        'imagecatalogs.postgresql.cnpg.io',
        objectName(server),
      )
      expect(catalog.metadata.deletionTimestamp).toBeUndefined()
    }
    expect((await cluster.run('kubectl', ['get', 'service', 'akko-postgresql', IN])).stderr).toContain('not found')
    await install()
    for (const server of SERVERS) {
      await healthy(cluster, server)
      const session = await sessionOf(cluster, server, WRITERS[server])
      expect(Number(await psql(cluster, session, 'SELECT count(*) FROM acknowledged'))).toBeGreaterThan(500)
    }
  })
})

/** Every instance holds the rows, those that were made new too. */
async function everywhere(server: Server, rows: number): Promise<void> {
  const session = await sessionOf(cluster, server, WRITERS[server])
  for (const pod of (await postgresCluster(cluster, server)).status?.instanceNames ?? []) {
    const at = { ...session, host: await podAddress(cluster, pod) }
    for (let tries = 0; Number(await psql(cluster, at, 'SELECT count(*) FROM acknowledged')) < rows; tries++) {
      if (tries > 30) throw new Error(`${pod} lacks rows`)
      await sleep(500)
    }
  }
}
