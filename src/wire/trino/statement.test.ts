// The client side against a server that speaks the protocol over real HTTP.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { parseExact } from '#wire/trino/json'
import { pathOf, QueryCancelled, QueryError, type Reply, runStatement, type StatementOptions } from '#wire/trino/statement'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}
type Answer = { status?: number; headers?: Record<string, string>; body: unknown }

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Run = (sql: string, more?: Partial<StatementOptions>) => ReturnType<typeof runStatement>

/** Serves `reply`; gives how to run a statement there, and what it saw. */
async function speak(reply: (seen: Seen, n: number) => Answer | undefined): Promise<{ run: Run; seen: Seen[] }> {
  const seen: Seen[] = []
  server = http.createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: Buffer.concat(chunks).toString() })
    const answer = reply(seen.at(-1)!, seen.length)
    if (!answer) return
    res.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
    res.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const refusal = async (reply: Reply) => new Error(`${reply.status}: ${await reply.text()}`)
  return { seen, run: (sql, more) => runStatement({ url, user: 'ada', sql, refusal, ...more }) }
}

const stats = { state: 'RUNNING' }
const columns = [{ name: 'n', type: 'bigint' }]

describe('the Trino client protocol', () => {
  it('sends the headers, follows nextUri to the end and gathers rows', async () => {
    const { run, seen } = await speak((_, n) => ({
      headers: { 'x-request-id': 'req-1' },
      body:
        n === 1
          ? { id: 'q1', nextUri: 'https://other.example/v1/statement/executing/q1/y/1', stats: { state: 'QUEUED' } }
          : n === 2
            ? { id: 'q1', columns, data: [[1], [2]], nextUri: '/v1/statement/executing/q1/y/2', stats }
            : { id: 'q1', columns, data: [[3]], stats: { state: 'FINISHED', processedRows: 3 } },
    }))
    const rows: unknown[] = []
    const outcome = await run('SELECT n', {
      source: 'judge',
      session: { catalog: 'iceberg', schema: 'banking' },
      headers: { authorization: 'Bearer t' },
      onUpdate: (u) => rows.push(...u.rows),
    })
    expect(rows).toEqual([[1], [2], [3]])
    expect(outcome).toMatchObject({ queryId: 'q1', requestId: 'req-1', rowCount: 3, cut: false, stats: { processedRows: 3 } })
    expect(seen.map((s) => `${s.method} ${s.url}`)).toEqual([
      'POST /v1/statement',
      'GET /v1/statement/executing/q1/y/1',
      'GET /v1/statement/executing/q1/y/2',
    ])
    expect(seen[0]).toMatchObject({
      body: 'SELECT n',
      headers: {
        'x-trino-user': 'ada',
        'x-trino-source': 'judge',
        'x-trino-catalog': 'iceberg',
        'x-trino-schema': 'banking',
        'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
      },
    })
    expect(seen.map((s) => s.headers.authorization)).toEqual(Array(3).fill('Bearer t'))
  })

  it('reports the engine error with its place', async () => {
    const error = {
      message: "line 1:8: Column 'x' cannot be resolved",
      errorName: 'COLUMN_NOT_FOUND',
      errorLocation: { lineNumber: 1, columnNumber: 8 },
    }
    const { run } = await speak(() => ({ body: { id: 'q2', stats: { state: 'FAILED' }, error } }))
    const failure = await run('SELECT x').catch((e: unknown) => e)
    expect(failure).toBeInstanceOf(QueryError)
    expect((failure as QueryError).error).toEqual(error)
  })

  it('cancels by DELETE of nextUri', async () => {
    const abort = new AbortController()
    const { run, seen } = await speak((s, n) => {
      if (s.method === 'DELETE') return { status: 204, body: '' }
      if (n > 1) return void setTimeout(() => abort.abort(), 20)
      return { body: { id: 'q3', nextUri: '/v1/statement/queued/q3/y/1', stats } }
    })
    await expect(run('SELECT 1', { signal: abort.signal })).rejects.toBeInstanceOf(QueryCancelled)
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/v1/statement/queued/q3/y/1' })
  })

  it('ends at the server what was cancelled before its first answer came', async () => {
    const abort = new AbortController()
    const { run, seen } = await speak((s) => {
      if (s.method === 'DELETE') return { status: 204, body: '' }
      abort.abort()
      return { body: { id: 'q3', nextUri: '/v1/statement/queued/q3/y/1', stats } }
    })
    await expect(run('SELECT 1', { signal: abort.signal })).rejects.toBeInstanceOf(QueryCancelled)
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /v1/statement', 'DELETE /v1/statement/queued/q3/y/1'])
  })

  it('asks nothing when it was cancelled before', async () => {
    const { run, seen } = await speak(() => ({ body: { id: 'q3', stats } }))
    await expect(run('SELECT 1', { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(QueryCancelled)
    expect(seen).toEqual([])
  })

  it('stops reading at the row limit, says so and cancels', async () => {
    const { run, seen } = await speak((_, n) => ({
      body: { id: 'q4', columns, data: [[n], [n]], nextUri: `/v1/next/${n}`, stats },
    }))
    const outcome = await run('SELECT 1', { maxRows: 3 })
    expect(outcome).toMatchObject({ cut: true, rowCount: 3 })
    expect(seen.at(-1)?.method).toBe('DELETE')
  })

  it('asks again while the server is away', async () => {
    const { run } = await speak((_, n) =>
      n === 1
        ? { body: { id: 'q5', nextUri: '/v1/a', stats } }
        : n === 2
          ? { status: 503, body: 'later' }
          : { body: { id: 'q5', columns, data: [[7]], stats } },
    )
    expect(await run('SELECT 7')).toMatchObject({ rowCount: 1, columns })
  })

  it('takes the session that USE sets', async () => {
    const { run } = await speak(() => ({
      headers: { 'x-trino-set-catalog': 'banking', 'x-trino-set-schema': 'public' },
      body: { id: 'q6', stats, updateType: 'USE' },
    }))
    expect((await run('USE banking.public')).session).toEqual({ catalog: 'banking', schema: 'public' })
  })

  it('carries on with what an answer left in the session', async () => {
    const { run, seen } = await speak((_, n) => ({
      ...(n === 1 ? { headers: { 'x-trino-added-prepare': 'p=SELECT+%3F', 'x-trino-set-session': 'a=x+y' } } : {}),
      body: { id: 'q7', stats },
    }))
    const { session } = await run('PREPARE p FROM SELECT ?', { session: { catalog: 'iceberg' } })
    expect((await run('EXECUTE p USING 1', { session })).session).toBe(session)
    expect(seen[1]?.headers).toMatchObject({
      'x-trino-catalog': 'iceberg',
      'x-trino-prepared-statement': 'p=SELECT+%3F',
      'x-trino-session': 'a=x+y',
    })
  })

  it('gives what the caller makes of an answer that is none of the protocol, at once where asking again is no use', async () => {
    const { run, seen } = await speak((_, n) => (n === 1 ? { body: { id: 'q8', nextUri: '/v1/a', stats } } : { status: 404, body: 'gone' }))
    await expect(run('SELECT 1')).rejects.toThrow('404: gone')
    expect(seen).toHaveLength(2)
  })

  it('stops waiting for a server that is away when it is cancelled', async () => {
    const abort = new AbortController()
    const { run } = await speak((_, n) => {
      if (n === 1) return { body: { id: 'q9', nextUri: '/v1/a', stats } }
      setTimeout(() => abort.abort(), 20)
      return { status: 503, headers: { 'retry-after': '60' }, body: 'later' }
    })
    await expect(run('SELECT 1', { signal: abort.signal })).rejects.toBeInstanceOf(QueryCancelled)
  })
})

describe('parts of the protocol', () => {
  it('never follows another origin', () => expect(pathOf('https://evil.example/v1/x?slug=1')).toBe('/v1/x?slug=1'))

  it('keeps every digit of a bigint', () => {
    expect(parseExact('{"data":[[9223372036854775807,-9007199254740993,5,1.5,"9223372036854775807"]]}')).toEqual({
      data: [['9223372036854775807', '-9007199254740993', 5, 1.5, '9223372036854775807']],
    })
  })
})
