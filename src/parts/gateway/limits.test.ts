// The gateway's own TLS server cuts who says nothing: before the handshake, after it, within a header, within a body.
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
