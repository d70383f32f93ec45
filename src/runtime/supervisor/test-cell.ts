// A process for the supervisor's tests: it does what it is told. Arguments: its socket, a folder that it may fill, the socket where programs are run.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import type { AuditEvent } from '#kit/audit'
import { RemoteError, readBody, sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { counter, METRICS_PATH, printMetrics } from '#kit/metrics'
import { own } from '#kit/own'
import type { Output, RunRequest } from '#kit/programs'
import { Secret } from '#kit/secret'
import { createPrograms } from '#runtime/programs'

const [socket, folder, programsAt] = process.argv.slice(2) as [string, string, string?]
const keep = (event: AuditEvent) => appendFileSync(join(folder, 'audit.ndjson'), `${JSON.stringify(event)}\n`)
const programs =
  programsAt === undefined
    ? undefined
    : createPrograms({
        socket: programsAt,
        key: new Secret(readFileSync(0, 'utf8')),
        name: basename(socket, '.sock'),
        audit: async () => ({ record: async (event) => keep(event), note: keep }),
      })
const part = `part-${basename(socket, '.sock')}`
const told = counter({ name: 'test_told_total', help: 'What it was told' })
const starts = counter({ name: 'test_starts_total', help: 'How often its part was started' })
let held: Buffer | undefined
let unwellUntil = 0

const verbs: Readonly<Record<string, (bytes: number) => void>> = {
  start: () => starts.inc(),
  ail: (ms) => {
    unwellUntil = Date.now() + ms
  },
  hold: (bytes) => {
    held = bytes === 0 ? undefined : Buffer.alloc(bytes)
    globalThis.gc?.()
  },
  fill: (bytes) => {
    rmSync(join(folder, 'filled'), { force: true })
    if (bytes > 0) writeFileSync(join(folder, 'filled'), Buffer.alloc(bytes))
  },
}

/** Answers with what it printed and how it ended; who leaves ends it. */
async function runProgram(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const abort = new AbortController()
  const printed = { stdout: '', stderr: '' }
  try {
    const request = JSON.parse(await readBody(req)) as RunRequest
    res.once('close', () => abort.abort())
    const onOutput = ({ stream, bytes }: Output) => {
      printed[stream] += bytes.toString()
    }
    sendJson(res, 200, { ...(await programs?.run(request, { onOutput, signal: abort.signal })), ...printed })
  } catch (error) {
    if (!res.destroyed)
      sendJson(res, error instanceof RemoteError ? error.status : 500, error instanceof RemoteError ? (error.body as object) : {})
  }
}

await serve({
  listen: { socket },
  log: createLog('tested'),
  part: 'tested',
  probes: ['/health', METRICS_PATH],
  handler: async (req, res) => {
    const [, verb = '', argument] = (req.url ?? '').split('/')
    if (req.url === METRICS_PATH) return void res.end(await printMetrics())
    if (req.url === '/health')
      return sendJson(res, 200, { parts: { [part]: { healthy: Date.now() > unwellUntil } }, held: held?.length ?? 0 })
    if (req.url === '/run') return runProgram(req, res)
    told.inc()
    own(verbs, verb)?.(Number(argument))
    sendJson(res, 200, { healthy: true })
  },
})
process.on('SIGTERM', () => process.exit(0))
