// Readiness against real servers: a database that is not there yet, a bucket that is somebody else's, a port that opens late.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readinessOf } from '#cluster/init/readiness'
import { waitFor } from '#cluster/init/wait'
import { createEnsureContext } from '#ensure/context'
import { apply } from '#ensure/engine'
import { createMemoryStore } from '#ensure/test-laws'
import { type PostgresLawServer, type StorageLawServer, startPostgresLawServer, startStorageLawServer } from '#ensure/test-servers'
import type { Secret } from '#kit/secret'

let postgres: PostgresLawServer
let storage: StorageLawServer
beforeAll(async () => {
  ;[postgres, storage] = await Promise.all([startPostgresLawServer(), startStorageLawServer()])
})
afterAll(() => Promise.all([postgres.stop(), storage.stop()]))

const MAIN = new URL('./main.ts', import.meta.url).pathname

const postgresUrl = (role: string, database: string) => {
  const door = postgres.endpoints.postgres?.('postgresql')
  return `postgresql://${role}@${door?.host}:${door?.port}/${database}?password-env=DB_PASSWORD`
}
const why = async (url: string, env: Record<string, string> = {}) =>
  readinessOf(url, env)
    .check()
    .then(
      () => 'ready',
      (error: Error) => error.message,
    )

describe('a database', () => {
  it('is ready when that role may log in and run a query, and not before', async () => {
    const env = { DB_PASSWORD: 'right' }
    expect(await why(postgresUrl('waiter', 'waiting'), env)).toMatch(/password authentication failed/)
    await postgres.sql('postgres', `CREATE ROLE waiter LOGIN PASSWORD 'right'`)
    expect(await why(postgresUrl('waiter', 'waiting'), env)).toBe('database "waiting" does not exist')
    await postgres.sql('postgres', 'CREATE DATABASE waiting OWNER waiter')
    expect(await why(postgresUrl('waiter', 'waiting'), { DB_PASSWORD: 'wrong' })).toMatch(/password authentication failed/)
    expect(await why(postgresUrl('waiter', 'waiting'), env)).toBe('ready')
  })
})

describe('a bucket', () => {
  it("is ready when the pod's own key enters it", async () => {
    const secrets = createMemoryStore()
    const context = createEnsureContext({ ...storage.endpoints, secrets })
    const { endpoint, region } = storage.endpoints.s3 as { endpoint: string; region: string }
    expect(await why(`s3:///?endpoint=${endpoint}`)).toBe('ready')
    const made = await apply(
      [
        { kind: 'bucket', name: 'mine' },
        { kind: 'bucket', name: 'theirs' },
        { kind: 'key', name: 'waiter', secret: 'key', buckets: [{ name: 'mine', mode: 'read' }] },
      ],
      context,
    )
    expect(made.map((r) => r.outcome)).toEqual(['created', 'created', 'created'])
    const [id = '', secret = ''] = ((await secrets.get('key')) as Secret).reveal().split(':')
    const env = { AKKO_S3_ACCESS_KEY: id, AKKO_S3_SECRET_KEY: secret, AKKO_S3_REGION: region }
    expect(await why(`s3://mine?endpoint=${endpoint}`, env)).toBe('ready')
    expect(await why(`s3://theirs?endpoint=${endpoint}/`, env)).toMatch(/refuses the key/)
    expect(await why(`s3://mine?endpoint=${endpoint}`, { ...env, AKKO_S3_SECRET_KEY: 'wrong' })).toMatch(/refuses the key/)
  })
})

describe('an address', () => {
  it('that can never become ready is refused at once, without what it hides', () => {
    expect(() => readinessOf('gopher://x', {})).toThrow(/its protocol is none of/)
    expect(() => readinessOf('postgresql://a:hidden@h/d?password-env=NOT_SET', {})).toThrow(/^(?!.*hidden).*NOT_SET is not set/)
    expect(() => readinessOf('s3://bucket', {})).toThrow(/has no endpoint/)
    expect(() => readinessOf('no url', {})).toThrow(/it is no URL/)
  })

  it('is ready over HTTP only with a good answer', async () => {
    const server = createServer((req, res) => res.writeHead(req.url === '/ready' ? 204 : 503).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const base = `127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await why(`http://${base}/ready`)).toBe('ready')
    expect(await why(`http://${base}/`)).toBe('it answered 503')
    expect(await why(`tcp://${base}`)).toBe('ready')
    server.close()
    server.closeAllConnections()
    expect(await why(`tcp://${base}`)).toMatch(/ECONNREFUSED/)
  })
})

describe('waiting', () => {
  it('goes on until all is there, in any order, and says what it waits for', async () => {
    const server = createServer((_, res) => res.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const said: string[] = []
    const waiting = waitFor([`tcp://127.0.0.1:${port}`, postgresUrl('late', 'postgres')], {
      env: { DB_PASSWORD: 'late-one' },
      say: (line) => said.push(line),
      sayEvery: 200,
    })
    const still = () => said.find((l) => l.startsWith('still waiting') && /ECONNREFUSED.*late@.*password authentication failed/.test(l))
    await expect.poll(still, { timeout: 20_000 }).toBeDefined()
    await postgres.sql('postgres', `CREATE ROLE late LOGIN PASSWORD 'late-one'`)
    const again = createServer((_, res) => res.end()).listen(port, '127.0.0.1')
    await waiting
    again.close()
    again.closeAllConnections()
    expect(said.filter((l) => l.startsWith('ready after')).length).toBe(2)
    expect(said.join()).not.toContain('late-one')
  })

  it('ends at once when it is told to', async () => {
    const server = createNetServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = { ...process.env, DB_PASSWORD: 'x' }
    const child = spawn(process.execPath, [MAIN, 'wait', `postgresql://x@127.0.0.1:${port}/x?password-env=DB_PASSWORD`], {
      env,
      stdio: 'ignore',
    })
    await once(server, 'connection')
    server.close()
    expect(child.exitCode).toBeNull()
    const asked = performance.now()
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(143)
    expect(performance.now() - asked).toBeLessThan(10_000)
  })
})
