// The main of every Node process of the platform: composes the declared parts of one cell and obeys the supervisor over a private socket.

import { readFileSync } from 'node:fs'
import type { Answer } from '#kit/answer'
import { type AkkoError, describeError, Internal } from '#kit/errors'
import { serve } from '#kit/http'
import { collectWhenIdle } from '#kit/idle-memory'
import { createLog } from '#kit/log'
import { METRICS_PATH, METRICS_TYPE, printMetrics } from '#kit/metrics'
import { own } from '#kit/own'
import type { Health } from '#kit/part'
import { createPrivateApi } from '#kit/private-api'
import { Secret } from '#kit/secret'
import { machineServices, startGraph } from '#platform/registry'
import { createCellParts } from '#runtime/cell-parts'
import { type Compose, createCellContext } from '#runtime/composition'
import { cellSocket, type Machine, programsSocket } from '#runtime/machine'
import { createPrograms } from '#runtime/programs'
import { createFileSecretStore } from '#runtime/secrets'

const [cellName, machineFile] = process.argv.slice(2) as [string, string]
const machine = JSON.parse(readFileSync(machineFile, 'utf8')) as Machine
const log = createLog(cellName)
const nodes = startGraph().filter((n) => n.cell === cellName)
if (nodes.length === 0) throw new Error(`no declaration names a cell ${cellName}`)
const secrets = createFileSecretStore(machine.paths.secrets)
const audit = async () => (await import('#runtime/audit')).auditOf(context)
const declares = machineServices().some((s) => s.machine.cell === cellName && s.machine.programs)
const programs = declares
  ? createPrograms({
      socket: programsSocket(machine),
      key: new Secret(readFileSync(0, 'utf8')),
      name: cellName,
      audit,
    })
  : undefined
const context: ReturnType<typeof createCellContext> = createCellContext(machine, secrets, programs)
const compositions = new Map(
  await Promise.all(nodes.filter((n) => n.kind === 'part').map(async ({ name }) => [name, await load(name)] as const)),
)
const ensure = nodes.some((n) => n.kind === 'job') ? (await import('#runtime/ensure-jobs')).createEnsureJobs(machine, secrets) : undefined
if (ensure) (await import('#runtime/postgres-metrics')).countPostgres(machine, secrets)
/** A signal, since an exit would wait for threads that may be what does not end. */
const giveUp = () => process.kill(process.pid, 'SIGKILL')
const parts = createCellParts({ log, giveUp })
const outcomes = new Map<string, Health>()
const HEALTH = '/health'

const persons = ensure ? (await import('#runtime/postgres-people')).keepPostgresPeople(context, log) : {}
const records = ensure ? (await import('#runtime/audit-record')).recordsFor(audit) : {}
const jobs = Object.entries(ensure?.routes ?? {}).map(([path, run]) => [`POST ${path}`, async () => (await run()) ?? {}] as const)
const handler = createPrivateApi({
  log,
  answer: tell,
  routes: {
    [`GET ${HEALTH}`]: async () => ({ parts: { ...(await parts.health()), ...Object.fromEntries(outcomes) } }),
    [`GET ${METRICS_PATH}`]: async ({ res }) => void res.writeHead(200, { 'content-type': METRICS_TYPE }).end(await printMetrics()),
    'POST /start/:name': ({ params }) => startNode(params.name ?? ''),
    ...Object.fromEntries(jobs),
    ...persons,
    ...records,
  },
})
const control = await serve({ listen: { socket: cellSocket(machine, cellName) }, log, probes: [HEALTH, METRICS_PATH], handler })

process.on('uncaughtException', (error) => {
  log.error({ error: describeError(error), stack: error.stack }, 'uncaught exception: this process ends and is restarted')
  giveUp()
})
process.on('unhandledRejection', (error) =>
  log.error({ error: describeError(error), stack: (error as Error)?.stack }, 'unhandled rejection'),
)
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void stopAll())
collectWhenIdle()

/** By convention, so that a new part is named by its declaration alone. */
async function load(part: string): Promise<Compose> {
  const { compose } = (await import(`./cells/${cellName}/${part}.ts`)) as { compose: Compose }
  return compose
}

/** The supervisor is told everything; it keeps what it is told to itself and the platform's owner. */
function tell({ code, message, hint, status }: AkkoError, _: unknown, thrown: unknown): Answer {
  return { status, body: { error: { code, message: Internal.spec.code === code ? describeError(thrown) : message, hint } } }
}

async function startNode(name: string): Promise<Health> {
  const job = ensure && own(ensure.jobs, name)
  if (job) {
    const outcome = await job()
    outcomes.set(name, outcome)
    return outcome
  }
  const make = compositions.get(name)
  if (!make) throw new Error(`the cell ${cellName} has no part or job ${name}`)
  return parts.start(name, () => make(context))
}

/** How long all of it may take; milliseconds. Whoever waits for a process that went first would wait for ever. */
const STOP_MS = 10_000

async function stopAll(): Promise<void> {
  setTimeout(() => {
    log.error({ ms: STOP_MS }, 'parts did not end in time; the process goes')
    giveUp()
  }, STOP_MS).unref()
  await parts.stop()
  await context.end()
  await control.close(200)
  process.exit(0)
}
