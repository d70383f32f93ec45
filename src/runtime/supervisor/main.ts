// The supervisor's process: reads the plan, serves its socket, runs until told to stop. Argument: the plan's path.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { tryLockFile } from '#kit/file-lock'
import { sendJson, serve } from '#kit/http'
import { collectWhenIdle } from '#kit/idle-memory'
import type { Log } from '#kit/log'
import { METRICS_PATH, METRICS_TYPE } from '#kit/metrics'
import type { RunPlan } from '#runtime/plan'
import { createLogFiles } from '#runtime/supervisor/logs'
import { Supervisor } from '#runtime/supervisor/supervisor'

const planFile = process.argv[2] as string
const plan = JSON.parse(readFileSync(planFile, 'utf8')) as RunPlan
const logs = createLogFiles({ dir: plan.logs.dir, maxBytes: plan.logs.maxBytes, files: plan.logs.files })
const write = (level: string) => (fields: object, msg: string) =>
  logs.write('supervisor', JSON.stringify({ level, time: new Date().toISOString(), part: 'supervisor', ...fields, msg }))
const log: Log = { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') }

// Held for life: two supervisors over one home's files cannot be.
if (!tryLockFile(join(dirname(planFile), 'supervisor.lock'))) {
  process.stderr.write('another supervisor runs in this home\n')
  process.exit(3)
}
const supervisor = new Supervisor(plan, logs, log)
process.umask(0o077)
const served = await serve({ listen: { socket: plan.socket }, log, handler })
const watched = await serve({ listen: plan.status, log, handler: watch })
const pidFile = join(dirname(plan.socket), 'supervisor.pid')
writeFileSync(pidFile, String(process.pid), { mode: 0o600 })
supervisor.start()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end())
process.on('SIGHUP', () => {})
collectWhenIdle()

async function handler(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method === 'GET' && req.url === '/status') return sendJson(res, 200, supervisor.status())
  if (req.method === 'GET' && req.url === '/events') return streamEvents(res)
  if (req.method === 'POST' && req.url === '/stop') {
    sendJson(res, 202, { stopping: true, pid: process.pid })
    return end()
  }
  sendJson(res, 404, { error: { code: 'not_found', message: `no ${req.method} ${req.url} here` } })
}

/** For the cells: what runs, what it holds, and what it counts. */
function watch(req: IncomingMessage, res: ServerResponse): void {
  if (req.method === 'GET' && req.url === '/status') sendJson(res, 200, supervisor.statusWithMemory())
  else if (req.method === 'GET' && req.url === '/alerts') sendJson(res, 200, supervisor.status().alerts)
  else if (req.method === 'GET' && req.url === METRICS_PATH) res.writeHead(200, { 'content-type': METRICS_TYPE }).end(supervisor.metrics())
  else sendJson(res, 404, { error: { code: 'not_found', message: `no ${req.method} ${req.url} here` } })
}

function streamEvents(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/x-ndjson' })
  res.write(`${JSON.stringify(supervisor.status())}\n`)
  const off = supervisor.onEvent((event) => res.write(`${JSON.stringify(event)}\n`))
  res.on('close', off)
}

async function end(): Promise<void> {
  await supervisor.stop()
  await Promise.all([served.close(200), watched.close(200)])
  for (const path of [pidFile, plan.socket, plan.status.socket]) rmSync(path, { force: true })
  process.exit(0)
}
