// npm run check: types, lint and format, generated files fresh. The direction of imports is a test (test/house).
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const steps: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['node_modules/.bin/tsc', '-p', '.']],
  ['types of the cockpit', ['node_modules/.bin/tsc', '-p', 'cockpit']],
  ['lint and format', ['node_modules/.bin/biome', 'check', '--error-on-warnings', '.']],
  ['generated files fresh', [process.execPath, '--disable-warning=ExperimentalWarning', 'scripts/generate.ts', '--check']],
]

let failed = false
for (const [name, [command, ...args]] of steps) {
  const began = Date.now()
  const result = spawnSync(command as string, args, { cwd: ROOT, stdio: 'inherit' })
  const ok = result.status === 0
  failed ||= !ok
  process.stderr.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`)
}
process.exit(failed ? 1 : 0)
