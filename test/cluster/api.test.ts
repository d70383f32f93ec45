// The chart on a live API server with its scheduler and controllers. There is no node, so no pod starts and no hook can run: releases
// are installed with --no-hooks. What happens on a node is `./akko test cluster`.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHART, parse, RENDERS } from '#test/chart/helm'
import { customResources } from './crds.ts'
import { type ControlPlane, startControlPlane } from './kubernetes.ts'
import { allKinds, changed, kindsOf, type Snapshot, settled, snapshot, touched } from './release.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const NAMESPACE = 'akko'
const seconds = (began: number) => ((Date.now() - began) / 1000).toFixed(1)

let plane: ControlPlane
/** A copy of the chart: the same from the first test to the last. */
let chart: string
const inCopy = (args: readonly string[]) => args.map((arg) => arg.replace(CHART, chart))
const everything = () => inCopy(RENDERS.find((r) => r.name === 'everything')?.args ?? [])

beforeAll(async () => {
  plane = await startControlPlane(say)
  chart = join(plane.folder, 'chart')
  cpSync(CHART, chart, { recursive: true })
  await plane.kubectl(['create', 'namespace', NAMESPACE])
})
afterAll(async () => {
  await plane?.stop()
})

const helm = (verb: string, release: string, namespace: string, ...args: string[]) =>
  // (without helm's own look at the schemas, which takes longer than the rest: the server judges)
  plane.helm([verb, release, chart, '--namespace', namespace, '--no-hooks', '--disable-openapi-validation', ...args])

describe('a cluster without operators', () => {
  it.each([
    ['Traefik', []],
    ['CloudNativePG operator', ['-f', `${CHART}/values-ha.yaml`]],
    ['cert-manager', ['--set', 'global.tls.mode=certManager', '--set', 'global.tls.issuer.name=x']],
    ['Gateway API', ['--set', 'global.gateway.enabled=true']],
  ])('is told that it lacks %s, and gets nothing', async (name, args) => {
    const closed = name === 'Traefik' ? [] : ['--set', 'global.ingress.enabled=false']
    await expect(helm('install', 'refused', NAMESPACE, ...closed, ...inCopy(args))).rejects.toThrow(name)
    expect(await plane.helm(['list', '--all', '--short', '--namespace', NAMESPACE])).toBe('')
  })
})

