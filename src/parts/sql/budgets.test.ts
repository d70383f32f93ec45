// What a client may cost that sends too much, or fetches nothing: bodies, texts, results that are held for it.
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NotAuthenticated } from '#kit/errors'
import { MAX_LENGTH } from '#parts/sql/syntax/budget'
import { ask, type Bench, columns, ENDLESS, fixtureConnector, groupOfEach, numbers, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

interface Results {
  readonly id: string
  readonly nextUri?: string
  readonly data?: readonly unknown[]
  readonly error?: { readonly errorName: string; readonly message: string }
}

const as = (user: string) => ({ 'x-trino-user': user })
const post = async (url: string, statement: string, user = 'anna') =>
  fetch(`${url}/v1/statement`, { method: 'POST', body: statement, headers: as(user) })
const submit = async (url: string, statement: string, user = 'anna') => (await (await post(url, statement, user)).json()) as Results
/** Fetches to the end. */
async function rest(first: Results, user = 'anna'): Promise<{ rows: number; errorName: string | undefined }> {
  let page = first
  let rows = page.data?.length ?? 0
  while (page.nextUri) {
    page = (await (await fetch(page.nextUri, { headers: as(user) })).json()) as Results
    rows += page.data?.length ?? 0
  }
  return { rows, errorName: page.error?.errorName }
}
const state = async (url: string, id: string, user = 'anna') =>
  ((await (await fetch(`${url}/v1/query/${id}`, { headers: as(user) })).json()) as { state: string }).state
/** About a mebibyte of rows that fit the buffer, so that the query ends without its client. */
const ROWS = `SELECT lpad('', 1000, 'x') FROM UNNEST(sequence(1, 1000)) AS t(x)`

describe('a text', () => {
  it('that is too long is refused by name, in the protocol, whether it was read or not', async () => {
    const comment = (length: number) => `SELECT 1 -- ${'x'.repeat(length - 12)}`
    expect((await ask(sql.url, comment(MAX_LENGTH))).rows).toEqual([[1]])
    for (const length of [MAX_LENGTH + 1, 10 * MAX_LENGTH]) {
      const { error } = await ask(sql.url, comment(length))
      expect(error).toMatchObject({ errorName: 'QUERY_TEXT_TOO_LARGE', errorType: 'USER_ERROR', errorCode: 35 })
    }
  })

  it('of an unknown caller is not read, and does not hold the connection', async () => {
    const guarded = await startSql(bench, {
      authentication: 'token',
      authenticator: {
        async bearer() {
          throw NotAuthenticated({ reason: 'no such token' })
        },
      },
    })
    const socket = net.connect(guarded.port, '127.0.0.1')
    const answer = new Promise<string>((resolve, reject) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
    })
    socket.write('POST /v1/statement HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\nauthorization: Bearer bad\r\n\r\nSELECT')
    expect(await answer).toMatch(/^HTTP\/1.1 401 /)
    await guarded.stop()
  })
})

