// The supervisor's process: reads the plan, serves its socket, runs until told to stop. Argument: the plan's path.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { tryLockFile } from '#kit/file-lock'
import { marksIn, marksOf } from '#kit/folder-marks'
import { sendJson, serve } from '#kit/http'
import { collectWhenIdle } from '#kit/idle-memory'
import type { Log } from '#kit/log'
import { gauge, METRICS_PATH, METRICS_TYPE } from '#kit/metrics'
import { createPrivateApi } from '#kit/private-api'
import type { RunPlan } from '#runtime/plan'
import { createLogFiles } from '#runtime/supervisor/logs'
import { createProgramsDoor } from '#runtime/supervisor/programs/door'
import { createPutWatch } from '#runtime/supervisor/put-watch'
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
process.umask(0o077)
const programs = plan.programs && createProgramsDoor(plan.programs, log)
const supervisor = new Supervisor(plan, logs, log, programs?.admit)
const handler = createPrivateApi({
  log,
  routes: {
    'GET /status': () => supervisor.status(),
    'GET /events': ({ res }) => streamEvents(res),
    'POST /stop': ({ res }) => {
      sendJson(res, 202, { stopping: true, pid: process.pid })
      return end()
    },
  },
})
/** For the cells: what runs, what it holds, and what it counts. */
const watch = createPrivateApi({
  log,
  routes: {
    'GET /status': () => supervisor.statusWithMemory(),
    'GET /alerts': () => supervisor.status().alerts,
    [`GET ${METRICS_PATH}`]: ({ res }) => void res.writeHead(200, { 'content-type': METRICS_TYPE }).end(supervisor.metrics()),
  },
})
const served = await serve({ listen: { socket: plan.socket }, log, probes: ['/status'], handler })
const watched = await serve({ listen: plan.status, log, probes: ['/status', '/alerts', METRICS_PATH], handler: watch })
/** For the cells that declared programs: to have one started for a person, and nothing else. */
const run =
  plan.programs &&
  programs &&
  (await serve({ listen: plan.programs.listen, log, handler: createPrivateApi({ log, routes: { 'POST /run': programs.run } }) }))
const pidFile = join(dirname(plan.socket), 'supervisor.pid')
writeFileSync(pidFile, String(process.pid), { mode: 0o600 })
const { policy, certificate } = plan
const certificateRefused = {
  name: 'akko_certificate_refused',
  help: 'Whether the operator’s own certificate that lies there now cannot be served',
}
if (!certificate) gauge(certificateRefused, () => [{ value: 0 }])
const putWatches = [
  createPutWatch(
    {
      what: 'policy',
      marks: () => marksIn(policy.folder),
      put: policy,
      refusals: { name: 'akko_policy_refused', help: 'Whether the files of the policy cannot be put in force' },
    },
    log,
  ),
  ...(certificate
    ? [
        createPutWatch(
          {
            what: 'certificate',
            marks: () => marksOf(certificate.files),
            put: certificate,
            refusals: certificateRefused,
          },
          log,
        ),
      ]
    : []),
]
supervisor.start()
for (const one of putWatches) one.start()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end())
process.on('SIGHUP', () => {})
collectWhenIdle()

function streamEvents(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/x-ndjson' })
  res.write(`${JSON.stringify(supervisor.status())}\n`)
  const off = supervisor.onEvent((event) => res.write(`${JSON.stringify(event)}\n`))
  res.on('close', off)
}

async function end(): Promise<void> {
  programs?.stop()
  for (const one of putWatches) one.stop()
  await supervisor.stop()
  await Promise.all([served.close(200), watched.close(200), run?.close(200)])
  const sockets = [plan.socket, plan.status.socket, ...(plan.programs ? [plan.programs.listen.socket] : [])]
  for (const path of [pidFile, ...sockets]) rmSync(path, { force: true })
  process.exit(0)
}
