// A server that is starved slowly: what does not come is cut, what is merely slow goes on. Small limits, a few connections of our own.
import { readFileSync } from 'node:fs'
import type http from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import { readBody, serve } from '#kit/http'
import { HEADER_BYTES, type Limits } from '#kit/limits'
import { createLog } from '#kit/log'

const LIMITS: Limits = { headersMs: 300, bodyMs: 300, bodyBytes: 10, connections: 20, lingerMs: 100, waiting: 10 }
const CEILING = 30_000
/** For who is to be left alone: a pause of a busy machine must not look like a client's silence. */
const PATIENT: Partial<Limits> = { headersMs: 10_000, bodyMs: 5000 }

/** The port of a server that ends with its test. */
async function start({ onTestFinished }: TestContext, handler: http.RequestListener, limits: Partial<Limits> = {}): Promise<number> {
  const served = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    log: createLog('test'),
    handler: async (req, res) => handler(req, res),
    limits: { ...LIMITS, ...limits },
  })
  onTestFinished(() => served.close(0))
  return served.port
}

const echo: http.RequestListener = async (req, res) => {
  const text = await readBody(req).catch(() => '')
  if (!res.destroyed) res.end(text)
}

function open(port: number, text = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (text !== '') socket.write(text)
      resolve(socket)
    })
    socket.on('error', reject)
  })
}

const ends = (socket: Socket) =>
  new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', () => {})
    socket.once('close', () => resolve(text))
    if (socket.destroyed) resolve(text)
  })

const POST = 'POST / HTTP/1.1\r\nhost: x\r\n'

// They wait for clocks: together. What stands beside others is counted by the `expect` of its own.
describe.concurrent('a slow client', () => {
  it.for([
    ['never says anything', ''],
    ['never ends its header', `${POST}x-a: `],
  ] as const)('cuts a client that %s', { timeout: CEILING }, async ([, text], ctx) => {
    const port = await start(ctx, echo)
    const sockets = await Promise.all(Array.from({ length: 10 }, () => open(port, text)))
    const answers = await Promise.all(sockets.map(ends))
    ctx.expect(answers.map((text) => text.split('\r\n')[0])).toEqual(Array.from({ length: 10 }, () => 'HTTP/1.1 408 Request Timeout'))
  })

  it('cuts a client whose body does not come, or comes by the byte', { timeout: CEILING }, async (ctx) => {
    const port = await start(ctx, echo)
    const silent = await open(port, `${POST}content-length: 100\r\n\r\n`)
    const dripping = await open(port, `${POST}content-length: 100\r\n\r\n`)
    const timer = setInterval(() => dripping.write('x'), 100)
    try {
      ctx.expect(await Promise.all([ends(silent), ends(dripping)])).toEqual(['', ''])
    } finally {
      clearInterval(timer)
    }
  })

  it.for([
    ['has no body', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['has come whole', `${POST}content-length: 1\r\n\r\nx`],
  ] as const)(
    'lets an answer take as long as it needs when the request %s, though nobody reads it',
    { timeout: CEILING },
    async ([, text], ctx) => {
      const port = await start(ctx, async (_req, res) => {
        res.write('a')
        await sleep(1500) // five times what a body that does not come is given
        res.end('z')
      })
      const socket = await open(port, text.replace('host: x', 'host: x\r\nconnection: close'))
      ctx.expect((await ends(socket)).match(/\r\na\r\n|\r\nz\r\n/g)).toEqual(['\r\na\r\n', '\r\nz\r\n'])
    },
  )

  it('lets a body be as long as it needs while it grows, and an answer too', { timeout: CEILING }, async (ctx) => {
    const port = await start(
      ctx,
      async (req, res) => {
        const text = await readBody(req)
        await sleep(5500)
        res.end(String(text.length))
      },
      PATIENT,
    )
    const socket = await open(port, `${POST}content-length: 400\r\nconnection: close\r\n\r\n`)
    const answer = ends(socket)
    for (let i = 0; i < 40; i++) {
      socket.write('0123456789')
      await sleep(150)
    }
    ctx.expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*400$/)
  })

  it('does not take the slowness of the handler for the client’s', { timeout: CEILING }, async (ctx) => {
    const port = await start(
      ctx,
      async (req, res) => {
        await sleep(8000)
        res.end(String((await readBody(req)).length))
      },
      PATIENT,
    )
    const socket = await open(port, `${POST}content-length: 300000\r\nconnection: close\r\n\r\n`)
    socket.write('x'.repeat(300_000))
    ctx.expect(await ends(socket)).toMatch(/300000$/)
  })
})

it('a body that nobody wanted is not received for ever after its answer', { timeout: CEILING }, async (ctx) => {
  const port = await start(ctx, (_req, res) => {
    res.writeHead(401).end('who are you?')
  })
  const socket = await open(port, `${POST}content-length: 1000000000\r\n\r\n`)
  const timer = setInterval(() => socket.write('x'.repeat(1000)), 10)
  try {
    expect(await ends(socket)).toContain('who are you?')
  } finally {
    clearInterval(timer)
  }
})

it('has a cap on connections, and is there again when they go', { timeout: CEILING }, async (ctx) => {
  const port = await start(ctx, echo, { headersMs: 5000 })
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open(port)))
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  for (const socket of sockets) socket.destroy()
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.status).toBe(200)
})

it('refuses a header larger than 32 KiB', async (ctx) => {
  const port = await start(ctx, echo)
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-large': 'x'.repeat(33 * 1024) } })
  expect(answer.status).toBe(431)
})

it('cuts a client that sends on and on without taking answers, before its requests are looked at', { timeout: CEILING }, async (ctx) => {
  let handled = 0
  const port = await start(ctx, (_req, res) => {
    handled++
    res.end('ok')
  })
  await ends(await open(port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5000)))
  expect(handled).toBeLessThanOrEqual(LIMITS.waiting)
})

it('answers requests that are sent together, in their order', { timeout: CEILING }, async (ctx) => {
  const port = await start(ctx, (req, res) => setTimeout(() => res.end(`<${req.url}>`), req.url === '/0' ? 20 : 0))
  const paths = Array.from({ length: LIMITS.waiting }, (_, i) => `/${i}`)
  const requests = paths.map((path, i) => `GET ${path} HTTP/1.1\r\nhost: x\r\n${i + 1 < paths.length ? '' : 'connection: close\r\n'}\r\n`)
  const text = await ends(await open(port, requests.join('')))
  expect(text.match(/<[^>]*>/g)).toEqual(paths.map((path) => `<${path}>`))
})

it('headers have one figure for the processes that the launcher starts, too', () => {
  const launcher = readFileSync(new URL('../../launcher/launch.cjs', import.meta.url), 'utf8')
  expect(launcher.match(/--max-http-header-size=\d+/g)).toEqual([`--max-http-header-size=${HEADER_BYTES}`])
})
