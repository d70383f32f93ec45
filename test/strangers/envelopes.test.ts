// What no handler answers: each door says it in the form of its protocol, with the id of the request.
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { machineServices } from '#platform/registry'
import { loadMachine } from '#runtime/home'
import { HOST, port } from '#runtime/machine'
import { platform } from '#test/support/platform'

interface Answer {
  readonly status: number
  readonly id: string
  readonly type: string
  readonly body: string
}

const json = (shape: object) => (answer: Answer) => {
  expect(answer.type).toBe('application/json')
  expect(JSON.parse(answer.body)).toEqual(shape)
}
const some = expect.stringMatching(/./)

/** By part; the others tell in AKKO's own form. */
const FORMS = new Map<string, (answer: Answer) => void>([
  [
    'storage',
    ({ type, body }) => {
      expect(type).toBe('application/xml')
      expect(body).toMatch(/^<\?xml [^>]*>\s*<Error><Code>(InvalidRequest|AccessDenied)<\/Code><Message>./)
    },
  ],
  ['catalog', json({ error: { message: some, type: 'BadRequestException', code: 400 } })],
  ['identity', json({ error: 'invalid_request', error_description: some })],
  ['sql', ({ type, body }) => expect([type, body]).toEqual(['text/plain; charset=utf-8', some])],
])

const parts = machineServices().filter(({ machine }) => machine.ports.main !== undefined && !machine.postgres)

/** The answer to these lines at a part's own port. */
async function ask(part: string, lines: string): Promise<Answer> {
  const machine = loadMachine(platform().home)
  const at = { host: HOST, port: port(machine, part) }
  const front = parts.some(({ name, machine }) => name === part && machine.front)
  const socket = front
    ? tls.connect({ ...at, servername: 'localhost', ca: readFileSync(join(machine.paths.ca, 'ca.pem')) })
    : net.connect(at)
  socket.write(`${lines}\r\nconnection: close\r\n\r\n`)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const of = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  return { status: Number(head.slice('HTTP/1.1 '.length, 12)), id: of('x-request-id'), type: of('content-type'), body }
}

describe('every door', () => {
  it('of those whose form is told here is one of the parts', () => {
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining([...FORMS.keys()]))
  })

  it.each(parts.map(({ name }) => name))('%s refuses what no handler sees in its own form', async (part) => {
    for (const hosts of ['host: localhost\r\nhost: localhost', 'host: a b']) {
      const answer = await ask(part, `GET /of-nobody HTTP/1.1\r\n${hosts}`)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.id).toMatch(/^[0-9a-f]{32}$/)
      const ours = json({ error: expect.objectContaining({ code: some, message: some, requestId: answer.id }) })
      ;(FORMS.get(part) ?? ours)(answer)
    }
  })
})
