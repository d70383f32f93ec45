// What commands get: every digit, the platform's errors, and a server that is told when nobody waits any more.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createSqlClient } from '#wire/trino/client'

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function speaking(reply: (request: string, url: string) => string | undefined) {
  server = http.createServer((req, res) => {
    const answer = reply(`${req.method} ${req.url}`, `http://${req.headers.host}`)
    if (answer !== undefined) res.writeHead(answer === '' ? 204 : 200, { 'content-type': 'application/json' }).end(answer)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return createSqlClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'ada',
    token: undefined,
    source: 'judge',
  })
}

it('keeps every digit of a bigint', async () => {
  const client = await speaking(() => '{"id":"q","columns":[{"name":"n","type":"bigint"}],"data":[[9223372036854775807]],"stats":{}}')
  expect(String((await client.query('SELECT n')).rows[0]?.[0])).toBe('9223372036854775807')
})

it('tells the server when the query is cancelled', async () => {
  const abort = new AbortController()
  const seen: string[] = []
  const client = await speaking((request, url) => {
    seen.push(request)
    if (request.startsWith('DELETE')) return ''
    if (request.startsWith('POST')) return JSON.stringify({ id: 'q', nextUri: `${url}/v1/statement/q/1`, stats: {} })
    abort.abort()
    return undefined
  })
  await expect(client.query('SELECT 1', { signal: abort.signal })).rejects.toMatchObject({ code: 'sql.cancelled' })
  expect(seen.at(-1)).toBe('DELETE /v1/statement/q/1')
})

it('names the engine’s error and its place', async () => {
  const error = { message: 'no such column', errorName: 'COLUMN_NOT_FOUND', errorLocation: { lineNumber: 1, columnNumber: 8 } }
  const client = await speaking(() => JSON.stringify({ id: 'q', stats: {}, error }))
  await expect(client.query('SELECT x')).rejects.toMatchObject({ code: 'sql.COLUMN_NOT_FOUND', blame: 'caller', status: 400 })
})

it.each([
  ['no such column', 'COLUMN_NOT_FOUND: no such column (line 1, column 8)'],
  ['line 1:8: no such column', 'COLUMN_NOT_FOUND: line 1:8: no such column'],
])('says once where the fault of "%s" is', async (message, shown) => {
  const error = { message, errorName: 'COLUMN_NOT_FOUND', errorLocation: { lineNumber: 1, columnNumber: 8 } }
  const client = await speaking(() => JSON.stringify({ id: 'q', stats: {}, error }))
  await expect(client.query('SELECT x')).rejects.toThrow(new RegExp(`^${shown.replace(/[()]/g, '\\$&')}$`))
})
