// The page's own half: what each statement is sent with, and rows as objects.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { HttpError } from '~/lib/http'
import { queryObjects, runQuery } from '~/lib/trino/client'

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function answering(status: number, body: string) {
  const seen: http.IncomingHttpHeaders[] = []
  server = http.createServer((req, res) => {
    seen.push(req.headers)
    res.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, send: (path: string, init: RequestInit) => fetch(origin + path, init) }
}

const document = JSON.stringify({ id: 'q', columns: [{ name: 'n', type: 'bigint' }], data: [[7]], stats: { state: 'FINISHED' } })

it('says that it is the cockpit, under a request id of its own', async () => {
  const { seen, send } = await answering(200, document)
  const { requestId } = await runQuery({ sql: 'SELECT 7', user: 'ada', session: { schema: 'banking' }, send })
  expect(seen[0]).toMatchObject({ 'x-trino-user': 'ada', 'x-trino-source': 'cockpit', 'x-trino-schema': 'banking' })
  expect(seen[0]?.traceparent).toMatch(new RegExp(`^00-${requestId}-[0-9a-f]{16}-01$`))
})

it('gives rows as objects', async () => {
  const { send } = await answering(200, document)
  expect(await queryObjects({ sql: 'SELECT 7', user: 'ada', send })).toEqual([{ n: 7 }])
})

it('rejects as other calls of the page do', async () => {
  const { send } = await answering(403, JSON.stringify({ error: { message: 'not yours' } }))
  const failure = await runQuery({ sql: 'SELECT 7', user: 'ada', send }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(HttpError)
  expect(failure).toMatchObject({ status: 403, message: 'not yours' })
})
