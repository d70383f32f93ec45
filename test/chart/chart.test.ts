// The chart as a whole: helm's lint, the schema, the release's size, jobs named after their inputs, and messages of refusal.
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PROFILE_COLUMNS, profileSums } from '#chart/index'
import { OWN_TAG, POSTGRES_MAJOR } from '#platform/images'
import { APIS, CHART, type Manifest, parse, RENDERS, refusal, template, workloads } from '#test/chart/helm'
import { goTool } from '#test/support/go-tools'

const run = promisify(execFile)
const MIB = 1024 * 1024

/** kube-score's checks that do not hold here, with the reason. Each must still fail somewhere. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'container-image-pull-policy': 'tags are pinned, so a node need not ask again; Always would stop a restart without the registry',
  'container-security-context-user-group-id': "an upstream image's files belong to its own user",
  'pod-probes-identical': 'Spark Connect has nothing to ask but its port',
}

describe('helm', () => {
  it.each(RENDERS)('lints strictly: $name', async ({ args }) => {
    const { stdout } = await run(goTool('helm'), ['lint', '--strict', CHART, ...args])
    expect(stdout).toContain('0 chart(s) failed')
  })

  it('finds every sub-chart in the umbrella, and no other', async () => {
    const { stdout } = await run(goTool('helm'), ['dependency', 'list', CHART])
    expect(stdout).not.toMatch(/missing|wrong version|WARNING/)
  })

  it('renders the same text twice: nothing random, no look-up', async () => {
    const args = RENDERS.find((r) => r.name === 'everything')?.args ?? []
    expect(await template(args)).toBe(await template(args))
    const templates = readdirSync(CHART, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile() && /templates$/.test(e.parentPath))
      .map((e) => join(e.parentPath, e.name))
    expect(templates.length).toBeGreaterThan(20)
    const bad = templates.filter((f) =>
      /\b(lookup|rand[A-Z]\w*|genPrivateKey|genCA|genSignedCert|uuidv4|now)\b/.test(readFileSync(f, 'utf8')),
    )
    expect(bad.map((f) => relative(CHART, f))).toEqual([])
  })
})

describe('kube-score', () => {
  it.each(RENDERS)('finds nothing critical: $name', async ({ args }) => {
    const manifests = await template(args)
    const scored = JSON.parse(await score(manifests)) as { object_name: string; checks: Manifest[] }[]
    const critical = scored.flatMap((o) =>
      o.checks
        .filter((c) => !c.skipped && c.grade === 1 && !NOT_OURS[c.check.id] && !madeByOperator(manifests, o.object_name, c))
        .map((c) => `${o.object_name}: ${c.check.name}`),
    )
    expect(critical).toEqual([])
  })

  it('has no exception that is stale', async () => {
    const scored = JSON.parse(await score(await template(RENDERS.find((r) => r.name === 'everything')?.args ?? []))) as {
      checks: Manifest[]
    }[]
    const failing = new Set(scored.flatMap((o) => o.checks.filter((c) => !c.skipped && c.grade === 1).map((c) => c.check.id)))
    expect(Object.keys(NOT_OURS).filter((id) => !failing.has(id))).toEqual([])
  })
})

/** The pods of a CloudNativePG cluster are its operator's, so kube-score cannot see what a Service or policy of theirs selects. */
function madeByOperator(manifests: string, object: string, check: Manifest): boolean {
  const clusters = parse(manifests).flatMap((m) => (m.kind === 'Cluster' ? [m.metadata.name] : []))
  return (
    /targets pod/i.test(check.check.name) &&
    clusters.includes(
      object
        .split('/')
        .at(-1)
        ?.replace(/-read$/, ''),
    )
  )
}

function score(manifests: string): Promise<string> {
  const child = execFile(goTool('kube-score'), ['score', '--kubernetes-version', 'v1.34', '-o', 'json', '-'], { maxBuffer: 1 << 28 })
  child.stdin?.end(manifests)
  let out = ''
  child.stdout?.on('data', (d) => {
    out += d
  })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', () => done(out))
  })
}

