// The program of the image akko-cockpit: serves until it is told to stop.
import { AkkoError, describeError } from '#kit/errors'
import { createLog } from '#kit/log'
import { createPod } from './compose.ts'
import { readEnvironment } from './environment.ts'

try {
  const pod = createPod(readEnvironment(process.env))
  await pod.start()
  createLog('cockpit').info({}, 'ready')
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      pod.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
} catch (error) {
  process.stderr.write(`akko-cockpit: ${describeError(error)}\n`)
  if (error instanceof AkkoError && error.hint) process.stderr.write(`  ${error.hint}\n`)
  process.exit(1)
}
