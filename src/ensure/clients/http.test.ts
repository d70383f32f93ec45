// Connections that break under a request, as a server breaks those that it has kept long enough.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createAdminHttp } from '#ensure/clients/http'
import { isConflict } from '#ensure/errors'

let server: Server
afterEach(() => server?.close())

/** Breaks the first `broken` connections with a request on them, then answers with the number of requests. */
async function breaking(broken: number) {
  let asked = 0
  server = createServer((req, res) => {
    asked++
    if (asked <= broken) req.socket.destroy()
    else res.end(JSON.stringify({ asked }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createAdminHttp({ base, token: async () => ({ token: 't', seconds: 60 }) })
}

it('a question is asked again', async () => {
  expect(await (await breaking(2)).read('/things')).toEqual({ asked: 3 })
  await expect((await breaking(3)).read('/things')).rejects.toThrow('fetch failed')
})

it('a change is not sent again: what came of it is to be read', async () => {
  const http = await breaking(1)
  const lost = await http.write('POST', '/things', {}).catch((error: unknown) => error)
  expect(isConflict(lost)).toBe(true)
  expect(String(lost)).toMatch(/POST \/things lost its connection/)
  expect([await http.read('/things'), http.writes]).toEqual([{ asked: 2 }, 1])
})