describe('the release', () => {
  it.each(RENDERS)('fits with a quarter to spare: $name', async ({ name, args }) => {
    const size = await releaseSize(args)
    process.stdout.write(`release record, ${name}: ${(size / 1024).toFixed(0)} KiB of 1024 KiB\n`)
    expect(size).toBeLessThan(0.75 * MIB)
  })
})

/**
 * What helm stores: JSON of the release (the umbrella's own files, values and schema; the manifest; the hooks), gzip, base64.
 * Sub-charts are not in it. Hooks are counted twice here, so this is at least helm's figure.
 */
async function releaseSize(args: readonly string[]): Promise<number> {
  const manifest = await template(args)
  const base64 = (name: string) => readFileSync(join(CHART, name)).toString('base64')
  const names = readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => relative(CHART, join(e.parentPath, e.name)))
    .filter((name) => !name.startsWith('charts/'))
  const chart = {
    metadata: parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))[0],
    templates: names.map((name) => ({ name, data: base64(name) })),
    schema: base64('values.schema.json'),
  }
  const hooks = parse(manifest).filter((m) => m.metadata.annotations?.['helm.sh/hook'])
  const record = { name: 'akko', info: { status: 'deployed' }, chart, config: {}, manifest, hooks, version: 1, namespace: 'akko' }
  return Buffer.byteLength(gzipSync(JSON.stringify(record), { level: 9 }).toString('base64'))
}

describe('jobs', () => {
  const names = async (args: readonly string[]) =>
    parse(await template(args))
      .filter((m) => m.kind === 'Job' && m.metadata.name !== 'akko-secrets')
      .map((m) => m.metadata.name as string)

  it('change their name with what they are given, and only then', async () => {
    const before = await names([])
    expect(await names(['--set', 'akko-cockpit.replicas=2'])).toEqual(before)
    const after = await names(['--set-json', 'akko-init.minio.buckets=["akko-more"]'])
    const changed = after.filter((n) => !before.includes(n))
    expect(changed).toHaveLength(1)
    expect(changed[0]).toMatch(/^akko-storage-init-[0-9a-f]{10}$/)
  })

  it('live on: no time to live that would make Argo CD create them again', async () => {
    const jobs = parse(await template([])).filter((m) => m.kind === 'Job')
    expect(jobs.filter((j) => j.spec.ttlSecondsAfterFinished !== undefined)).toEqual([])
    expect(jobs.filter((j) => j.metadata.annotations?.['helm.sh/hook']).map((j) => j.metadata.name)).toEqual(['akko-secrets'])
  })

  it('have the toggles of the documents', async () => {
    for (const [toggle, job] of [
      ['polaris', 'polaris-init'],
      ['minio', 'storage-init'],
      ['keycloakClients', 'keycloak-clients'],
      ['postgres', 'postgres-init'],
      ['postgresData', 'postgres-data-init'],
      ['bootstrapAdmin', 'bootstrap-admin'],
    ]) {
      expect((await names(['--set', `akko-init.${toggle}.enabled=false`])).filter((n) => n.startsWith(`akko-${job}-`))).toEqual([])
    }
  })

  it('of a service beyond the core come and go with its sub-chart', async () => {
    const of = async (...args: string[]) =>
      (await names(args)).flatMap((n) => n.match(/^akko-(superset-bootstrap|ollama-init)-/)?.[1] ?? [])
    expect([...new Set(await of())]).toEqual([])
    expect([...new Set(await of('--set', 'tags.full=true'))].sort()).toEqual(['ollama-init', 'superset-bootstrap'])
    expect([...new Set(await of('--set', 'tags.full=true,akko-init.ollama.enabled=false'))]).toEqual(['superset-bootstrap'])
    expect([...new Set(await of('--set', 'tags.full=true,akko-superset.enabled=false'))]).toEqual(['ollama-init'])
  })

  it('read a directory only when told which', async () => {
    const on = 'akko-init.keycloakSync.enabled=true'
    await expect(template(['--set', on])).rejects.toThrow('akko-init.keycloakSync.url is empty')
    const told = {
      enabled: true,
      url: 'ldaps://ldap.example.org',
      bindDn: 'cn=akko,dc=example,dc=org',
      usersDn: 'ou=people,dc=example,dc=org',
    }
    const manifests = parse(await template(['--set-json', `akko-init.keycloakSync=${JSON.stringify(told)}`]))
    const inputs = manifests.find((m) => m.kind === 'ConfigMap' && m.metadata.name.startsWith('akko-keycloak-sync-'))
    expect(JSON.parse(inputs?.data['resources.json'])).toMatchObject([{ kind: 'directory', realm: 'akko', usersDn: told.usersDn }])
  })

  it('keep seven dumps, at two and at four', async () => {
    const crons = parse(await template([])).filter((m) => m.kind === 'CronJob')
    expect(crons.map((c) => [c.metadata.name, c.spec.schedule]).sort()).toEqual([
      ['akko-backup-postgres', '0 2 * * *'],
      ['akko-backup-storage', '0 4 * * *'],
    ])
    const script = crons.find((c) => c.metadata.name === 'akko-backup-postgres')?.spec.jobTemplate.spec.template.spec.containers[0].args[0]
    expect(script).toContain('head -n -7')
    execFileSync('sh', ['-n', '-c', script])
  })
})

