// Every rendering against the closed schemas of a real API server: each profile, and values drawn at random from the chart's schema.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valuesSchema } from '#chart/schema'
import { EMPTY_PROFILE } from '#chart/values'
import { createRandom } from '#demo/random'
import { type Manifest, parse, RENDERS, template, workloads } from '#test/chart/helm'
import { allToggles, randomValues, togglesOf } from '#test/chart/random-values'
import { goTool } from '#test/support/go-tools'

const COMBINATIONS = 200
const SEED = Number(process.env.AKKO_CHART_SEED ?? Math.floor(Math.random() * 2 ** 31))

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-schemas-'))
  execFileSync('tar', ['xzf', resolve(import.meta.dirname, 'schemas.tgz'), '-C', dir])
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What kubeconform has against the manifests of a file, or of every file of a folder; one line each. */
async function faults(path: string): Promise<string[]> {
  const location = join(dir, 'schemas', '{{ .Group }}', '{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json')
  const args = ['-strict', '-output', 'json', '-summary', '-schema-location', location, path]
  const child = execFile(goTool('kubeconform'), args, { maxBuffer: 1 << 26 })
  let out = ''
  child.stdout?.on('data', (d) => {
    out += d
  })
  await new Promise((done) => child.once('close', done))
  const report = JSON.parse(out) as {
    resources: { filename: string; kind: string; name: string; msg: string }[]
    summary: { valid: number; skipped: number }
  }
  if (report.summary.valid === 0) throw new Error(`kubeconform judged nothing: ${out}`)
  return (report.resources ?? []).filter((r) => r.msg).map((r) => `${basename(r.filename, '.yaml')}: ${r.kind} ${r.name}: ${r.msg}`)
}

async function faultsOf(manifests: string): Promise<string[]> {
  const file = join(dir, 'manifests.yaml')
  writeFileSync(file, manifests)
  return faults(file)
}

describe('kubeconform, strict', () => {
  it.each(RENDERS)('takes every object: $name', async ({ args }) => {
    expect(await faultsOf(await template(args))).toEqual([])
  })

  it('would not take an unknown field, a string for a number, or a kind that is gone', async () => {
    const [service] = parse(await template([])).filter((m) => m.kind === 'Service')
    const judge = (m: Manifest) => faultsOf([service, m].map((x) => JSON.stringify(x)).join('\n---\n'))
    expect(await judge({ ...service, spec: { ...service.spec, selectors: {} } })).toHaveLength(1)
    expect(await judge({ ...service, spec: { ...service.spec, ports: [{ port: 'x' }] } })).toHaveLength(1)
    expect(await judge({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'x' } })).toHaveLength(1)
  })
})

describe(`values drawn at random (AKKO_CHART_SEED=${SEED})`, () => {
  it(`${COMBINATIONS} valid combinations render valid objects, each toggle both ways`, async () => {
    process.stdout.write(`values drawn with AKKO_CHART_SEED=${SEED}\n`)
    const schema = valuesSchema()
    const random = createRandom(SEED).next
    const drawn = Array.from({ length: COMBINATIONS }, () => randomValues(schema, random))
    const seen = new Set(drawn.flatMap((v) => togglesOf(v)))
    expect(allToggles(schema).filter((t) => !seen.has(t) && !t.startsWith(`tags.${EMPTY_PROFILE}=`))).toEqual([])
    const [given, rendered] = [join(dir, 'values'), join(dir, 'rendered')]
    for (const folder of [given, rendered]) mkdirSync(folder)
    const bad: string[] = []
    // Most objects of two renderings are the same text: each text is judged once, under the number of a rendering that it is in.
    const known = new Set<string>()
    let next = 0
    const worker = async () => {
      for (let i = next++; i < drawn.length; i = next++) {
        const file = join(given, `${i}.json`)
        writeFileSync(file, JSON.stringify(drawn[i]))
        try {
          const texts = (await template(['-f', file])).split(/^---$/m).filter((text) => !known.has(text))
          for (const text of texts) known.add(text)
          writeFileSync(join(rendered, `${i}.yaml`), texts.join('---'))
          const root = workloads(parse(texts.join('---'))).filter(
            (w) => w.pod.spec.securityContext.runAsNonRoot !== true && w.name !== 'akko-fluent-bit',
          )
          bad.push(...root.map((w) => `${i}: ${w.name} runs as root`))
        } catch (error) {
          bad.push(`${i}: ${(error as { stderr?: string }).stderr ?? error}`)
        }
      }
    }
    await Promise.all([worker(), worker()])
    bad.push(...(await faults(rendered)))
    const numbers = new Set(bad.map((line) => Number.parseInt(line, 10)))
    expect(bad, [...numbers].map((i) => `${i}: ${JSON.stringify(drawn[i])}`).join('\n')).toEqual([])
  })
})
