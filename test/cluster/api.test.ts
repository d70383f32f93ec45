// The chart on a live API server with its scheduler and controllers. There is no node, so no pod starts and no hook can run: releases
// are installed with --no-hooks. What happens on a node is `./akko test cluster`.
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHART, type Manifest, parse, RENDERS } from '#test/chart/helm'
import { customResources } from '#test/cluster/crds'
import { eventually } from '#test/cluster/daemons'
import { type ControlPlane, NET, startControlPlane } from '#test/cluster/kubernetes'
import { allKinds, changed, kindsOf, type Snapshot, settled, snapshot, touched } from '#test/cluster/release'
import { hubPython } from '#test/support/judges'

const say = (line: string) => process.stdout.write(`${line}\n`)
const NAMESPACE = 'akko'
const ROOT = resolve(import.meta.dirname, '../..')
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

  describe("the hub's account", () => {
    const HUB = 'hub'
    const KINDS = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']
    const DENIED = /ValidatingAdmissionPolicy 'hub-akko-notebook-(pods|claims)' .*denied request: (?!expression)/
    let hub: (verb: string, object: Manifest) => Promise<string>
    let pod: Manifest
    let claim: Manifest

    beforeAll(async () => {
      await plane.kubectl(['create', 'namespace', HUB])
      const all = parse(await plane.helm(['template', 'akko', chart, '--namespace', HUB, ...apis, '--set', 'akko-jupyterhub.enabled=true']))
      const own = all.filter(
        (m) => m.metadata.labels?.['app.kubernetes.io/name'] === 'akko-jupyterhub' && /Account|Role|Admission/.test(m.kind),
      )
      expect(own.map((m) => m.kind).sort()).toEqual(
        ['Role', 'RoleBinding', 'ServiceAccount', ...['pods', 'claims'].flatMap(() => KINDS)].sort(),
      )
      await plane.kubectl(['apply', '-n', HUB, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: own }))
      const as = ['-n', HUB, `--as=system:serviceaccount:${HUB}:akko-jupyterhub`]
      hub = (verb, object) => plane.kubectl([verb, ...as, '--dry-run=server', '-f', '-'], JSON.stringify(object))
      // What the hub itself makes of the settings in its Deployment: its own code, with the release's own values.
      const deployment = all.find((m) => m.kind === 'Deployment' && m.metadata.name === 'akko-jupyterhub')
      const env = (deployment.spec.template.spec.containers[0].env as Manifest[]).map((e) => [e.name, e.value ?? 'x'])
      const settings = { ...process.env, ...Object.fromEntries(env), POD_NAMESPACE: HUB }
      const script = [join(ROOT, 'test/cluster/notebook_pod.py'), join(ROOT, 'docker/jupyterhub/jupyterhub_config.py')]
      ;({ pod, claim } = JSON.parse(execFileSync(hubPython(), script, { env: settings, encoding: 'utf8' })))
      // An admission policy holds from a moment after it was made.
      await eventually('both policies hold', 60, async () => {
        const named = [pod, claim].map((object) => ({ ...object, metadata: { ...object.metadata, name: 'another' } }))
        const outcomes = await Promise.allSettled(named.map((object) => hub('create', object)))
        return { code: outcomes.every((o) => o.status === 'rejected' && DENIED.test(String(o.reason))) ? 0 : 1, stdout: '', stderr: '' }
      })
    })
    afterAll(() => plane.kubectl(['delete', KINDS.join(','), '--all']))

    const podWith = (spec: object, container: object = {}): Manifest => ({
      ...pod,
      spec: { ...pod.spec, ...spec, containers: [{ ...pod.spec.containers[0], ...container }] },
    })
    const security = (more: object) => ({ securityContext: { ...pod.spec.containers[0].securityContext, ...more } })
    const mounting = (volume: object) => podWith({ volumes: [...pod.spec.volumes, { name: 'x', ...volume }] })
    const labelled = (labels: object): Manifest => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } },
    })

    it('starts what KubeSpawner makes by the settings of its image', async () => {
      expect(await hub('create', pod)).toContain('created')
      expect(await hub('create', claim)).toContain('created')
    })

    it.each<[string, () => Manifest]>([
      ['a Secret as a volume', () => mounting({ secret: { secretName: 'akko-postgresql-superuser' } })],
      ['a Secret in a projected volume', () => mounting({ projected: { sources: [{ secret: { name: 'akko-postgresql-superuser' } }] } })],
      ['a token in a projected volume', () => mounting({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })],
      ['a folder of the node', () => mounting({ hostPath: { path: '/' } })],
      ['the claim of another part', () => mounting({ persistentVolumeClaim: { claimName: 'data-akko-postgresql-0' } })],
      ['a ConfigMap as a volume', () => mounting({ configMap: { name: 'akko-trino' } })],
      [
        'a Secret in its environment',
        () => podWith({}, { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'akko-postgresql-superuser', key: 'password' } } }] }),
      ],
      ['a whole Secret as its environment', () => podWith({}, { envFrom: [{ secretRef: { name: 'akko-postgresql-superuser' } }] })],
      [
        'a Secret in the environment of an init container',
        () =>
          podWith({
            initContainers: [{ ...pod.spec.containers[0], lifecycle: undefined, name: 'init', envFrom: [{ secretRef: { name: 'x' } }] }],
          }),
      ],
      ['the account of another part', () => podWith({ serviceAccountName: 'akko-jupyterhub', serviceAccount: 'akko-jupyterhub' })],
      ['the token of its account', () => podWith({ automountServiceAccountToken: true })],
      ["the node's network", () => podWith({ hostNetwork: true })],
      ["the node's processes", () => podWith({ hostPID: true })],
      ['a node of its choice', () => podWith({ nodeName: 'akko-node' })],
      ['a container with every right', () => podWith({}, security({ privileged: true, allowPrivilegeEscalation: true }))],
      ['a container as root', () => podWith({}, security({ runAsUser: 0, runAsNonRoot: false }))],
      ['a capability', () => podWith({}, security({ capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }))],
      ['a port of the node', () => podWith({}, { ports: [{ containerPort: 8888, hostPort: 8888 }] })],
      ["another part's label", () => labelled({ 'akko.io/component': 'identity' })],
      ["another release's label", () => labelled({ 'app.kubernetes.io/instance': 'other' })],
      ['a label by which an operator finds its own', () => labelled({ 'cnpg.io/cluster': 'akko-postgresql' })],
      ['a name of another part', () => ({ ...pod, metadata: { ...pod.metadata, name: 'akko-trino-0' } })],
    ])('starts no pod with %s', async (_, object) => {
      await expect(hub('create', object())).rejects.toThrow(DENIED)
    })

    it.each<[string, object]>([
      ['is a copy of another volume', { dataSource: { kind: 'PersistentVolumeClaim', name: 'data-akko-postgresql-0' } }],
      [
        'is a copy of another volume, by its longer name',
        { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'data-akko-postgresql-0' } },
      ],
      ['names its volume', { volumeName: 'pvc-of-somebody' }],
    ])('makes no claim that %s', async (_, spec) => {
      await expect(hub('create', { ...claim, spec: { ...claim.spec, ...spec } })).rejects.toThrow(DENIED)
    })

    it("deletes a notebook, and no other part's pod", async () => {
      const other = { ...pod, metadata: { name: 'akko-somebody', labels: { 'akko.io/component': 'identity' } } }
      for (const object of [pod, other]) await plane.kubectl(['create', '-n', HUB, '-f', '-'], JSON.stringify(object))
      await expect(hub('delete', other)).rejects.toThrow(DENIED)
      expect(await hub('delete', pod)).toContain('deleted')
    })

    it('is bound by expressions whose types the API server has nothing against', async () => {
      const { items } = JSON.parse(await plane.kubectl(['get', 'validatingadmissionpolicies', '-o', 'json'])) as { items: Manifest[] }
      expect(items.map((p) => [p.metadata.name, p.status.typeChecking])).toEqual([
        ['hub-akko-notebook-claims', {}],
        ['hub-akko-notebook-pods', {}],
      ])
    })

    it('is the only one that is bound: others start what they may', async () => {
      const object = { ...mounting({ secret: { secretName: 'x' } }), metadata: { ...pod.metadata, name: 'anybody' } }
      expect(await plane.kubectl(['create', '-n', HUB, '--dry-run=server', '-f', '-'], JSON.stringify(object))).toContain('created')
    })
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