describe('a server on CloudNativePG', () => {
  it('is synchronous by quorum, archived elsewhere, and keeps its Service name', async () => {
    const all = parse(await template(['-f', join(CHART, 'values-ha.yaml')]))
    const clusters = all.filter((m) => m.kind === 'Cluster')
    expect(clusters.map((c) => c.metadata.name).sort()).toEqual(['akko-postgresql', 'akko-postgresql-data'])
    for (const { spec, metadata } of clusters) {
      expect(spec.instances).toBe(3)
      expect(metadata.annotations['helm.sh/resource-policy']).toBe('keep') // with the cluster its volumes would go
      expect(spec.postgresql.synchronous).toEqual({ method: 'any', number: 1, failoverQuorum: true, dataDurability: 'required' })
      expect(spec.plugins[0]).toMatchObject({ name: 'barman-cloud.cloudnative-pg.io', isWALArchiver: true })
      expect(spec.switchoverDelay).toBeLessThan(30)
      const catalog = all.find((m) => m.kind === 'ImageCatalog' && m.metadata.name === metadata.name)
      expect(spec.imageCatalogRef).toEqual({
        apiGroup: 'postgresql.cnpg.io',
        kind: 'ImageCatalog',
        name: metadata.name,
        major: POSTGRES_MAJOR,
      })
      expect(catalog.spec.images).toEqual([{ major: POSTGRES_MAJOR, image: `akko-postgres:${OWN_TAG}` }])
      expect(catalog.metadata.annotations['helm.sh/resource-policy']).toBe('keep') // the cluster that stays needs it
      expect(all.find((m) => m.kind === 'Service' && m.metadata.name === metadata.name)?.spec.selector['cnpg.io/instanceRole']).toBe(
        'primary',
      )
      expect(all.find((m) => m.kind === 'ScheduledBackup' && m.spec.cluster.name === metadata.name)?.spec.method).toBe('plugin')
      expect(all.filter((m) => m.kind === 'StatefulSet' && m.metadata.name === metadata.name)).toEqual([])
    }
  })

  it('takes its image from where every image comes, and by its real major version', async () => {
    const mirror = ['--set', 'global.image.registry=mirror.example.org/akko', '--set', 'global.image.pullSecrets={mirror-key}']
    const all = parse(await template(['-f', join(CHART, 'values-ha.yaml'), ...mirror]))
    const images = all.flatMap((m) => (m.kind === 'ImageCatalog' ? m.spec.images : []))
    expect(new Set(images.map((i: Manifest) => i.image))).toEqual(new Set([`mirror.example.org/akko/akko-postgres:${OWN_TAG}`]))
    const secrets = all.flatMap((m) => (m.kind === 'Cluster' ? [m.spec.imagePullSecrets] : []))
    expect(secrets).toEqual([[{ name: 'mirror-key' }], [{ name: 'mirror-key' }]])
    const installed = readFileSync(join(CHART, '../../docker/postgres/Dockerfile'), 'utf8').match(/\bpostgresql-(\d+)\b/g)
    expect(new Set(installed)).toEqual(new Set([`postgresql-${POSTGRES_MAJOR}`]))
  })

  it('waits for two standbys only where there are four instances', async () => {
    const number = async (n: number) =>
      parse(await template(['-f', join(CHART, 'values-ha.yaml'), '--set', `global.cnpg.instances=${n}`])).find((m) => m.kind === 'Cluster')
        ?.spec.postgresql.synchronous?.number
    expect([await number(1), await number(2), await number(3), await number(4)]).toEqual([undefined, 1, 1, 2])
  })
})

