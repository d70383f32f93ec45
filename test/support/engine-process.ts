// The engine in a process of its own: its options as JSON in the first argument.
import { createLog } from '#kit/log'
import { createEngine, type RecycleReason } from '#parts/engine/index'

const options = JSON.parse(process.argv[2] as string)
const recycle = (reason: RecycleReason) =>
  reason === 'memory' || reason === 'stuck' ? process.kill(process.pid, 'SIGKILL') : process.exit(0)
const part = createEngine({ ...options, log: createLog('engine'), recycle })
process.on('SIGTERM', () => part.stop().then(() => process.exit(0)))
await part.start()
process.stdout.write('READY\n')