describe('the hook that writes Secrets', () => {
  const HOOK = 'hook'

  it('leaves no account behind, and a token that was taken from it opens nothing any more', async () => {
    await plane.kubectl(['create', 'namespace', HOOK])
    // There is no node: this test plays the kubelet of the hook's pod, and lets helm wait for it.
    const install = plane.helm([
      'install',
      'akko',
      chart,
      '--namespace',
      HOOK,
      '--set',
      'global.ingress.enabled=false',
      '--timeout',
      '120s',
    ])
    const pod = async (): Promise<Manifest | undefined> => {
      const { items } = JSON.parse(await plane.kubectl(['get', 'pods', '-n', HOOK, '-l', 'akko.io/component=secrets', '-o', 'json']))
      return items[0]
    }
    let waiting: Manifest | undefined
    for (let left = 200; left > 0 && !waiting; left--) {
      waiting = await pod()
      if (!waiting) await sleep(200)
    }
    expect(waiting?.spec.automountServiceAccountToken).toBe(false)
    const bound = ['--bound-object-kind=Pod', `--bound-object-name=${waiting?.metadata.name}`, '--duration=600s']
    const token = (await plane.kubectl(['create', 'token', 'akko-secrets', '-n', HOOK, ...bound])).trim()
    const secret = (name: string) =>
      plane.run('kubectl', [
        '--kubeconfig=/dev/null',
        `--server=https://${NET.node}:6443`,
        `--certificate-authority=${join(plane.folder, 'pki/ca.crt')}`,
        `--token=${token}`,
        'get',
        'secret',
        name,
        '-n',
        HOOK,
        '--ignore-not-found',
      ])
    expect(await secret('akko-postgresql-superuser')).toMatchObject({ code: 0 })
    expect((await secret('akko-not-in-the-list')).stderr).toContain('forbidden')

    const condition = { type: 'Ready', status: 'False' }
    const done = { status: { phase: 'Succeeded', conditions: [condition], containerStatuses: [] } }
    await plane.kubectl([
      'patch',
      'pod',
      waiting?.metadata.name,
      '-n',
      HOOK,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify(done),
    ])
    await install
    const left = await plane.kubectl(['get', 'serviceaccount,role,rolebinding', '-n', HOOK, '-o', 'name'])
    expect(left.split('\n').filter((name) => name.endsWith('/akko-secrets'))).toEqual([])
    expect(await plane.kubectl(['get', 'job', 'akko-secrets', '-n', HOOK, '-o', 'name'])).toContain('akko-secrets')
    let refused = ''
    for (let left = 60; left > 0 && !/Unauthorized|must be logged in|provide credentials/i.test(refused); left--) {
      refused = (await secret('akko-postgresql-superuser')).stderr
      await sleep(500) // (API servers remember a token that was good for ten seconds)
    }
    expect(refused).toMatch(/Unauthorized|must be logged in|provide credentials/i)
  })
})