describe('what a profile asks for', () => {
  const cores = (text: string) => (text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text))
  const gibibytes = (text: string) => Number(text.slice(0, -2)) / (text.endsWith('Mi') ? 1024 : 1)
  /** Sums of the rendered main containers. */
  const rendered = async (args: readonly string[]) => {
    const objects = workloads(parse(await template(args))).filter((w) => /^(Deployment|StatefulSet|DaemonSet)$/.test(w.kind))
    const sum = (value: (w: (typeof objects)[number]) => number) =>
      objects.reduce((n, w) => n + value(w) * (w.object.spec.replicas ?? 1), 0)
    const main = (w: Manifest) => w.pod.spec.containers[0].resources
    return [
      objects.length,
      sum((w) => cores(main(w).requests.cpu)),
      sum((w) => cores(main(w).limits.cpu)),
      sum((w) => gibibytes(main(w).requests.memory)),
      sum((w) => gibibytes(main(w).limits.memory)),
    ]
  }

  it('is what the README says, and what is rendered', async () => {
    const rows = profileSums()
    const readme = readFileSync(join(CHART, '../../README.md'), 'utf8')
    expect(readme).toContain([PROFILE_COLUMNS, PROFILE_COLUMNS.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n'))
    const core = await rendered([])
    for (const [profile, ...figures] of rows) {
      const all = profile === 'core' ? core : await rendered(['--set', `tags.${profile?.split(',')[0]}=true`])
      const own = profile === 'core' ? core : all.map((n, i) => n - (core[i] as number))
      figures
        .slice(0, 5)
        .forEach(
          (text, i) =>
            void expect(own[i], `${profile}: ${PROFILE_COLUMNS[i + 1]}`).toBeCloseTo(Number.parseFloat(text), text.includes('GiB') ? 0 : 2),
        )
    }
  })
})

describe('reports', () => {
  const selector = async (args: readonly string[], server: string) =>
    parse(await template(args)).find((m) => m.kind === 'Service' && m.metadata.name === `${server}-read`)?.spec.selector
  const ha = (instances: number) => ['-f', join(CHART, 'values-ha.yaml'), '--set', `global.cnpg.instances=${instances}`]

  it.each(['akko-postgresql', 'akko-postgresql-data'])('read from %s-read in both shapes: a standby where there is one', async (server) => {
    expect(await selector([], server)).toMatchObject({ 'akko.io/component': server.replace('akko-', '') })
    expect(await selector(ha(3), server)).toEqual({ 'cnpg.io/cluster': server, 'cnpg.io/instanceRole': 'replica' })
    expect(await selector(ha(1), server)).toEqual({ 'cnpg.io/cluster': server, 'cnpg.io/instanceRole': 'primary' })
  })

  it('by no name that CloudNativePG keeps for itself: it refuses to work over a Service that is not its own', async () => {
    for (const args of [[], ha(3)]) {
      const names = parse(await template(args)).flatMap((m) => (m.kind === 'Service' ? [m.metadata.name] : []))
      expect(names.filter((n) => /^akko-postgresql(-data)?-(rw|ro|r|any)$/.test(n))).toEqual([])
    }
  })
})

describe('JupyterHub', () => {
  it('may start pods and claims of its own namespace, and never delete a claim', async () => {
    const all = parse(await template(['--set', 'tags.full=true']))
    const roles = all.filter((m) => m.kind === 'Role' && m.metadata.name === 'akko-jupyterhub')
    expect(roles.map((r) => r.rules)).toEqual([
      [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
        { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'create'] },
        { apiGroups: [''], resources: ['events'], verbs: ['get', 'list', 'watch'] },
      ],
    ])
    const policy = all.find((m) => m.kind === 'NetworkPolicy' && m.metadata.name === 'akko-jupyterhub')
    const outside = policy.spec.egress.filter((r: Manifest) => r.to.some((t: Manifest) => t.ipBlock?.cidr === '0.0.0.0/0'))
    expect(outside.flatMap((r: Manifest) => r.ports.map((p: Manifest) => p.port))).toEqual(expect.arrayContaining([443, 6443]))
  })
})

