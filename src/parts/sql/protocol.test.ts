// The client protocol: paging, cancel, who is at the door, headers both ways, progress, and the end of the engine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authenticator, Authoriser, Caller } from '#kit/access'
import { defineError, NotAuthenticated } from '#kit/errors'
import { createEngineClient } from '#parts/engine/client'
import { publicUrlOf } from '#parts/sql/index'
import { parseStatement } from '#parts/sql/syntax/statements'
import { allowAll, ask, type Bench, columns, ENDLESS, fixtureConnector, numbers, openBench, startSql } from '#parts/sql/testing'
import { rawRequest } from '#test/support/raw-request'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const connector = fixtureConnector({
  public: { t: { columns: columns('id bigint; name varchar'), sql: `SELECT i AS id, 'n' || i AS name FROM range(5) r(i)` } },
  order: { auto: { columns: columns('select bigint; Mixed varchar'), sql: `SELECT 1 AS "select", 'm' AS "Mixed"` } },
})

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { pg: connector } })
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

interface Results {
  readonly id: string
  readonly nextUri?: string
  readonly data?: readonly (readonly unknown[])[]
  readonly error?: { readonly errorName: string; readonly errorType: string; readonly errorCode: number }
  readonly stats: {
    readonly state: string
    readonly progressPercentage?: number
    readonly physicalInputBytes: number
    readonly elapsedTimeMillis: number
  }
}

const user = { 'x-trino-user': 'anna' }
const post = (statement: string, headers: Record<string, string> = user, url = sql.url) =>
  fetch(`${url}/v1/statement`, { method: 'POST', body: statement, headers })
const get = async (uri: string) => (await fetch(uri, { headers: user })).json() as Promise<Results>

