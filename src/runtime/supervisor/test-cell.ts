// A process for the supervisor's tests: it does what it is told. Arguments: its socket, a folder that it may fill.
import { rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sendJson, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { counter, METRICS_PATH, printMetrics } from '#kit/metrics'
import { own } from '#kit/own'

const [socket, folder] = process.argv.slice(2) as [string, string]
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
    told.inc()
    own(verbs, verb)?.(Number(argument))
    sendJson(res, 200, { healthy: true })
  },
})
process.on('SIGTERM', () => process.exit(0))