describe('a service that starts pods', () => {
  it('is bound by policies of admission, named after its namespace', async () => {
    const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']
    const policies = async (...args: string[]) =>
      parse(await template(['--set', 'tags.full=true', ...args])).flatMap((m) => (kinds.includes(m.kind) ? [m] : []))
    const all = await policies()
    expect(all.map((m) => `${m.kind} ${m.metadata.name}`).sort()).toEqual(
      kinds.flatMap((kind) => ['claims', 'pods'].map((what) => `${kind} akko-akko-notebook-${what}`)),
    )
    expect(all.flatMap((m) => m.spec.failurePolicy ?? [])).toEqual(['Fail', 'Fail'])
    expect(all.flatMap((m) => m.spec.validationActions ?? [])).toEqual(['Deny', 'Deny'])
    expect(await policies('--set', 'global.admissionPolicy.enabled=false')).toEqual([])
  })
})

describe('notebooks', () => {
  const rendered = async (...set: string[]) => parse(await template(['--set', 'tags.full=true', ...set.flatMap((pair) => ['--set', pair])]))
  const policyOf = (all: Manifest[], name: string) => all.find((m) => m.kind === 'NetworkPolicy' && m.metadata.name === name)?.spec
  const peers = (rules: Manifest[], side: 'from' | 'to') =>
    rules.flatMap((r) => r[side].flatMap((t: Manifest) => t.podSelector?.matchLabels['akko.io/component'] ?? []))

  it('are reached by the hub alone, and reach the hub, the catalogue, the storage and public hosts', async () => {
    const all = await rendered()
    const notebook = policyOf(all, 'akko-notebook')
    expect(notebook.podSelector.matchLabels).toEqual({ 'app.kubernetes.io/instance': 'akko', 'akko.io/component': 'notebook' })
    expect(peers(notebook.ingress, 'from')).toEqual(['lab'])
    expect(notebook.ingress[0].ports).toEqual([{ protocol: 'TCP', port: 8888 }])
    expect(peers(notebook.egress, 'to').sort()).toEqual(['catalog', 'lab', 'storage'])
    const controllers = notebook.egress.flatMap((r: Manifest) =>
      r.to.flatMap((t: Manifest) => t.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? []),
    )
    expect(controllers).toContain('traefik')
    for (const [name, side] of [
      ['akko-jupyterhub', 'ingress'],
      ['akko-jupyterhub', 'egress'],
      ['akko-polaris', 'ingress'],
      ['akko-storage', 'ingress'],
    ] as const)
      expect(peers(policyOf(all, name)[side], side === 'ingress' ? 'from' : 'to'), `${name} ${side}`).toContain('notebook')
    for (const name of ['akko-postgresql', 'akko-postgresql-data', 'akko-spark-connect', 'akko-mlflow'])
      expect(peers(policyOf(all, name).ingress, 'from'), name).not.toContain('notebook')
  })

  it('come from the registry that everything comes from, with its pull secrets and volumes', async () => {
    const all = await rendered(
      'global.image.registry=registry.example.org/akko',
      'global.image.pullSecrets={one,two}',
      'global.storageClass=fast',
      'akko-jupyterhub.pods.image.tag=2026.12',
      'akko-jupyterhub.pods.persistence.size=30Gi',
    )
    const hub = all.find((m) => m.kind === 'Deployment' && m.metadata.name === 'akko-jupyterhub')
    const env = Object.fromEntries(hub.spec.template.spec.containers[0].env.map((e: Manifest) => [e.name, e.value]))
    expect(env).toMatchObject({
      AKKO_RELEASE: 'akko',
      AKKO_NOTEBOOK_IMAGE: 'registry.example.org/akko/akko-notebook:2026.12',
      AKKO_NOTEBOOK_PULL_POLICY: 'IfNotPresent',
      AKKO_NOTEBOOK_REGISTRY_LOGINS: 'one,two',
      AKKO_NOTEBOOK_STORAGE: '30Gi',
      AKKO_NOTEBOOK_STORAGE_CLASS: 'fast',
    })
  })
})

