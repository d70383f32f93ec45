// A start is waited for until its deadline, whatever becomes of the connection that tells of it.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { awaitReady } from '#cli/await-ready'
import { type Served, sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { serviceNamed } from '#platform/registry'
import { type Machine, supervisorSocket } from '#runtime/machine'

let machine: Machine
let served: Served
let events: (res: ServerResponse) => void

const node = (name: string, healthy: boolean) => ({ name, healthy, state: healthy ? 'healthy' : 'starting', startMs: 7 })
const status = (...nodes: object[]) => ({ nodes })

beforeEach(async () => {
  const control = mkdtempSync(join(tmpdir(), 'akko-ready-'))
  machine = { paths: { control } } as Machine
  const handler = (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === '/status') return sendJson(res, 200, status(node('storage', true), node('sql', false)))
    res.writeHead(200)
    events(res)
  }
  served = await serve({ listen: { socket: supervisorSocket(machine) }, log: createLog('test'), handler })
})

afterEach(async () => {
  await served.close(0)
  rmSync(machine.paths.control, { recursive: true, force: true })
})

/** The parts that were told ready, in their order, until all are. */
async function readyOnes(): Promise<string[]> {
  const told: string[] = []
  await awaitReady(
    machine,
    () => undefined,
    (name) => told.push(name),
    10_000,
  )
  return told
}

it('goes on after a stream that ended and one that was cut, and tells of each part once', async () => {
  let streams = 0
  events = (res) => {
    streams++
    res.write(`${JSON.stringify(status(node('storage', true), node('sql', streams > 2)))}\n`)
    if (streams === 1) res.end()
    else if (streams === 2) setTimeout(() => res.destroy(), 20)
  }
  const told = await readyOnes()
  expect(streams).toBe(3)
  expect(told).toEqual(['storage', 'sql'])
})

it('names what is not healthy when its time is over', async () => {
  events = (res) => void res.write(`${JSON.stringify(status(node('storage', true), node('sql', false)))}\n`)
  await expect(awaitReady(machine, () => undefined, undefined, 300)).rejects.toThrow(
    'not everything became healthy within 0.3 s:\n  sql: starting',
  )
})

it('ends at once when a stranger has the port of a part that does not start', async () => {
  const stranger = createServer().listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  machine = { ...machine, home: '/srv/here', config: { portOffset: port - (serviceNamed('sql').machine?.ports.main ?? 0) } } as Machine
  events = (res) => {
    res.write(`${JSON.stringify(status(node('storage', true), node('sql', false)))}\n`)
    res.write(`${JSON.stringify({ node: 'sql', state: 'failed', detail: 'listen EADDRINUSE' })}\n`)
  }
  try {
    await expect(awaitReady(machine, () => undefined, undefined, 10_000)).rejects.toMatchObject({
      code: 'up.port_lost',
      message: expect.stringMatching(new RegExp(`^sql cannot listen on port ${port}: .*\\(pid ${process.pid}\\) has taken it`)),
      hint: expect.stringMatching(/--port-offset \d+ is free/),
    })
  } finally {
    stranger.close()
  }
})

it('waits on for a part that failed for another reason', async () => {
  machine = { ...machine, home: '/srv/here', config: { portOffset: 41_000 } } as Machine
  events = (res) => {
    res.write(`${JSON.stringify(status(node('sql', false)))}\n`)
    res.write(`${JSON.stringify({ node: 'sql', state: 'failed', detail: 'its needs are slow' })}\n`)
    setTimeout(() => res.write(`${JSON.stringify({ node: 'sql', state: 'healthy' })}\n`), 50)
  }
  const told = await readyOnes()
  expect(told).toEqual(['sql'])
})

it('ends at once with the reason when the supervisor has gone', async () => {
  let failure: Error | undefined
  events = (res) => {
    failure = new Error('it has gone')
    res.destroy()
  }
  await expect(awaitReady(machine, () => failure, undefined, 10_000)).rejects.toThrow('it has gone')
})
