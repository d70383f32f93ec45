// Runs a foreign client's script in the judges' venv with a user's environment, and gives what it printed as JSON.
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { judgePython } from '#test/support/judges'
import { run } from '#test/support/platform'

/** `script` is relative to test/; its last line of output is JSON. Exits other than 0 fail the test with its words. */
export async function python<T>(script: string, args: readonly string[], env: Record<string, string | undefined>): Promise<T> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|PYICEBERG_|AKKO_S3)/.test(name)))
  const result = await run(judgePython(), [resolve(import.meta.dirname, '..', script), ...args], { env: { ...clean, ...env } })
  expect(result.code, `${script} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`).toBe(0)
  return JSON.parse(result.stdout.trim().split('\n').at(-1) as string) as T
}

/** Without any S3 key: what is read then is read with vended credentials. */
export function withoutKeys(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS_|AKKO_S3_)/.test(name)))
}