describe('paging', () => {
  it('gives every row once, in pages of about a mebibyte, and the last page again on demand', async () => {
    let page = (await (await post(`SELECT x, lpad(CAST(x AS varchar), 40, '0') FROM ${numbers(6)} ORDER BY x`)).json()) as Results
    const seen: number[] = []
    let pages = 0
    while (page.nextUri) {
      const uri = page.nextUri
      page = await get(uri)
      const again = await get(uri)
      expect(again.data?.length).toBe(page.data?.length)
      expect(again.nextUri).toBe(page.nextUri)
      if (page.data) {
        pages++
        seen.push(...page.data.map((row) => row[0] as number))
        expect(JSON.stringify(page.data).length).toBeLessThan(1.2 * 1024 * 1024)
      }
    }
    expect(seen).toEqual(Array.from({ length: 60000 }, (_, i) => i + 1))
    expect(pages).toBeGreaterThan(2)
  })

  it('answers 410 for a page that is neither the last nor the next, 404 for a wrong slug', async () => {
    const first = (await (await post('SELECT 1')).json()) as Results
    const uri = first.nextUri as string
    await get(uri)
    expect((await fetch(uri.replace(/\d+$/, '9'), { headers: user })).status).toBe(410)
    expect((await fetch(uri.replace(/\/[0-9a-f]{32}\//, `/${'0'.repeat(32)}/`), { headers: user })).status).toBe(404)
  })

  it.each(['/v1/query/%E0%A4%A', '/v1/statement/executing/%FF/%/1', '/v1/statement/queued/a/%C3/0'])(
    'answers 404 for a path whose escapes are not UTF-8: %s',
    async (path) => {
      for (const method of ['GET', 'DELETE']) expect((await fetch(`${sql.url}${path}`, { method, headers: user })).status).toBe(404)
    },
  )

  it('holds an engine back whose client does not read', async () => {
    const first = (await (await post(`SELECT lpad('', 1000, 'x') FROM ${numbers(20)}`)).json()) as Results
    await get(first.nextUri as string)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const running = (await (await fetch(`${sql.url}/v1/query/${first.id}`, { headers: user })).json()) as {
      state: string
      queryStats: { processedRows: number }
    }
    expect(running.state).toBe('RUNNING')
    expect(running.queryStats.processedRows).toBeLessThan(100_000)
    expect((await fetch(`${sql.url}/v1/query/${first.id}`, { method: 'DELETE', headers: user })).status).toBe(204)
  })
})

describe('cancel', () => {
  it('ends a running query at once, and the next one works', async () => {
    const first = (await (await post(ENDLESS)).json()) as Results
    const second = await get(first.nextUri as string)
    expect(second.stats.state).toBe('RUNNING')
    const began = Date.now()
    expect((await fetch(second.nextUri as string, { method: 'DELETE', headers: user })).status).toBe(204)
    const last = await get(second.nextUri as string)
    expect(last.error).toMatchObject({ errorName: 'USER_CANCELED', errorType: 'USER_ERROR', errorCode: 3 })
    expect(Date.now() - began).toBeLessThan(20_000)
    expect((await ask(sql.url, 'SELECT 1')).rows).toEqual([[1]])
  })

  it('comes by itself when the client stays away', async () => {
    const impatient = await startSql(bench, { limits: { clientTimeoutSeconds: 1 } })
    const first = (await (await post(ENDLESS, user, impatient.url)).json()) as Results
    await expect
      .poll(
        async () =>
          (
            (await (await fetch(`${impatient.url}/v1/query/${first.id}`, { headers: user })).json()) as {
              failureInfo?: { message: string }
            }
          ).failureInfo?.message,
        { timeout: 30_000 },
      )
      .toContain('abandoned')
    await impatient.stop()
  })
})

describe('CALL system.runtime.kill_query', () => {
  const LOST = '20261201_012219_00093_nobod'
  const running = async (of = sql.url, headers = user) => {
    const first = (await (await post(ENDLESS, headers, of)).json()) as Results
    const second = (await (await fetch(first.nextUri as string, { headers })).json()) as Results
    expect(second.stats.state).toBe('RUNNING')
    return { id: first.id, end: async () => (await fetch(second.nextUri as string, { headers })).json() as Promise<Results> }
  }

  it.each([
    ["query_id => '$', message => 'too heavy'", 'Message: too heavy'],
    ["'$', 'x'", 'Message: x'],
    [`"QUERY_ID" => '$'`, 'No message provided.'],
    ["message => NULL, query_id => '$'", 'No message provided.'],
  ])('ends a query and says so to its client: %s', async (given, why) => {
    const { id, end } = await running()
    const called = await ask(sql.url, `CALL system.runtime.kill_query(${given.replace('$', id)})`)
    expect(called).toMatchObject({ columns: [], rows: [], updateType: 'CALL', error: undefined })
    expect((await end()).error).toMatchObject({
      message: `Query killed. ${why}`,
      errorName: 'ADMINISTRATIVELY_KILLED',
      errorType: 'USER_ERROR',
      errorCode: 38,
    })
    expect((await ask(sql.url, `CALL system.runtime.kill_query('${id}')`)).error).toMatchObject({
      message: `Target query is not running: ${id}`,
      errorName: 'NOT_SUPPORTED',
    })
  })

  it('is for who may, and whoever tried is on record', async () => {
    const seen: unknown[] = []
    const authoriser: Authoriser = {
      decide: async (caller, action, { kind, path }) => ({
        allow: kind !== 'query' || action !== 'manage' || caller.sub === 'root' || path[1] === caller.sub,
      }),
      record: async (caller, action, { kind, path }, { allow }) => {
        if (kind === 'query' && action === 'manage') seen.push([caller.sub, ...path, allow])
      },
    }
    const guarded = await startSql(bench, { authoriser })
    const { id, end } = await running(guarded.url)
    const kill = (by: string) => ask(guarded.url, `CALL system.runtime.kill_query('${id}')`, { 'x-trino-user': by })
    expect((await kill('bert')).error).toMatchObject({ message: 'Access Denied: Cannot kill query', errorName: 'PERMISSION_DENIED' })
    expect((await kill('root')).error).toBeUndefined()
    expect((await end()).error).toMatchObject({ errorName: 'ADMINISTRATIVELY_KILLED' })
    const own = await running(guarded.url)
    expect((await ask(guarded.url, `CALL system.runtime.kill_query('${own.id}')`, user)).error).toBeUndefined()
    expect(seen).toEqual([
      ['bert', id, 'anna', false],
      ['root', id, 'anna', true],
      ['anna', own.id, 'anna', true],
    ])
    await guarded.stop()
  })

  // As Trino 476 words them.
  it.each([
    ["system.runtime.kill_query('$')", 'NOT_FOUND', `Target query not found: ${LOST}`],
    ["system.runtime.kill_query('')", 'INVALID_PROCEDURE_ARGUMENT', 'id is empty'],
    ["system.runtime.kill_query('a b')", 'INVALID_PROCEDURE_ARGUMENT', 'Invalid id a b'],
    ['system.runtime.kill_query(NULL)', 'INVALID_PROCEDURE_ARGUMENT', 'query_id cannot be null'],
    ['system.runtime.kill_query()', 'INVALID_ARGUMENTS', "line 1:1: Required procedure argument 'QUERY_ID' is missing"],
    ["system.runtime.kill_query(nope => 'a')", 'INVALID_ARGUMENTS', 'line 1:32: Unknown argument name: NOPE'],
    ["system.runtime.kill_query('a', 'b', 'c')", 'INVALID_ARGUMENTS', 'line 1:1: Too many arguments for procedure'],
    ["system.runtime.kill_query(query_id => 'a', 'b')", 'INVALID_ARGUMENTS', 'line 1:1: Named and positional arguments cannot be mixed'],
    [
      "system.runtime.kill_query(query_id => 'a', query_id => 'b')",
      'INVALID_ARGUMENTS',
      'line 1:49: Duplicate procedure argument: QUERY_ID',
    ],
    ["system.runtime.kill_query('a', 1)", 'TYPE_MISMATCH', 'line 1:37: Cannot cast type integer to varchar'],
    ["system.runtime.nope('a')", 'PROCEDURE_NOT_FOUND', 'Procedure not registered: runtime.nope'],
    ["system.runtime.constructor('a')", 'PROCEDURE_NOT_FOUND', 'Procedure not registered: runtime.constructor'],
    ["pg.runtime.kill_query('a')", 'PROCEDURE_NOT_FOUND', 'Procedure not registered: runtime.kill_query'],
    ["nope.runtime.kill_query('a')", 'CATALOG_NOT_FOUND', "line 1:1: Catalog 'nope' not found"],
    ["kill_query('a')", 'MISSING_SCHEMA_NAME', 'line 1:1: Schema must be specified when session schema is not set'],
  ])('%s', async (called, errorName, message) => {
    expect((await ask(sql.url, `CALL ${called.replace('$', LOST)}`)).error).toMatchObject({ errorName, message })
  })
})

describe('the door', () => {
  const authenticator: Authenticator = {
    async bearer(token) {
      if (!token.startsWith('good-')) throw NotAuthenticated({ reason: 'no such token' })
      return { sub: token.slice(5), roles: [], via: 'bearer', requestId: 'r' }
    },
  }
  const authoriser: Authoriser = {
    async decide(caller, action, resource) {
      return action === 'impersonate' ? { allow: caller.sub === 'service' && resource.kind === 'user' } : { allow: true }
    },
  }

  it('asks for a bearer token and believes no header', async () => {
    const guarded = await startSql(bench, { authentication: 'token', authenticator, authoriser })
    const none = await post('SELECT 1', user, guarded.url)
    expect(none.status).toBe(401)
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect((await post('SELECT 1', { ...user, authorization: 'Bearer bad' }, guarded.url)).status).toBe(401)
    expect((await post('SELECT 1', { 'x-trino-user': 'bert', authorization: 'Bearer good-anna' }, guarded.url)).status).toBe(403)
    const own = await ask(guarded.url, 'SELECT current_user', { 'x-trino-user': 'anna', authorization: 'Bearer good-anna' })
    expect(own.rows).toEqual([['anna']])
    const other = await ask(guarded.url, 'SELECT current_user', { 'x-trino-user': 'bert', authorization: 'Bearer good-service' })
    expect(other.rows).toEqual([['bert']])
    await guarded.stop()
  })

  it.each(['token', 'none'] as const)(
    'lets nobody act under a name without an open account, nor while nobody can say (%s)',
    async (authentication) => {
      const Silent = defineError('access.identity_silent', 503, 'nobody can say what {user} may now', { retryable: true })
      const accounts = new Map([['bert', { account: 'account-1', roles: ['clerk'] }]])
      const asked: Caller[] = []
      const guarded = await startSql(bench, {
        authentication,
        authenticator,
        authoriser: {
          async decide(caller, ...question) {
            asked.push(caller)
            return authoriser.decide(caller, ...question)
          },
        },
        personNow: async (name) => {
          if (name === 'unheard') throw Silent({ user: name })
          return accounts.get(name)
        },
      })
      const as = (name: string) => ({ 'x-trino-user': name, authorization: 'Bearer good-service' })
      const posted = (name: string) => post('SELECT role_name FROM pg.information_schema.enabled_roles', as(name), guarded.url)
      const begun = await posted('bert')
      expect(begun.status).toBe(200)
      expect(asked.at(-1)).toMatchObject({ sub: 'bert', ...accounts.get('bert') })
      accounts.delete('bert')
      const page = await fetch(((await begun.json()) as Results).nextUri as string, { headers: as('bert') })
      for (const refused of [page, await posted('bert')]) {
        expect(refused.status).toBe(403)
        expect(await refused.text()).toContain('bert is no person with an open account')
      }
      const unheard = await posted('unheard')
      expect([unheard.status, await unheard.text()]).toEqual([503, expect.stringContaining('nobody can say what unheard may now')])
      await guarded.stop()
    },
  )

  it('is never open on an address that others reach', async () => {
    await expect(startSql(bench, { host: '0.0.0.0' })).rejects.toThrow('loopback')
  })
})

describe('headers', () => {
  it('carry the session both ways', async () => {
    const used = await ask(sql.url, 'USE pg.public')
    expect([used.headers.get('x-trino-set-catalog'), used.headers.get('x-trino-set-schema')]).toEqual(['pg', 'public'])
    const prepared = await ask(sql.url, `PREPARE p FROM SELECT name FROM t WHERE id = ?`, {
      'x-trino-catalog': 'pg',
      'x-trino-schema': 'public',
    })
    const added = prepared.headers.get('x-trino-added-prepare') as string
    expect(decodeURIComponent(added.replaceAll('+', ' '))).toBe('p=SELECT name FROM t WHERE id = ?')
    const run = await ask(sql.url, 'EXECUTE p USING 3', {
      'x-trino-catalog': 'pg',
      'x-trino-schema': 'public',
      'x-trino-prepared-statement': added,
    })
    expect(run.rows).toEqual([['n3']])
    const dropped = await ask(sql.url, 'DEALLOCATE PREPARE p', { 'x-trino-prepared-statement': added })
    expect(dropped.headers.get('x-trino-deallocated-prepare')).toBe('p')
    const set = await ask(sql.url, `SET SESSION query_max_run_time = '5m'`)
    expect(set.headers.get('x-trino-set-session')).toBe('query_max_run_time=5m')
  })

  it.each([
    ['query_max_run_time', '1.5 parsecs'],
    ['query_max_execution_time', '60'],
    ['query_priority', 'high'],
    ['task_concurrency', '2'],
    ['join_distribution_type', 'FAST'],
  ])('refuse a value that is none of the property %s: %s', async (name, value) => {
    const { error } = await ask(sql.url, `SET SESSION ${name} = '${value}'`)
    expect(error).toMatchObject({ errorName: 'INVALID_SESSION_PROPERTY' })
  })

  it.each(['query_max_run_time=soon', 'query_max_run_tim=5m', 'pg.public.x=1'])(
    'refuse a session that the client set wrongly: %s',
    async (session) => {
      const [name] = session.split('=')
      const { error } = await ask(sql.url, 'SELECT 1', { 'x-trino-session': session })
      expect(error).toMatchObject({ errorName: 'INVALID_SESSION_PROPERTY', message: expect.stringContaining(`'${name}'`) })
    },
  )

  it.each(['nowhere.x=1', '__proto__.x=1'])('refuse a session of a catalogue that is not there: %s', async (session) => {
    const { error } = await ask(sql.url, 'SELECT 1', { 'x-trino-session': session })
    expect(error).toMatchObject({ errorName: 'CATALOG_NOT_FOUND', message: `Catalog '${session.split('.')[0]}' not found` })
  })

  it.each([
    ["query_max_run_time = '5'", 'line 1:34: duration is not a valid data duration string: 5'],
    ["query_max_memory = '5XB'", 'line 1:32: Unknown unit: XB'],
    ["join_distribution_type = 'nope'", 'line 1:38: Invalid value [nope]. Valid values: [BROADCAST, PARTITIONED, AUTOMATIC]'],
    ['task_concurrency = 3', 'line 1:32: task_concurrency must be a power of 2: 3'],
    ["task_concurrency = 'x'", "Unable to set session property 'task_concurrency' to ''x'': Cannot cast type varchar(1) to integer"],
    [
      'query_priority = -1.5',
      "Unable to set session property 'query_priority' to 'DECIMAL '-1.5'': Cannot cast type decimal(2,1) to integer",
    ],
    ['query_max_run_time = 2e0', "Unable to set session property 'query_max_run_time' to '2E0': Cannot cast type double to varchar"],
    ['query_max_cpu_time = NULL', "Unable to set session property 'query_max_cpu_time' to 'null': Session property value must not be null"],
  ])("refuse a value in Trino's words: %s", async (set, message) => {
    const { error } = await ask(sql.url, `SET SESSION ${set}`)
    expect(error).toMatchObject({ errorName: 'INVALID_SESSION_PROPERTY', message })
  })

  it('refuse a malformed session with 400, as Trino does', async () => {
    const reply = await post('SELECT 1', { ...user, 'x-trino-session': 'query_max_run_time' })
    expect([reply.status, await reply.text()]).toEqual([400, 'Invalid X-Trino-Session header\n'])
  })

  it('take properties of a catalogue that is there, and those of tools that change nothing', async () => {
    const { rows } = await ask(sql.url, 'SELECT 1', { 'x-trino-session': 'pg.anything=1,task_concurrency=8,query_max_run_time=5m' })
    expect(rows).toEqual([[1]])
  })

  it.each(['query_max_run_time', 'query_max_execution_time'])('obey %s of the session', async (name) => {
    const began = performance.now()
    const { error } = await ask(sql.url, ENDLESS, { 'x-trino-session': `${name}=500ms` })
    expect(error).toMatchObject({ errorName: 'EXCEEDED_TIME_LIMIT' })
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('say what is read and how long it took', async () => {
    let page = (await (await post('SELECT * FROM pg.public.t')).json()) as Results
    while (page.nextUri) page = await get(page.nextUri)
    expect(page.stats).toMatchObject({ state: 'FINISHED', progressPercentage: 100, physicalInputBytes: 100 })
    expect(page.stats.elapsedTimeMillis).toBeGreaterThan(0)
  })

  it('make the address of the next page that of the gateway', () => {
    const of = (headers: Record<string, string>) => publicUrlOf({ headers } as never)
    expect(of({ host: '127.0.0.1:8080' })).toBe('http://127.0.0.1:8080')
    expect(of({ host: '127.0.0.1:8080', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost:8443' })).toBe(
      'https://localhost:8443',
    )
    expect(of({ host: 'x', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost', 'x-forwarded-port': '8443' })).toBe(
      'https://localhost:8443',
    )
    expect(of({ host: 'x', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'a.example', 'x-forwarded-port': '443' })).toBe(
      'https://a.example',
    )
  })
})

describe('where a request came from', () => {
  const statement = (headers: Record<string, string>) =>
    rawRequest(`${sql.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers: { ...user, ...headers } })

  it('without authentication, only this machine’s programs are answered, no web page', async () => {
    const { host } = new URL(sql.url)
    expect((await statement({})).status).toBe(200)
    const foreign: Record<string, string>[] = [
      { host: `rebound.example:${new URL(sql.url).port}` },
      { host, origin: 'https://page.example' },
      { host, 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of foreign) {
      const { status, text } = await statement(headers)
      expect(status).toBe(403)
      expect(text).toContain('set authentication to token')
    }
  })

  it('is told by nobody but the gateway', async () => {
    const { text } = await statement({ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' })
    expect((JSON.parse(text) as Results).nextUri).toMatch(new RegExp(`^${sql.url}/`))
  })
})

describe('without the engine', () => {
  it('a query fails with an error of the cluster, not of the user, and the front lives', async () => {
    const lost = await startSql(bench, { engine: createEngineClient(`${bench.root}/nobody.sock`, 200), authoriser: allowAll })
    const answer = await ask(lost.url, 'SELECT 1')
    expect(answer.error).toMatchObject({ errorName: 'NO_NODES_AVAILABLE', errorType: 'INTERNAL_ERROR' })
    expect((await lost.health()).healthy).toBe(false)
    expect((await ask(lost.url, 'SHOW CATALOGS')).rows).toEqual([['system']])
    await lost.stop()
  })
})

it('shows a table as a statement that makes it, whatever it is called', async () => {
  const shown = async (what: string) => (await ask(sql.url, `SHOW CREATE ${what}`, user)).rows[0]?.[0]
  expect(await shown('SCHEMA pg."order"')).toBe('CREATE SCHEMA pg."order"')
  const text = String(await shown('TABLE pg."order"."auto"'))
  expect(text).toMatch(/^CREATE TABLE pg\."order"\."auto" \(\n {3}"select" bigint/)
  expect(parseStatement(text)).toMatchObject({ k: 'createTable' })
})
