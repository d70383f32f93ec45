// The real OPA with the policy files of the chart, on a loopback port.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { serviceNamed } from '#platform/registry'
import { goTool } from '#test/support/go-tools'
import { freePort } from '#test/support/postgres'

export interface Opa {
  readonly url: string
  /** The answer of one rule of the package `trino`. */
  ask(rule: string, input: unknown): Promise<unknown>
  /** The answers of one rule to many inputs, in one request; throws where one has none. */
  askAll(rule: string, inputs: readonly unknown[]): Promise<unknown[]>
  stop(): Promise<void>
}

export async function startOpa(): Promise<Opa> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-opa-'))
  for (const [path, text] of Object.entries(serviceNamed('policy').cluster?.config ?? {})) writeFileSync(join(dir, basename(path)), text)
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(goTool('opa'), ['run', '--server', `--addr=${address}`, '--disable-telemetry', '--log-level=error', dir], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, GOGC: '800' }, // it lives for a minute: memory costs less than collecting it
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://${address}`
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(dir, { recursive: true, force: true })
  }
  for (let left = 200; ; left--) {
    const ready = await fetch(`${url}/health`).then(
      (r) => r.ok,
      () => false,
    )
    if (ready) break
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error('OPA did not start')
    }
    await new Promise((r) => setTimeout(r, 50))
  }
  const post = async (path: string, body: unknown) => {
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`OPA answered ${response.status}: ${await response.text()}`)
    return ((await response.json()) as { result?: unknown }).result
  }
  return {
    url,
    ask: (rule, input) => post(`/v1/data/trino/${rule}`, { input }),
    askAll: async (rule, inputs) => {
      const query = `answers = [answer | some asked in input; answer := data.trino.${rule} with input as asked]`
      const [found] = (await post('/v1/query', { query, input: inputs })) as { answers: unknown[] }[]
      if (found?.answers.length !== inputs.length) throw new Error(`OPA has no answer to some of ${inputs.length} inputs`)
      return found.answers
    },
    stop,
  }
}