describe('a wrong value', () => {
  it.each([
    [['--set', 'akko-trino.replcas=2'], 'replcas'],
    [['--set', 'akko-trinoo.enabled=true'], 'akko-trinoo'],
    [['--set', 'akko-trino.enabled=maybe'], '/akko-trino/enabled'],
    [['--set', 'global.domain=Not A Domain'], '/global/domain'],
    [['--set', 'global.tls.mode=none'], '/global/tls/mode'],
    [['--set', 'global.cnpg.instances=0'], '/global/cnpg/instances'],
    [['--set', 'tags.fulll=true'], 'fulll'],
    [['--set', 'akko-postgresql.persistence.size=many'], '/akko-postgresql/persistence/size'],
    [['--set', 'akko-init.polaris.enabled=1'], '/akko-init/polaris/enabled'],
    [['--set', 'global.cnpg.enabled=true'], 'global.cnpg.backup.endpoint'],
    [['--set', 'global.tls.mode=certManager'], 'global.tls.issuer.name'],
    [['--set', 'akko-trino.env.AKKO_S3_SECRET_KEY=x'], 'akko-trino.env.AKKO_S3_SECRET_KEY'],
  ])('%j is refused with %s in the message', async (args, key) => {
    expect(await refusal(args)).toContain(key)
  })

  it.each([
    [[], 'traefik.io/v1alpha1', 'global.ingress.className=traefik needs Traefik'],
    [['--set', 'global.gateway.enabled=true'], 'gateway.networking.k8s.io/v1', 'global.gateway.enabled needs the Gateway API'],
    [
      ['--set', 'global.tls.mode=certManager', '--set', 'global.tls.issuer.name=x'],
      'cert-manager.io/v1',
      'global.tls.mode=certManager needs cert-manager',
    ],
    [['-f', join(CHART, 'values-ha.yaml')], 'postgresql.cnpg.io/v1', 'global.cnpg.enabled needs the CloudNativePG operator'],
    [['-f', join(CHART, 'values-ha.yaml')], 'barmancloud.cnpg.io/v1', 'global.cnpg.backup.enabled needs the Barman Cloud plugin'],
  ])('%j on a cluster without %s is refused with the value that asks for it and the way out', async (args, api, words) => {
    const message = await refusal(args, { without: [api] })
    expect(message).toContain(words)
    expect(message).toMatch(new RegExp(`API ${api}.*: install it, or set `))
    await template([...args, '--set', 'global.checkPrerequisites=false'], { without: [api] })
  })

  it('nothing is asked for that is not switched on', async () => {
    const off = ['--set', 'global.ingress.className=nginx', '--set', 'global.cnpg.backup.enabled=false']
    expect(parse(await template(off, { without: APIS })).length).toBeGreaterThan(10)
    const withoutOthers = { without: APIS.filter((a) => !a.startsWith('postgresql.')) }
    const kinds = parse(await template([...off, '--set', 'global.cnpg.enabled=true'], withoutOthers)).map((m) => m.kind)
    expect(kinds).toContain('Cluster')
  })

  it('the profile whose services do not exist is refused, not empty', async () => {
    expect(await refusal(['--set', 'tags.aden-standalone=true'])).toContain('ADEN (questions to SQL) is not part of AKKO yet')
    expect(parse(await template(['--set', 'tags.aden-standalone=false'])).length).toBeGreaterThan(10)
  })
})
