// The client against a server that speaks the protocol over real HTTP.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { pathOf, QueryCancelled, QueryError, queryObjects, runQuery } from '~/lib/trino/client'
import { parseExact } from '~/lib/trino/json'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}
type Reply = { status?: number; headers?: Record<string, string>; body: unknown }

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Serves `reply`, answers a fetch bound to it and what it saw. */
async function speak(reply: (seen: Seen, n: number) => Reply | undefined): Promise<{ fetch: typeof fetch; seen: Seen[] }> {
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
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, fetch: (input, init) => fetch(new URL(String(input), origin), { ...init, keepalive: false }) }
}

const stats = { state: 'RUNNING' }
const columns = [{ name: 'n', type: 'bigint' }]

describe('the Trino client protocol', () => {
  it('sends the headers, follows nextUri to the end and gathers rows', async () => {
    const { fetch, seen } = await speak((_, n) => ({
      headers: { 'x-request-id': 'req-1' },
      body:
        n === 1
          ? { id: 'q1', nextUri: 'https://other.example/v1/statement/executing/q1/y/1', stats: { state: 'QUEUED' } }
          : n === 2
            ? { id: 'q1', columns, data: [[1], [2]], nextUri: '/v1/statement/executing/q1/y/2', stats }
            : { id: 'q1', columns, data: [[3]], stats: { state: 'FINISHED', processedRows: 3 } },
    }))
    const rows: unknown[] = []
    const outcome = await runQuery({
      sql: 'SELECT n',
      user: 'ada',
      catalog: 'iceberg',
      schema: 'banking',
      fetch,
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
        'x-trino-source': 'cockpit',
        'x-trino-catalog': 'iceberg',
        'x-trino-schema': 'banking',
        'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
      },
    })
    expect(seen[0]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('reports the engine error with its place', async () => {
    const error = {
      message: "line 1:8: Column 'x' cannot be resolved",
      errorName: 'COLUMN_NOT_FOUND',
      errorLocation: { lineNumber: 1, columnNumber: 8 },
    }
    const { fetch } = await speak(() => ({ body: { id: 'q2', stats: { state: 'FAILED' }, error } }))
    const failure = await runQuery({ sql: 'SELECT x', user: 'ada', fetch }).catch((e: unknown) => e)
    expect(failure).toBeInstanceOf(QueryError)
    expect((failure as QueryError).error).toEqual(error)
  })

  it('cancels by DELETE of nextUri', async () => {
    const abort = new AbortController()
    const { fetch, seen } = await speak((s, n) => {
      if (s.method === 'DELETE') return { status: 204, body: '' }
      if (n > 1) return void setTimeout(() => abort.abort(), 20)
      return { body: { id: 'q3', nextUri: '/v1/statement/queued/q3/y/1', stats } }
    })
    await expect(runQuery({ sql: 'SELECT 1', user: 'ada', fetch, signal: abort.signal })).rejects.toBeInstanceOf(QueryCancelled)
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/v1/statement/queued/q3/y/1' })
  })

  it('stops reading at the row limit, says so and cancels', async () => {
    const { fetch, seen } = await speak((_, n) => ({
      body: { id: 'q4', columns, data: [[n], [n]], nextUri: `/v1/next/${n}`, stats },
    }))
    const outcome = await runQuery({ sql: 'SELECT 1', user: 'ada', fetch, maxRows: 3 })
    expect(outcome).toMatchObject({ cut: true, rowCount: 3 })
    expect(seen.at(-1)?.method).toBe('DELETE')
  })

  it('asks again while the server is away', async () => {
    const { fetch } = await speak((_, n) =>
      n === 1
        ? { body: { id: 'q5', nextUri: '/v1/a', stats } }
        : n === 2
          ? { status: 503, body: 'later' }
          : { body: { id: 'q5', columns, data: [[7]], stats } },
    )
    expect(await queryObjects({ sql: 'SELECT 7', user: 'ada', fetch })).toEqual([{ n: 7 }])
  })

  it('takes the session that USE sets', async () => {
    const { fetch } = await speak(() => ({
      headers: { 'x-trino-set-catalog': 'banking', 'x-trino-set-schema': 'public' },
      body: { id: 'q6', stats, updateType: 'USE' },
    }))
    expect((await runQuery({ sql: 'USE banking.public', user: 'ada', fetch })).session).toEqual({ catalog: 'banking', schema: 'public' })
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
