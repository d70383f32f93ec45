// The owner's policy on a cluster: who is given its files, and what OPA answers as they change, started as the chart starts it.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedText } from '#platform/access'
import { ROLES } from '#platform/names'
import { type Manifest, parse, template, workloads } from '#test/chart/helm'
import { type Opa, startOpa } from '#test/support/opa'

describe('the policy’s files', () => {
  const file = join(import.meta.dirname, '../../src/platform/policy/shipped.yaml')
  const given = ['--set', 'tags.full=true', '--set-file', `global.policy.files.ours\\.yaml=${file}`]
  const mounting = (manifests: readonly Manifest[]) =>
    workloads(manifests).flatMap(({ name, pod }) =>
      [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container: Manifest) => {
        const mounted = container.volumeMounts?.some((m: Manifest) => m.name === 'policy') ?? false
        const named = container.env?.some((e: Manifest) => e.name === 'AKKO_POLICY_FOLDER' && e.value === '/etc/akko-policy') ?? false
        if (!mounted && !named) return []
        const volume = pod.spec.volumes.find((v: Manifest) => v.name === 'policy')
        return [[name.replace(/-[0-9a-f]{10}$/, ''), container.name, mounted && named, volume?.configMap?.name]]
      }),
    )

  it('are given to who answers by them, and to the job that makes roles', async () => {
    const manifests = parse(await template(given))
    expect(manifests.find((m) => m.kind === 'ConfigMap' && m.metadata.name === 'akko-policy')?.data).toEqual({
      'ours.yaml': shippedText.text,
    })
    expect(mounting(manifests).sort()).toEqual([
      ['akko-cockpit', 'main', true, 'akko-policy'],
      ['akko-docs', 'main', true, 'akko-policy'],
      ['akko-keycloak-clients', 'main', true, 'akko-policy'],
      ['akko-opa', 'policy', true, 'akko-policy'],
    ])
  })

  it('are those of another ConfigMap where one is named; without either nothing is mounted', async () => {
    const elsewhere = parse(await template(['--set', 'global.policy.configMap=from-git']))
    expect([...new Set(mounting(elsewhere).map((found) => found[3]))]).toEqual(['from-git'])
    expect(elsewhere.some((m) => m.kind === 'ConfigMap' && m.metadata.name === 'from-git')).toBe(false)
    expect(mounting(parse(await template([])))).toEqual([])
  })

  it('are one more input of the job that makes roles: another text, another job', async () => {
    const jobs = async (text: string) =>
      parse(await template(['--set', `global.policy.files.ours\\.yaml=${text}`])).flatMap((m) =>
        m.kind === 'Job' ? [m.metadata.name] : [],
      )
    const [one, other] = [await jobs('a'), await jobs('b')]
    expect(one.filter((name) => !other.includes(name))).toEqual([expect.stringMatching(/^akko-keycloak-clients-/)])
  })
})

describe('OPA beside the program that reads them', () => {
  // As the kubelet lays a ConfigMap out: links to a folder that is replaced by another as a whole.
  const root = mkdtempSync(join(tmpdir(), 'akko-policy-files-'))
  let laid = 0
  const lay = (text: string) => {
    const data = `..${++laid}`
    mkdirSync(join(root, data))
    writeFileSync(join(root, data, 'ours.yaml'), text)
    symlinkSync(data, join(root, '..new'))
    renameSync(join(root, '..new'), join(root, '..data'))
    if (laid === 1) symlinkSync('..data/ours.yaml', join(root, 'ours.yaml'))
  }
  const columnMask = (column: string) => ({
    context: { identity: { user: 'ada', groups: [ROLES.user] }, softwareStack: { trinoVersion: '476' } },
    action: {
      operation: 'GetColumnMask',
      filterResources: [
        { column: { catalogName: 'iceberg', schemaName: 'banking', tableName: 'customers', columnName: column, columnType: 'varchar' } },
      ],
    },
  })
  let opa: Opa
  const masked = async (column: string) => ((await opa.ask('columnMasks', columnMask(column))) as unknown[]).length === 1
  const until = (wanted: boolean) => expect.poll(() => masked('segment'), { timeout: 20_000, interval: 100 }).toBe(wanted)
  const withSegment = shippedText.text.replace(
    'classified:\n',
    'classified:\n  - { schemas: [iceberg.banking], column: segment, as: name }\n',
  )

  beforeAll(async () => {
    lay(shippedText.text)
    opa = await startOpa(root)
  })
  afterAll(async () => {
    await opa?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  it('answers by them, by changed ones within seconds, and by the last good ones while they are wrong', async () => {
    expect(withSegment).not.toBe(shippedText.text)
    expect([await masked('email'), await masked('segment')]).toEqual([true, false])
    lay(withSegment)
    await until(true)
    lay(withSegment.replace('clear: true', 'clear: perhaps'))
    await new Promise((r) => setTimeout(r, 4000))
    expect([await masked('email'), await masked('segment')]).toEqual([true, true])
    lay(shippedText.text)
    await until(false)
  })

  it('is asked Trino’s questions by anybody, and nothing else, nor told anything', async () => {
    const ask = async (method: string, path: string, body?: unknown) =>
      (await fetch(`${opa.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).status
    expect(await ask('GET', '/health?bundles')).toBe(200)
    expect(await ask('GET', '/metrics')).toBe(200)
    expect(await ask('POST', '/v1/data/trino/allow', { input: columnMask('email') })).toBe(200)
    const refused: readonly (readonly [string, string, unknown?])[] = [
      ['PUT', '/v1/data/access', {}],
      ['PATCH', '/v1/data/access', []],
      ['DELETE', '/v1/data/access'],
      ['GET', '/v1/data/access'],
      ['POST', '/v1/data/access', {}],
      ['POST', '/v1/data', {}],
      ['PUT', '/v1/policies/mine', {}],
      ['DELETE', '/v1/policies/trino.rego'],
      ['GET', '/v1/policies'],
      ['POST', '/v1/data/trino/grants', { input: columnMask('email') }],
      ['POST', '/v1/data/trino/columnMasks?explain=full', { input: columnMask('email') }],
      ['POST', '/v1/data/trino/allow/', {}],
      ['POST', '/v1/query', { query: 'x := data' }],
      ['POST', '/v1/compile', { query: 'data.trino.allow' }],
      ['POST', '/', {}],
      ['PUT', '/v1/data/trino/allow', true],
      ['GET', '/v1/config'],
      ['GET', '/v1/status'],
    ]
    for (const [method, path, body] of refused) expect([method, path, await ask(method, path, body)]).toEqual([method, path, 401])
    expect(await masked('email')).toBe(true)
  })
})

it('a pod that begins with a wrong policy does not begin, and says what is wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'akko-policy-files-'))
  writeFileSync(join(folder, 'ours.yaml'), 'roles: { akko-admin: { al: true } }\n')
  await expect(startOpa(folder)).rejects.toThrow(/ours\.yaml:1:24: roles\.akko-admin\.al: unknown word al/)
  rmSync(folder, { recursive: true, force: true })
})
