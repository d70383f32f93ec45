// Every rendering against the closed schemas of a real API server: each profile, and values drawn at random from the chart's schema.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valuesSchema } from '#chart/schema'
import { EMPTY_PROFILE } from '#chart/values'
import { goTool } from '#test/support/go-tools'
import { type Manifest, parse, RENDERS, template, workloads } from './helm.ts'
import { allToggles, randomFrom, randomValues, togglesOf } from './random-values.ts'

const COMBINATIONS = 200
const SEED = Number(process.env.AKKO_CHART_SEED ?? Math.floor(Math.random() * 2 ** 31))

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-schemas-'))
  execFileSync('tar', ['xzf', resolve(import.meta.dirname, 'schemas.tgz'), '-C', dir])
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What kubeconform has against manifests; one line each. */
async function faults(manifests: string): Promise<string[]> {
  const location = join(dir, 'schemas', '{{ .Group }}', '{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json')
  const args = ['-strict', '-output', 'json', '-summary', '-schema-location', location, '-']
  const child = execFile(goTool('kubeconform'), args, { maxBuffer: 1 << 26 })
  child.stdin?.end(manifests)
  let out = ''
  child.stdout?.on('data', (d) => {
    out += d
  })
  await new Promise((done) => child.once('close', done))
  const report = JSON.parse(out) as {
    resources: { kind: string; name: string; msg: string }[]
    summary: { valid: number; skipped: number }
  }
  if (report.summary.valid === 0) throw new Error(`kubeconform judged nothing: ${out}`)
  return (report.resources ?? []).filter((r) => r.msg).map((r) => `${r.kind} ${r.name}: ${r.msg}`)
}

describe('kubeconform, strict', () => {
  it.each(RENDERS)('takes every object: $name', async ({ args }) => {
    expect(await faults(await template(args))).toEqual([])
  })

  it('would not take an unknown field, a string for a number, or a kind that is gone', async () => {
    const [service] = parse(await template([])).filter((m) => m.kind === 'Service')
    const judge = (m: Manifest) => faults([service, m].map((x) => JSON.stringify(x)).join('\n---\n'))
    expect(await judge({ ...service, spec: { ...service.spec, selectors: {} } })).toHaveLength(1)
    expect(await judge({ ...service, spec: { ...service.spec, ports: [{ port: 'x' }] } })).toHaveLength(1)
    expect(await judge({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'x' } })).toHaveLength(1)
  })
})

describe(`values drawn at random (AKKO_CHART_SEED=${SEED})`, () => {
  it(`${COMBINATIONS} valid combinations render valid objects, each toggle both ways`, async () => {
    process.stdout.write(`values drawn with AKKO_CHART_SEED=${SEED}\n`)
    const schema = valuesSchema()
    const random = randomFrom(SEED)
    const drawn = Array.from({ length: COMBINATIONS }, () => randomValues(schema, random))
    const seen = new Set(drawn.flatMap((v) => togglesOf(v)))
    expect(allToggles(schema).filter((t) => !seen.has(t) && !t.startsWith(`tags.${EMPTY_PROFILE}=`))).toEqual([])
    const folder = join(dir, 'values')
    mkdirSync(folder)
    const bad: string[] = []
    let next = 0
    const worker = async () => {
      for (let i = next++; i < drawn.length; i = next++) {
        const file = join(folder, `${i}.json`)
        writeFileSync(file, JSON.stringify(drawn[i]))
        try {
          const text = await template(['-f', file])
          const objects = parse(text)
          if (objects.length === 0) continue
          bad.push(...(await faults(text)).map((f) => `${i}: ${f}`))
          const root = workloads(objects).filter((w) => w.pod.spec.securityContext.runAsNonRoot !== true && w.name !== 'akko-fluent-bit')
          bad.push(...root.map((w) => `${i}: ${w.name} runs as root`))
        } catch (error) {
          bad.push(`${i}: ${(error as { stderr?: string }).stderr ?? error} with ${JSON.stringify(drawn[i])}`)
        }
      }
    }
    await Promise.all([worker(), worker()])
    expect(bad).toEqual([])
  })
})