describe('with the custom resources of its operators', () => {
  let apis: string[]
  beforeAll(async () => {
    await plane.kubectl(['apply', '--server-side', '-f', customResources(say)])
    await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
    apis = (await plane.kubectl(['api-versions']))
      .trim()
      .split('\n')
      .map((api) => `--api-versions=${api}`)
  })

  it.each(RENDERS)('the API server admits every object: $name', async ({ args }) => {
    const manifests = await plane.helm(['template', 'akko', chart, '--namespace', NAMESPACE, ...apis, ...inCopy(args)])
    const apply = ['apply', '--server-side', '--dry-run=server', '--namespace', NAMESPACE, '-f', '-']
    const lines = (await plane.kubectl(apply, manifests)).trim().split('\n')
    expect(lines.filter((line) => !line.endsWith('serverside-applied (server dry run)'))).toEqual([])
    expect(lines).toHaveLength(parse(manifests).length)
  })

  it('would not admit an unknown field, and knows the backup kind of CloudNativePG', async () => {
    const store = (spec: object) =>
      plane.kubectl(
        ['apply', '--server-side', '--dry-run=server', '--namespace', NAMESPACE, '-f', '-'],
        JSON.stringify({ apiVersion: 'barmancloud.cnpg.io/v1', kind: 'ObjectStore', metadata: { name: 'x' }, spec }),
      )
    await expect(store({ configuration: { destinationPath: 's3://x/' } })).resolves.toContain('server dry run')
    await expect(store({ configuration: { destinationPath: 's3://x/' }, retentionPolice: '7d' })).rejects.toThrow('retentionPolice')
  })

  describe('a release of everything', () => {
    /** Of the whole cluster, and of the release. */
    let kinds: string[]
    let written: string[]
    let before: Snapshot
    const values: string[] = []
    /** Upgrades by one value more, which stays. Returns what that changed. */
    const changes = async (...args: string[]) => {
      values.push(...args)
      await helm('upgrade', 'akko', NAMESPACE, ...values)
      const after = await snapshot(plane, written)
      const names = changed(before, after)
      before = after
      return names
    }

    beforeAll(async () => {
      values.push(...everything())
      const began = Date.now()
      await helm('install', 'akko', NAMESPACE, ...values)
      say(`helm install --no-hooks of everything: accepted after ${seconds(began)} s`)
    })

    it('has every object that was rendered', async () => {
      kinds = await allKinds(plane)
      before = await settled(plane, kinds)
      const rendered = parse(await plane.helm(['get', 'manifest', 'akko', '--namespace', NAMESPACE]))
      written = kindsOf(rendered)
      const ours = [...before.values()].filter((o) => o.release === 'akko').map((o) => `${o.kind} ${o.name}`)
      expect(ours.sort()).toEqual(rendered.map((m) => `${m.kind} ${m.metadata.name}`).sort())
      expect(ours.length).toBeGreaterThan(150)
    })

    it('has a record that leaves a quarter of the limit', async () => {
      const secret = await plane.kubectl(['get', 'secret', 'sh.helm.release.v1.akko.v1', '--namespace', NAMESPACE, '--output=json'])
      const bytes = Buffer.from((JSON.parse(secret) as { data: { release: string } }).data.release, 'base64').length
      say(`release record of everything: ${bytes} bytes of 1,048,576`)
      expect(bytes).toBeGreaterThan(10_000)
      expect(bytes).toBeLessThan(0.75 * 1024 * 1024)
    })

    it('upgraded without a change, no object of the cluster is written', async () => {
      const began = Date.now()
      await helm('upgrade', 'akko', NAMESPACE, ...values)
      say(`upgrade without change: ${seconds(began)} s, ${before.size} objects`)
      expect(touched(before, await snapshot(plane, kinds))).toEqual([])
    })

    it('one more replica of Trino changes its Deployment', async () => {
      expect(await changes('--set', 'akko-trino.replicas=2')).toEqual(['~ Deployment akko-trino'])
    })

    it('one more bucket replaces the job of storage and its list', async () => {
      const names = await changes('--set-json', 'akko-init.minio.buckets=["akko-more"]')
      expect(names.map((n) => n.replace(/-[0-9a-f]{10}$/, ''))).toEqual([
        '+ ConfigMap akko-storage-init',
        '+ Job akko-storage-init',
        '- ConfigMap akko-storage-init',
        '- Job akko-storage-init',
      ])
    })

    it('without network policies every one goes, and nothing else', async () => {
      const policies = [...before.values()].filter((o) => o.kind === 'NetworkPolicy' && o.release).map((o) => `- NetworkPolicy ${o.name}`)
      expect(policies.length).toBeGreaterThan(20)
      expect(await changes('--set', 'global.networkPolicy.enabled=false')).toEqual(policies.sort())
    })

    it('another domain changes what names it, and what reads that', async () => {
      const names = await changes('--set', 'global.domain=lake.example.org')
      const rendered = parse(await plane.helm(['get', 'manifest', 'akko', '--namespace', NAMESPACE]))
      const naming = rendered.filter((m) => JSON.stringify(m).includes('lake.example.org'))
      const missing = naming.filter((m) => !names.some((n) => n.slice(2) === `${m.kind} ${m.metadata.name}`))
      expect(missing.map((m) => m.metadata.name)).toEqual([])
      // What does not name it itself is what reads a ConfigMap of its own name that does.
      const others = names.filter((n) => !n.startsWith('-') && !naming.some((m) => n.slice(2) === `${m.kind} ${m.metadata.name}`))
      const read = naming.filter((m) => m.kind === 'ConfigMap').map((m) => m.metadata.name as string)
      expect(others.filter((n) => !read.includes(n.split(' ')[2] as string))).toEqual([])
      expect(names.filter((n) => !/Ingress|ConfigMap|Deployment|Job /.test(n))).toEqual([])
    })

    it('a second release in another namespace leaves the first alone', async () => {
      await plane.kubectl(['create', 'namespace', 'other'])
      await helm('install', 'akko', 'other')
      const after = await snapshot(plane, written)
      const first = changed(before, after).filter((line) => !line.startsWith('+'))
      expect(first).toEqual([])
      const second = [...after.values()].filter((o) => o.release && o.namespace === 'other')
      expect(second.length).toBeGreaterThan(80)
      before = after
    })

    it('uninstalled and installed again, it takes the claims that were kept', async () => {
      const claims = (all: Snapshot) =>
        [...all.values()]
          .filter((o) => o.kind === 'PersistentVolumeClaim' && o.namespace === NAMESPACE)
          .map((o) => `${o.name} ${o.uid}`)
          .sort()
      const kept = claims(before)
      expect(kept.length).toBeGreaterThan(2)
      await plane.helm(['uninstall', 'akko', '--namespace', NAMESPACE, '--no-hooks', '--wait'])
      expect(claims(await snapshot(plane, ['persistentvolumeclaims', 'secrets']))).toEqual(kept)
      await helm('install', 'akko', NAMESPACE, ...values)
      expect(claims(await snapshot(plane, ['persistentvolumeclaims', 'secrets']))).toEqual(kept)
    })
  })
})
