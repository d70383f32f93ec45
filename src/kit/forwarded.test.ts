import http, { type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { assertLocalCaller, GATEWAY_KEY_HEADER, gatewayKey, type TrustedForwarder } from '#kit/forwarded'
import { type Served, sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'

let served: Served | undefined
afterEach(() => served?.close(0))

async function start(handler: http.RequestListener, forwarder?: TrustedForwarder): Promise<number> {
  const listen = { host: '127.0.0.1', port: 0 }
  const options = {
    listen,
    log: createLog('test'),
    handler: async (req: http.IncomingMessage, res: http.ServerResponse) => handler(req, res),
  }
  served = await serve({ ...options, ...(forwarder ? { forwarder } : {}) })
  return served.port
}

function ask<T>(port: number, headers: Record<string, string>): Promise<{ status: number; body: T }> {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, headers }, async (res) => {
      let text = ''
      for await (const chunk of res) text += chunk
      resolve({ status: res.statusCode ?? 0, body: JSON.parse(text) as T })
    })
    req.on('error', reject)
  })
}

describe('what is said of where a request came from', () => {
  const SAID = {
    forwarded: 'for=10.0.0.1',
    'x-forwarded-for': '10.0.0.1',
    'X-Forwarded-Host': 'evil.example',
    'x-real-ip': '10.0.0.1',
    'x-akko-session-expires': '2030-01-01',
  }
  const seen = async (forwarder: TrustedForwarder | undefined, headers: Record<string, string>) => {
    const port = await start((req, res) => sendJson(res, 200, { headers: req.headers, raw: req.rawHeaders }), forwarder)
    const { body } = await ask<{ headers: IncomingHttpHeaders; raw: string[] }>(port, { ...SAID, 'x-mine': 'kept', ...headers })
    expect(body.headers['x-mine']).toBe('kept')
    expect(JSON.stringify(body)).not.toContain(GATEWAY_KEY_HEADER)
    const names = body.raw.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
    expect(names.sort()).toEqual(Object.keys(body.headers).sort())
    return Object.keys(SAID).filter((name) => body.headers[name.toLowerCase()] !== undefined).length
  }
  const secret = new Secret('of the edge')
  const key = gatewayKey(secret, 'sql')

  it.each([
    ['nobody is believed by default', undefined, {}, 0],
    ['a key counts for nothing where none is expected', undefined, { [GATEWAY_KEY_HEADER]: key.reveal() }, 0],
    ['the gateway is believed by its key', key, { [GATEWAY_KEY_HEADER]: key.reveal() }, 5],
    ['not without it', key, {}, 0],
    ['not with the key of another part', key, { [GATEWAY_KEY_HEADER]: gatewayKey(secret, 'docs').reveal() }, 0],
    ['everybody where only a proxy comes', 'anybody', {}, 5],
  ] as const)('forwarded headers: %s', async (_what, forwarder, headers, count) => {
    expect(await seen(forwarder, headers)).toBe(count)
  })
})

describe('a server that believes every caller answers this machine only', () => {
  const statusOf = async (headers: (port: number) => Record<string, string>, forwarder?: TrustedForwarder) => {
    const port = await start((req, res) => {
      try {
        assertLocalCaller(req)
        sendJson(res, 200, {})
      } catch (error) {
        sendJson(res, (error as { status: number }).status, { message: (error as Error).message })
      }
    }, forwarder)
    return (await ask(port, headers(port))).status
  }
  it.each([
    ['by address', (port: number) => ({ host: `127.0.0.1:${port}` }), 200],
    ['by name', (port: number) => ({ host: `localhost:${port}` }), 200],
    ['by the other address', (port: number) => ({ host: `[::1]:${port}` }), 200],
    [
      'a page of its own',
      (port: number) => ({ host: `localhost:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' }),
      200,
    ],
    ['a name that leads here', (port: number) => ({ host: `rebound.example:${port}` }), 403],
    ['a name that begins like this machine', (port: number) => ({ host: `localhost.example:${port}` }), 403],
    ['another port', (port: number) => ({ host: `localhost:${port + 1}` }), 403],
    ['no port', () => ({ host: 'localhost' }), 403],
    ['a page of another site', (port: number) => ({ host: `localhost:${port}`, origin: 'https://page.example' }), 403],
    ['a page on another port', (port: number) => ({ host: `localhost:${port}`, origin: 'http://localhost:1' }), 403],
    ['a page without an origin', (port: number) => ({ host: `localhost:${port}`, origin: 'null' }), 403],
    ['a navigation from elsewhere', (port: number) => ({ host: `localhost:${port}`, 'sec-fetch-site': 'cross-site' }), 403],
    ['a page of a neighbour host', (port: number) => ({ host: `localhost:${port}`, 'sec-fetch-site': 'same-site' }), 403],
  ] as const)('%s', async (_what, headers, status) => {
    expect(await statusOf(headers)).toBe(status)
  })

  it('behind the gateway its port counts, and only the gateway can say so', async () => {
    const key = new Secret('key')
    const through = () => ({ host: 'localhost:8443', 'x-forwarded-port': '8443', [GATEWAY_KEY_HEADER]: 'key' })
    expect(await statusOf(through, key)).toBe(200)
    expect(await statusOf(() => ({ host: 'localhost:8443', 'x-forwarded-port': '8443' }), key)).toBe(403)
  })
})

describe('a request with two Host headers', () => {
  const answer = (port: number, headers: string) =>
    new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(`GET / HTTP/1.1\r\n${headers}\r\n\r\n`))
      socket.on('data', (data) => {
        text += data
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
  const handler: http.RequestListener = (_req, res) => sendJson(res, 200, {}, { connection: 'close' })

  it.each([
    ['one is answered', 'host: a', '200', ''],
    ['two are not', 'host: a\r\nHost: b', '400', 'http.several_hosts'],
    ['nor the same one twice', 'host: a\r\nhost: a', '400', 'http.several_hosts'],
  ])('%s', async (_what, headers, status, code) => {
    const text = await answer(await start(handler), headers)
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toContain(code)
  })

  it('is not upgraded', async () => {
    const upgraded: string[] = []
    served = await serve({
      listen: { host: '127.0.0.1', port: 0 },
      log: createLog('test'),
      handler: async (req, res) => handler(req, res),
      upgrade: (req, socket) => {
        upgraded.push(req.headers.host ?? '')
        socket.end()
      },
    })
    const UPGRADE = 'connection: upgrade\r\nupgrade: websocket'
    expect(await answer(served.port, `host: a\r\nhost: b\r\n${UPGRADE}`)).toMatch(/^HTTP\/1.1 400 /)
    await answer(served.port, `host: c\r\n${UPGRADE}`)
    expect(upgraded).toEqual(['c'])
  })
})
