// The small API of a private socket: its table, its errors, an end for broken answers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defineError } from '#kit/errors'
import { callSocket, openSocketRequest, readBody, type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { createPrivateApi } from '#kit/private-api'

const log = createLog('test')
const Busy = defineError('test.busy', 409, 'busy')
const dir = mkdtempSync(join(tmpdir(), 'akko-private-'))
const socket = join(dir, 's')
let served: Served

beforeAll(async () => {
  const handler = createPrivateApi({
    log,
    routes: {
      'GET /things': ({ req }) => ({ query: req.url?.split('?')[1] }),
      'POST /things/:name': ({ params }) => params,
      'DELETE /things/:name': () => Promise.reject(Busy()),
      'GET /stream': async ({ res }) => {
        res.write('begun')
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('not ended')
      },
    },
  })
  served = await serve({ listen: { socket }, log, handler })
})
afterAll(async () => {
  await served.close(0)
  rmSync(dir, { recursive: true })
})

it('answers by method and path with what its handler returns', async () => {
  expect(await callSocket(socket, { path: '/things?a=1' })).toEqual({ query: 'a=1' })
  expect(await callSocket(socket, { method: 'POST', path: '/things/one' })).toEqual({ name: 'one' })
})

it.each([
  ['DELETE', '/things/one', 409, 'test.busy'],
  ['PUT', '/things/one', 405, 'api.method_not_allowed'],
  ['GET', '/things/one/more', 404, 'api.no_such_path'],
  ['GET', '/constructor', 404, 'api.no_such_path'],
])('refuses %s %s with %i', async (method, path, status, code) => {
  await expect(callSocket(socket, { method, path })).rejects.toMatchObject({ status, body: { error: { code } } })
})

it('breaks off an answer that cannot be finished', async () => {
  const answer = await openSocketRequest(socket, { path: '/stream' })
  await expect(readBody(answer)).rejects.toThrow()
})
