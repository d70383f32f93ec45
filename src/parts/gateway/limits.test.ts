// The gateway's own TLS server cuts who says nothing: before the handshake, after it, within a header, within a body.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Echo, startEcho, startTestEdge, type TestEdge } from '#parts/gateway/test-gateway'

let edge: TestEdge
let echo: Echo

beforeAll(async () => {
  echo = await startEcho()
  edge = await startTestEdge({
    hosts: [],
    paths: [{ prefix: '/echo', title: 'Echo', name: 'echo', upstream: { host: '127.0.0.1', port: echo.port } }],
    limits: { headersMs: 500, bodyMs: 500 },
  })
})
afterAll(async () => {
  await edge?.stop()
  await echo?.close()
})

const closed = (socket: Socket, first = '') =>
  new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', () => {})
    socket.once('close', () => resolve(text))
    if (first) socket.write(first)
  })
const secure = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: edge.port, ca: edge.ca(), servername: 'localhost' }, () => resolve(socket))
    socket.once('error', reject)
  })
const HEAD = `POST /echo HTTP/1.1\r\nhost: localhost\r\n`

it('before the handshake', async () => {
  expect(await closed(connect(edge.port, '127.0.0.1'))).toBe('')
})

it('after it, and within a header', async () => {
  expect(await closed(await secure())).toContain('408 Request Timeout')
  expect(await closed(await secure(), HEAD)).toContain('408 Request Timeout')
})

it('within a body that it passes on', async () => {
  const socket = await secure()
  expect(await closed(socket, `${HEAD.replace('localhost', `localhost:${edge.port}`)}content-length: 100\r\n\r\nbegun`)).toBe('')
})

describe('who has an upgrade and never leaves', () => {
  /** A client that hears nothing, not even that it is told to go. */
  const upgrade = async (path: string) => {
    const raw = connect({ port: edge.port, host: '127.0.0.1', allowHalfOpen: true })
    const options = { socket: raw, ca: edge.ca(), servername: 'localhost', allowHalfOpen: true }
    const socket = await new Promise<Socket>((resolve) => {
      const made: Socket = connectTls(options, () => resolve(made))
    })
    onTestFinished(() => void raw.destroy())
    socket.on('error', () => {})
    const asked =
      'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost:${edge.port}\r\n${asked}`)
    const [line] = await new Promise<string[]>((resolve) => socket.once('data', (data) => resolve(String(data).split('\r\n'))))
    socket.pause()
    return { socket, line }
  }
  /** Megabytes that the gateway took until it had enough, of at most so many. */
  const taken = async (socket: Socket, most: number) => {
    const piece = Buffer.alloc(1024 * 1024)
    const before = socket.bytesWritten
    for (let sent = 0; sent < most && !socket.destroyed; sent++) {
      const drained = new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
      if (!socket.write(piece)) await Promise.race([drained, sleep(2000)])
      await sleep(20)
    }
    return { closed: socket.destroyed, megabytes: Math.round((socket.bytesWritten - before) / 1024 / 1024) }
  }

  it('is cut when it was refused', async () => {
    const { socket, line } = await upgrade('/nowhere')
    expect(line).toContain('404')
    await sleep(1000)
    expect(await taken(socket, 20)).toMatchObject({ closed: true })
  })

  it('is cut when the part behind breaks off, and what it goes on sending is not kept', async () => {
    const { socket, line } = await upgrade('/echo')
    expect(line).toContain('101')
    socket.write(Buffer.concat([Buffer.from([0x81, 0x85, 0, 0, 0, 0]), Buffer.from('break')]))
    await sleep(200)
    const { closed, megabytes } = await taken(socket, 100)
    expect(closed).toBe(true)
    expect(megabytes).toBeLessThan(50)
  })
})
