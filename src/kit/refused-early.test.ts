// What `serve` answers in place of a handler: in the form of the handler's protocol, with the id of the request.
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ApiEnv, createApi, raw } from '#kit/api'
import { createApiPart } from '#kit/api-part'
import { toAkkoError } from '#kit/errors'
import { type Handler, type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'

const log = createLog('test')
const LISTEN = { host: '127.0.0.1', port: 0 }
const TWO = 'host: a\r\nhost: b'

/** The whole answer to a request with these lines. */
async function ask(port: number, lines: string): Promise<{ status: string; id: string; type: string; body: string }> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(`${lines}\r\nconnection: close\r\n\r\n`)
  await once(socket, 'close')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const of = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  return { status: head.slice('HTTP/1.1 '.length, 12), id: of('x-request-id'), type: of('content-type'), body }
}

const partOf = (options: { raw: boolean }) =>
  createApiPart<ApiEnv>({
    name: 'test',
    listen: LISTEN,
    log,
    ...options,
    open: async () => {
      const app = createApi({ log, answer: ({ status, code }, c) => ({ status, body: `<error path="${c.req.path}">${code}</error>` }) })
      app.all(
        '/things',
        raw((_req, res) => void res.end('never')),
      )
      return app
    },
  })

describe.each([{ raw: false }, { raw: true }])('an app with a form of its own (raw: $raw)', (options) => {
  const part = partOf(options)
  afterEach(() => part.stop())

  it('tells two Hosts in it', async () => {
    await part.start()
    expect(await ask(part.port(), `GET /things HTTP/1.1\r\n${TWO}`)).toEqual({
      status: '400',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      type: 'text/plain; charset=utf-8',
      body: '<error path="/things">http.several_hosts</error>',
    })
    expect(await ask(part.port(), `HEAD /things HTTP/1.1\r\n${TWO}`)).toMatchObject({ status: '400', body: '' })
  })
})

describe('an app behind Fetch', () => {
  const part = partOf({ raw: false })
  afterEach(() => part.stop())

  it.each([
    ['a Host that is none', 'GET /things HTTP/1.1\r\nhost: a b'],
    ['a target that is none', 'GET http://[/things HTTP/1.1\r\nhost: a'],
  ])('tells %s in it', async (_what, lines) => {
    await part.start()
    const answer = await ask(part.port(), lines)
    expect(answer).toMatchObject({ status: '400', id: expect.stringMatching(/^[0-9a-f]{32}$/), type: 'text/plain; charset=utf-8' })
    expect(answer.body).toMatch(/^<error path="[^"]*">http\.bad_target<\/error>$/)
  })
})

describe('a handler that throws', () => {
  let served: Served | undefined
  afterEach(() => served?.close(0))
  const start = async (handler: Handler) => {
    served = await serve({ listen: LISTEN, log, handler })
    return served.port
  }
  const GET = 'GET / HTTP/1.1\r\nhost: a'
  const ID = /^[0-9a-f]{32}$/

  it.each([
    [
      'at once',
      () => {
        throw new Error('what nobody should read')
      },
    ],
    ['later', async () => Promise.reject(new Error('what nobody should read'))],
  ])('%s is told in its own form', async (_when, handle) => {
    const tell: Handler['tell'] = (_req, res, thrown) => void res.writeHead(500, { 'content-type': 'text/x' }).end(toAkkoError(thrown).code)
    const answer = await ask(await start(Object.assign(handle, { tell })), GET)
    expect(answer).toEqual({ status: '500', id: expect.stringMatching(ID), type: 'text/x', body: expect.stringContaining('internal') })
  })

  it('and has none is told in AKKO’s', async () => {
    const port = await start((_req, res) => {
      res.setHeader('content-encoding', 'br')
      throw new Error('what nobody should read')
    })
    const answer = await ask(port, GET)
    expect(answer).toMatchObject({ status: '500', id: expect.stringMatching(ID), type: 'application/json' })
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: 'internal', message: 'internal error', hint: 'see the log for this request id', requestId: answer.id },
    })
  })

  it('within its answer breaks it off: an end would look like the answer’s', async () => {
    const port = await start(async (_req, res) => {
      res.write('half')
      throw new Error('the rest is missing')
    })
    expect((await ask(port, GET)).body).toBe('4\r\nhalf\r\n')
  })
})

it('an upgrade with two Hosts is told with the id of its request', async () => {
  const served = await serve({ listen: LISTEN, log, handler: () => {}, upgrade: (_req, socket) => void socket.end() })
  const answer = await ask(served.port, `GET / HTTP/1.1\r\n${TWO}\r\nupgrade: websocket`)
  await served.close(0)
  expect(answer).toMatchObject({ status: '400', id: expect.stringMatching(/^[0-9a-f]{32}$/), type: 'application/json' })
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'http.several_hosts', requestId: answer.id } })
})
