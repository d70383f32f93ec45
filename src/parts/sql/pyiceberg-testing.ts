// For tests: one process of Python that has pyiceberg loaded and runs scripts one after the other, each with a catalogue of its own.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { judgePython } from '#test/support/judges'

export interface Pyiceberg {
  /** What the script printed; it has the catalogue as `c`. */
  run(script: string): Promise<string>
  stop(): void
}

const LOOP = `
import contextlib, io, json, sys, traceback
from pyiceberg.catalog import load_catalog
for line in sys.stdin:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(json.loads(line), '<script>', 'exec'), {'c': load_catalog('lake')})
        answer = {'printed': printed.getvalue()}
    except BaseException:
        answer = {'failed': traceback.format_exc()}
    print(json.dumps(answer), flush=True)
`

/** `env` describes the catalogue `lake`. */
export function startPyiceberg(env: Readonly<Record<string, string>>): Pyiceberg {
  const child = spawn(judgePython(), ['-W', 'ignore', '-c', LOOP], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: ((line: string | undefined) => void)[] = []
  createInterface(child.stdout)
    .on('line', (line) => waiting.shift()?.(line))
    .on('close', () => {
      for (const answer of waiting.splice(0)) answer(undefined)
    })
  return {
    run: async (script) => {
      const answer = new Promise<string | undefined>((resolve) => waiting.push(resolve))
      child.stdin.write(`${JSON.stringify(script)}\n`)
      const line = await answer
      if (line === undefined) throw new Error('Python has ended')
      const { printed, failed } = JSON.parse(line) as { readonly printed?: string; readonly failed?: string }
      if (printed === undefined) throw new Error(failed)
      return printed.trim()
    },
    stop: () => {
      child.stdin.end()
    },
  }
}