describe('results that nobody fetches', () => {
  it('are given up, the oldest first, when one person has too many; others lose nothing', async () => {
    const small = await startSql(bench, { limits: { perPerson: 3 } })
    const bert = await submit(small.url, ROWS, 'bert')
    const anna: Results[] = []
    for (let i = 0; i < 5; i++) {
      const query = await submit(small.url, ROWS)
      anna.push(query)
      await expect.poll(() => state(small.url, query.id), { timeout: 10_000 }).toBe('FINISHED')
    }
    const answers = await Promise.all(anna.map((query) => rest(query)))
    expect(answers.map((a) => a.errorName)).toEqual(['ABANDONED_QUERY', 'ABANDONED_QUERY', undefined, undefined, undefined])
    expect(answers.map((a) => a.rows)).toEqual([0, 0, 1000, 1000, 1000])
    expect(await rest(bert, 'bert')).toEqual({ rows: 1000, errorName: undefined })
    await small.stop()
  })

  it('of one person leave places to others, however many he asks for', async () => {
    const small = await startSql(bench, { resourceGroups: groupOfEach({ atOnce: 2, ofOne: 1 }) })
    const asked = await Promise.all([1, 2, 3].map(() => submit(small.url, ENDLESS)))
    const states = async () => (await Promise.all(asked.map(({ id }) => state(small.url, id)))).sort()
    await expect.poll(states, { timeout: 20_000 }).toEqual(['QUEUED', 'QUEUED', 'RUNNING'])
    expect((await ask(small.url, 'SELECT 1', as('bert'))).rows).toEqual([[1]])
    for (const { id } of asked) await fetch(`${small.url}/v1/query/${id}`, { method: 'DELETE', headers: as('anna') })
    expect((await ask(small.url, 'SELECT 2', as('anna'))).rows).toEqual([[2]])
    await small.stop()
  })

  it('of one person are six of eight at most, and of all eight, where nothing else is set', async () => {
    // A source that does not answer: what waits for it has a place, and costs nothing.
    const silent = fixtureConnector({ s: { t: { columns: columns('a integer'), sql: 'SELECT 1 AS a' } } })
    const scan: typeof silent.scan = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const plain = await startSql(bench, { connectors: { silent: { ...silent, scan } } })
    const asked = new Map<string, string[]>()
    const begun = async ([user, ids]: [string, string[]]) =>
      (await Promise.all(ids.map((id) => state(plain.url, id, user)))).filter((found) => found !== 'QUEUED').length
    const places = () => Promise.all([...asked].map(begun))
    for (const [user, counts] of [
      ['anna', [6]],
      ['bert', [6, 2]],
    ] as const) {
      asked.set(
        user,
        (await Promise.all(Array.from({ length: 8 }, () => submit(plain.url, 'SELECT * FROM silent.s.t', user)))).map(({ id }) => id),
      )
      await expect.poll(places, { timeout: 20_000 }).toEqual(counts)
    }
    const cancel = ([user, ids]: [string, string[]]) =>
      Promise.all(ids.map((id) => fetch(`${plain.url}/v1/query/${id}`, { method: 'DELETE', headers: as(user) })))
    await cancel(['bert', asked.get('bert') as string[]])
    await expect.poll(places, { timeout: 20_000 }).toEqual([6, 8]) // places that nobody else wants stay free
    await Promise.all([...asked].map(cancel))
    await plain.stop()
  })

  it('refuse no more than a statement over the limit when all that count still run, and only of that person', async () => {
    const small = await startSql(bench, { limits: { perPerson: 2, concurrent: 1 } })
    const long = ENDLESS
    const [first, second] = [await submit(small.url, long), await submit(small.url, 'SELECT 1')]
    const third = await post(small.url, 'SELECT 1')
    expect(third.status).toBe(503)
    expect(await third.text()).toContain('Too many queries of anna')
    const other = await submit(small.url, 'SELECT 2', 'bert')
    await fetch(first.nextUri as string, { method: 'DELETE', headers: as('anna') })
    expect((await rest(first)).errorName).toBe('USER_CANCELED')
    expect((await rest(second)).rows).toBe(1)
    expect((await rest(other, 'bert')).rows).toBe(1)
    await small.stop()
  })

  it('hold no more than their bytes, of one person and of all', async () => {
    const small = await startSql(bench, { limits: { heldBytes: 5_500_000, heldBytesPerPerson: 2_500_000 } })
    const made: [user: string, query: Results][] = []
    for (const user of ['anna', 'anna', 'anna', 'bert', 'bert', 'carl', 'carl']) {
      const query = await submit(small.url, ROWS, user)
      made.push([user, query])
      await expect.poll(() => state(small.url, query.id, user), { timeout: 10_000 }).toBe('FINISHED')
    }
    const held = await Promise.all(made.map(async ([user, query]) => [user, (await rest(query, user)).rows]))
    expect(held).toEqual([
      ['anna', 0],
      ['anna', 0],
      ['anna', 1000],
      ['bert', 1000],
      ['bert', 1000],
      ['carl', 1000],
      ['carl', 1000],
    ])
    await small.stop()
  })

  it('end with their time, by name, and those that were cancelled at once', async () => {
    const small = await startSql(bench, { limits: { clientTimeoutSeconds: 1 } })
    const [left, cancelled] = [await submit(small.url, ROWS), await submit(small.url, ROWS, 'bert')]
    await expect.poll(() => state(small.url, cancelled.id, 'bert'), { timeout: 10_000 }).toBe('FINISHED')
    await fetch(cancelled.nextUri as string, { method: 'DELETE', headers: as('bert') })
    expect(await rest(cancelled, 'bert')).toEqual({ rows: 0, errorName: 'USER_CANCELED' })
    await expect.poll(() => state(small.url, left.id), { timeout: 10_000 }).toBe('FAILED')
    expect(await rest(left)).toEqual({ rows: 0, errorName: 'ABANDONED_QUERY' })
    await small.stop()
  })

  it('are counted by EXPLAIN ANALYZE, which drops them as they come', async () => {
    const before = process.memoryUsage().heapUsed
    let most = 0
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }, 10)
    try {
      const { rows } = await ask(sql.url, `EXPLAIN ANALYZE SELECT lpad('', 1000, 'x') FROM ${numbers(30)}`)
      expect(String(rows[0]?.[0])).toContain('rows: 300000')
    } finally {
      clearInterval(timer)
    }
    // The rows are 300 MB.
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(150e6)
  })
})
