// The main of every Node process of the platform: composes the parts of one cell and obeys the supervisor over a private socket.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, toAkkoError } from '#kit/errors'
import { readBody, sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import type { Health, Part } from '#kit/part'
import type { Cell } from '#platform/service'
import type { Composition } from '#runtime/composition'
import { cellSocket, type Machine } from '#runtime/machine'

const compositions: Readonly<Record<string, () => Promise<{ compose(machine: Machine): Promise<Composition> }>>> = {
  edge: () => import('#runtime/cells/edge'),
  identity: () => import('#runtime/cells/identity'),
  storage: () => import('#runtime/cells/storage'),
  lake: () => import('#runtime/cells/lake'),
  engine: () => import('#runtime/cells/engine'),
}

const [cellName, machineFile] = process.argv.slice(2) as [Cell, string]
const machine = JSON.parse(readFileSync(machineFile, 'utf8')) as Machine
const log = createLog(cellName)
const load = compositions[cellName]
if (!load) throw new Error(`no cell is called ${cellName}`)
const composition = await (await load()).compose(machine)
const started = new Map<string, Part>()
const outcomes = new Map<string, Health>()

const control = await serve({ listen: { socket: cellSocket(machine, cellName) }, log, handler })

process.on('uncaughtException', (error) => {
  log.error({ error: describeError(error), stack: error.stack }, 'uncaught exception: this process ends and is restarted')
  process.exit(70)
})
process.on('unhandledRejection', (error) =>
  log.error({ error: describeError(error), stack: (error as Error)?.stack }, 'unhandled rejection'),
)
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void stopAll())

async function handler(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? '/'
  try {
    if (req.method === 'GET' && path === '/health') return sendJson(res, 200, { parts: await health() })
    if (req.method === 'POST' && path.startsWith('/start/')) return sendJson(res, 200, await startNode(path.slice('/start/'.length)))
    const route = composition.routes?.[path]
    if (route && req.method === 'POST') {
      const body = await readBody(req)
      return sendJson(res, 200, (await route(body === '' ? undefined : JSON.parse(body))) ?? {})
    }
    sendJson(res, 404, { error: { code: 'not_found', message: `no ${req.method} ${path} here` } })
  } catch (error) {
    const known = toAkkoError(error)
    log.error({ error: describeError(error), stack: (error as Error)?.stack, path }, 'control request failed')
    sendJson(res, known.status, {
      error: { code: known.code, message: known.code === 'internal' ? describeError(error) : known.message, hint: known.hint },
    })
  }
}

async function startNode(name: string): Promise<Health> {
  const job = composition.jobs?.[name]
  if (job) {
    const outcome = await job()
    outcomes.set(name, outcome)
    return outcome
  }
  const make = composition.parts[name]
  if (!make) throw new Error(`the cell ${cellName} has no part or job ${name}`)
  await started.get(name)?.stop()
  started.delete(name)
  const part = await make()
  await part.start()
  started.set(name, part)
  return part.health()
}

async function health(): Promise<Record<string, Health>> {
  const entries = await Promise.all(
    [...started].map(async ([name, part]): Promise<[string, Health]> => {
      try {
        return [name, await part.health()]
      } catch (error) {
        return [name, { healthy: false, detail: describeError(error) }]
      }
    }),
  )
  return Object.fromEntries([...entries, ...outcomes])
}

async function stopAll(): Promise<void> {
  for (const part of [...started.values()].reverse()) {
    await part.stop().catch((error: unknown) => log.error({ error: describeError(error) }, `${part.name} did not stop cleanly`))
  }
  await control.close(200)
  process.exit(0)
}
