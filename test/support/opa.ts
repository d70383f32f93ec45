// The real OPA as the chart starts it, on loopback ports: it fetches the policy from beside it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createPolicyPod, type PolicyPod, serveBundle } from '#cluster/policy/compose'
import type { AccessModel } from '#kit/access-model'
import { createLog } from '#kit/log'
import { shippedPolicy } from '#platform/access'
import { serviceNamed } from '#platform/registry'
import { BUNDLE } from '#platform/services/policy'
import { goTool } from '#test/support/go-tools'
import { freePort } from '#test/support/postgres'

export interface Opa {
  readonly url: string
  /** The answer of one rule of the package `trino`. */
  ask(rule: string, input: unknown): Promise<unknown>
  stop(): Promise<void>
}

/** One that takes any question over the network. */
export interface OpenOpa extends Opa {
  /** The answers of one rule to many inputs, in one request; throws where one has none. */
  askAll(rule: string, inputs: readonly unknown[]): Promise<unknown[]>
}

/** As the chart starts it, over the policy's files in a folder; default the shipped policy. */
export async function startOpa(folder?: string): Promise<Opa> {
  const port = await freePort()
  return run(createPolicyPod(folder, port), { port, closed: true })
}

/** With the shipped policy, or with another. */
export async function startOpenOpa(model: AccessModel = shippedPolicy.model): Promise<OpenOpa> {
  const port = await freePort()
  let served: Awaited<ReturnType<typeof serveBundle>> | undefined
  const start = async () => {
    served = await serveBundle(() => model, { port, log: createLog('policy') })
  }
  const opa = await run({ start, stop: async () => served?.close(0) }, { port, closed: false })
  const askAll = async (rule: string, inputs: readonly unknown[]) => {
    const query = `answers = [answer | some asked in input; answer := data.trino.${rule} with input as asked]`
    const [found] = (await opa.post('/v1/query', { query, input: inputs })) as { answers: unknown[] }[]
    if (found?.answers.length !== inputs.length) throw new Error(`OPA has no answer to some of ${inputs.length} inputs`)
    return found.answers
  }
  return { ...opa, askAll }
}

/** `closed`: it takes what the chart lets it be asked. */
async function run(beside: PolicyPod, bundle: { readonly port: number; readonly closed: boolean }) {
  const dir = mkdtempSync(join(tmpdir(), 'akko-opa-'))
  const port = await freePort()
  const { config = {}, args = [], readiness } = serviceNamed('policy').cluster ?? {}
  for (const [path, text] of Object.entries(config))
    writeFileSync(join(dir, basename(path)), text.replace(`:${BUNDLE.port}"`, `:${bundle.port}"`))
  await beside.start()
  const here = args
    .filter((arg) => bundle.closed || !arg.startsWith('--authorization'))
    .map((arg) => arg.replace('0.0.0.0:%{port policy}', `127.0.0.1:${port}`).replace('/policies/', `${dir}/`))
  const child = spawn(goTool('opa'), here, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, GOGC: '800' }, // it lives for a minute: memory costs less than collecting it
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await beside.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  for (let left = 400; ; left--) {
    const ready = await fetch(`${url}${readiness?.path}`).then(
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
  return { url, stop, post, ask: (rule: string, input: unknown) => post(`/v1/data/trino/${rule}`, { input }) }
}
