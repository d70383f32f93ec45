// What every API has by the kit: its protocol's form for every error, 405 beside 404, health, limits of bodies, an end for broken answers.
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiEnv, createApi, localOnly, raw } from '#kit/api'
import { createApiPart } from '#kit/api-part'
import { readText } from '#kit/body'
import { defineError } from '#kit/errors'
import { createLog } from '#kit/log'

const log = createLog('test')
const Refused = defineError('test.refused', 409, 'not {what}', { hint: 'ask for another' })
const LISTEN = { host: '127.0.0.1', port: 0 }

let healthy = true
const events: string[] = []
const part = createApiPart({
  name: 'test',
  listen: LISTEN,
  log,
  open: async () => {
    const app = createApi<ApiEnv>({ log, health: async () => ({ healthy, version: '1' }), ignoreFinalSlash: true })
    app.get('/things/:name', (c) => c.json({ name: c.req.param('name') }))
    app.put('/things/:name', () => {
      throw Refused({ what: 'this' })
    })
    app.post('/echo', async (c) => c.json({ text: await readText(c.env.incoming, 10) }))
    app.post('/unread', (c) => c.json({}))
    app.get('/broken', () => {
      throw new Error('what nobody should read')
    })
    app.get(
      '/half',
      raw((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/plain' })
        res.write('half')
        throw new Error('the rest is missing')
      }),
    )
    app.use('/local', localOnly)
    app.get('/local', (c) => c.json({}))
    return app
  },
  drain: async () => void events.push('drain'),
  close: async () => void events.push('close'),
})
const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${part.port()}${path}`, init)

/** A request with a target that `fetch` would change. */
function askAs(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = http.get({ ...LISTEN, port: part.port(), path, headers, agent: false }, async (res) => {
      let text = ''
      for await (const chunk of res) text += chunk
      resolve({ status: res.statusCode ?? 0, text })
    })
    req.on('error', reject)
  })
}

beforeEach(async () => {
  healthy = true
  events.length = 0
  await part.start()
})
afterEach(() => part.stop())

describe('an API', () => {
  it('tells an error in one form, with the id of its request, and nothing of what is its own fault', async () => {
    const refused = await ask('/things/a', { method: 'PUT' })
    const requestId = refused.headers.get('x-request-id')
    expect(await refused.json()).toEqual({ error: { code: 'test.refused', message: 'not this', hint: 'ask for another', requestId } })
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([409, 'no-store'])
    const broken = await ask('/broken')
    expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining('nobody')])
  })

  it('knows a wrong method from a wrong path', async () => {
    const method = await ask('/things/a', { method: 'DELETE' })
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT'])
    expect((await ask('/nothing')).status).toBe(404)
    expect((await ask('/local', { method: 'POST' })).status).toBe(405)
  })

  it('takes the path as it was sent', async () => {
    expect(await (await ask('/things/a%2Fb%2520%C3%A9/')).json()).toEqual({ name: 'a/b%20é' })
    expect(await askAs(`http://127.0.0.1:${part.port()}/things/whole`)).toMatchObject({ status: 200, text: '{"name":"whole"}' })
    for (const path of ['/x/../things/a', '/things/../things/a', '//things/a', '/%74hings/a']) expect((await askAs(path)).status).toBe(404)
  })

  it('answers programs on this machine alone where that is asked for', async () => {
    expect((await ask('/local')).status).toBe(200)
    expect((await askAs('/local', { host: `rebound.example:${part.port()}` })).status).toBe(403)
    expect((await askAs('/local', { origin: 'https://page.example' })).status).toBe(403)
  })

  it('reads no body beyond its limit, told or not, and answers', async () => {
    expect(await (await ask('/echo', { method: 'POST', body: 'short' })).json()).toEqual({ text: 'short' })
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) })
    for (const body of ['longer than ten', endless]) {
      const answer = await ask('/echo', { method: 'POST', body, duplex: 'half' } as RequestInit)
      expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: 'http.body_too_large' } }])
    }
  })

  it('does not keep the connection of a client whose body never ends', async () => {
    const socket = net.connect(part.port(), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST /unread HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nbegun')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await once(socket, 'close')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
  })

  it('breaks off an answer that cannot be finished', async () => {
    const half = await ask('/half')
    expect(half.status).toBe(200)
    await expect(half.text()).rejects.toThrow()
  })
})

describe('an API that answers on Node’s responses alone', () => {
  const rawPart = createApiPart<ApiEnv>({
    name: 'raw',
    listen: LISTEN,
    log,
    raw: true,
    open: async () => {
      const app = createApi({ log, answer: ({ status, message }) => ({ status, body: message }) })
      app.get(
        '/things/:name',
        raw((_req, res, c) => void res.end(c.req.param('name'))),
      )
      app.post(
        '/unread',
        raw((_req, res) => void res.end('answered')),
      )
      return app
    },
  })
  const url = (path: string) => `http://127.0.0.1:${rawPart.port()}${path}`
  beforeEach(() => rawPart.start())
  afterEach(() => rawPart.stop())

  it('answers, and tells its errors in its own form', async () => {
    expect(await (await fetch(url('/things/a%20b'))).text()).toBe('a b')
    expect((await fetch(url('/things/a'), { method: 'HEAD' })).status).toBe(200)
    const wrong = await fetch(url('/things/a'), { method: 'PUT' })
    expect([wrong.status, wrong.headers.get('allow'), await wrong.text()]).toEqual([405, 'GET, HEAD', 'PUT is not allowed at /things/a'])
    const none = await fetch(url('/nothing'))
    expect([none.status, none.headers.get('content-type'), none.headers.get('content-length')]).toEqual([
      404,
      'text/plain; charset=utf-8',
      '28',
    ])
    expect(none.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  })

  it('lets a client send a body to its end that nobody reads', async () => {
    expect(await (await fetch(url('/unread'), { method: 'POST', body: 'x'.repeat(5_000_000) })).text()).toBe('answered')
  })
})

describe('its part', () => {
  it('is as well as its own door says', async () => {
    expect(await part.health()).toEqual({ healthy: true, version: '1' })
    healthy = false
    expect((await ask('/-/health')).status).toBe(503)
    expect(await part.health()).toEqual({ healthy: false, version: '1' })
    await part.stop()
    expect(await part.health()).toEqual({ healthy: false, detail: 'not started' })
  })

  it('drains before its door closes, and closes what it opened when the door cannot open', async () => {
    await part.stop()
    expect(events).toEqual(['drain', 'close'])
    await part.start()
    const second = createApiPart<ApiEnv>({
      name: 'second',
      listen: { ...LISTEN, port: part.port() },
      log,
      open: async () => createApi({ log }),
      close: async () => void events.push('second closed'),
    })
    await expect(second.start()).rejects.toThrow(/EADDRINUSE/)
    expect(events.at(-1)).toBe('second closed')
  })
})
