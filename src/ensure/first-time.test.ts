// The first-time scripts, run by psql as an image's entrypoint would, and what the ensure engine still finds to do after them.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnsureContext } from '#ensure/context'
import { apply, plan } from '#ensure/engine'
import { firstTimeFiles, firstTimeSql } from '#ensure/first-time'
import { resourceId } from '#ensure/kinds'
import { createMemoryStore } from '#ensure/test-laws'
import { type PostgresLawServer, startPostgresLawServer } from '#ensure/test-servers'
import { resourcesOf } from '#platform/registry'
import type { Resource, Server } from '#platform/resources'

const run = promisify(execFile)
const all = resourcesOf({ shape: 'cluster', domain: 'lake.example.org', publicPort: 443, demo: false })
const SERVERS: readonly Server[] = ['postgresql', 'postgresql-data']
const of = (server: Server) => all.filter((r) => 'server' in r && r.server === server)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'akko-initdb-'))
  for (const [name, text] of Object.entries(firstTimeFiles(all))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As an entrypoint does: the chooser, in its own shell, over the environment. */
async function runScripts(server: PostgresLawServer, name: string) {
  const url = new URL(server.url('postgres'))
  const env = {
    PATH: process.env.PATH,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGPASSWORD: decodeURIComponent(url.password),
    AKKO_INITDB: folder,
  }
  return run('sh', ['-eu', join(folder, '10-akko.sh')], { env: { ...env, ...(name === '' ? {} : { AKKO_SERVER: name }) } })
}

describe.each(SERVERS)('the scripts of %s', (name) => {
  let server: PostgresLawServer
  const secrets = createMemoryStore()
  const context = () => createEnsureContext({ ...server.endpoints, secrets })
  const outcomes = async (resources: readonly Resource[]) => {
    const c = context()
    const reports = await apply(resources, c)
    await c.close()
    return Object.fromEntries(reports.map((r) => [r.resource, r.outcome]))
  }
  const missing = async () => {
    const c = context()
    const changes = (await plan(of(name), c)).filter((x) => x.action === 'unavailable').map((x) => x.resource)
    await c.close()
    return changes
  }
  beforeAll(async () => {
    server = await startPostgresLawServer()
  })
  afterAll(() => server.stop())

  it('leave nothing to the ensure engine but the passwords of roles', async () => {
    await runScripts(server, name)
    expect((await server.sql('postgres', `SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolname <> 'postgres'`)).length).toBe(0)
    const unavailable = await missing()
    const expected = Object.fromEntries(
      of(name).map((r) => [
        resourceId(r),
        r.kind === 'role' ? 'updated' : unavailable.includes(resourceId(r)) ? 'unavailable' : 'unchanged',
      ]),
    )
    expect(Object.values(expected)).toContain('unchanged')
    expect(await outcomes(of(name))).toEqual(expected)
  })

  it('change nothing when they run again, before and after the ensure engine', async () => {
    const { stderr } = await runScripts(server, name)
    expect(stderr).not.toContain('ERROR')
    const c = context()
    expect((await plan(of(name), c)).filter((x) => x.action !== 'unavailable')).toEqual([])
    await c.close()
  })

  it('what is dropped afterwards comes back by the ensure engine', async () => {
    const unavailable = await missing()
    const inside = of(name).filter((r) => ['extension', 'schema', 'table'].includes(r.kind) && !unavailable.includes(resourceId(r)))
    // Of a server whose databases are declared empty, a database.
    const victims =
      inside.length > 0
        ? inside
        : of(name)
            .filter((r) => r.kind === 'database')
            .slice(0, 1)
    for (const r of victims) {
      if (r.kind === 'database') await server.sql('postgres', `DROP DATABASE "${r.name}" WITH (FORCE)`)
      if (r.kind === 'extension') await server.sql(r.database, `DROP EXTENSION IF EXISTS "${r.name}" CASCADE`)
      if (r.kind === 'schema') await server.sql(r.database, `DROP SCHEMA IF EXISTS "${r.name}" CASCADE`)
    }
    const made = await outcomes(of(name))
    for (const r of victims) expect(made[resourceId(r)], resourceId(r)).toBe('created')
  })
})

describe('the chooser', () => {
  let server: PostgresLawServer
  beforeAll(async () => {
    server = await startPostgresLawServer()
  })
  afterAll(() => server.stop())

  it('makes nothing where the image is not told which server it is, and refuses a server that it does not know', async () => {
    expect((await runScripts(server, '')).stdout).toContain('AKKO_SERVER is not set')
    await expect(runScripts(server, 'elsewhere')).rejects.toThrow(/no server of AKKO/)
    expect(await server.sql('postgres', `SELECT 1 FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')`)).toEqual(
      [],
    )
  })

  it('stops at the first error', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'akko-initdb-broken-'))
    try {
      const sql = firstTimeSql(all, 'postgresql').replace('FROM pg_roles', 'FROM pg_no_such_roles')
      mkdirSync(join(broken, 'akko'))
      writeFileSync(join(broken, 'akko', 'postgresql.sql'), sql)
      const url = new URL(server.url('postgres'))
      const env = {
        PATH: process.env.PATH,
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGPASSWORD: decodeURIComponent(url.password),
        AKKO_INITDB: broken,
      }
      await expect(run('sh', ['-eu', join(folder, '10-akko.sh')], { env: { ...env, AKKO_SERVER: 'postgresql' } })).rejects.toThrow(
        /pg_no_such_roles/,
      )
      expect(await server.sql('postgres', `SELECT 1 FROM pg_database WHERE datname = 'keycloak'`)).toEqual([])
    } finally {
      rmSync(broken, { recursive: true, force: true })
    }
  })

  it('holds no password, and is the one in docker/postgres', () => {
    const root = resolve(import.meta.dirname, '../../docker/postgres/initdb')
    for (const [name, text] of Object.entries(firstTimeFiles(all))) {
      expect(readFileSync(join(root, name), 'utf8')).toBe(text)
      if (name.endsWith('.sql')) expect(text).not.toMatch(/PASSWORD|SCRAM/i)
    }
    execFileSync('sh', ['-n', join(root, '10-akko.sh')])
  })
})
