// Rules for EVERY workload of every profile and values file, and its agreement with the declarations.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { callersOf, clusterServices, needsOf, probersOf, servicesBehind } from '#chart/model'
import { AUDIENCE } from '#platform/audiences'
import { jobs } from '#platform/registry'
import { type Manifest, parse, RENDERS, template, workloads } from '#test/chart/helm'

/** Component of a container that runs as root -> why; stale entries fail. */
const ROOT: Readonly<Record<string, string>> = Object.fromEntries(
  clusterServices().flatMap((s) => (s.cluster.rootBecause ? [[s.name, s.cluster.rootBecause]] : [])),
)

const SOURCES = resolve(import.meta.dirname, '../../src')

const byKind = (all: readonly Manifest[], kind: string): Manifest[] => all.filter((m) => m.kind === kind)
const component = (object: Manifest): string => object.metadata.labels['akko.io/component']

describe.each(RENDERS)('$name', ({ args }) => {
  let all: Manifest[] = []
  let pods: ReturnType<typeof workloads> = []
  const containers = () => pods.flatMap((w) => [...(w.pod.spec.initContainers ?? []), ...w.pod.spec.containers].map((c) => ({ w, c })))
  const wrong = (rule: (c: Manifest, w: (typeof pods)[number]) => boolean) =>
    containers()
      .filter(({ w, c }) => !rule(c, w))
      .map(({ w, c }) => `${w.kind} ${w.name}, container ${c.name}`)

  beforeAll(async () => {
    all = parse(await template(args))
    pods = workloads(all)
  })

  it('has workloads, each once', () => {
    expect(pods.length).toBeGreaterThan(10)
    const ids = all.map((m) => `${m.apiVersion} ${m.kind} ${m.metadata.name}`)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  it('asks every long-running container whether it started, is ready and is alive', () => {
    const long = pods.filter((w) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(w.kind))
    const bad = long.filter((w) => {
      const [c] = w.pod.spec.containers
      return !(c.startupProbe && c.readinessProbe && c.livenessProbe)
    })
    expect(bad.map((w) => w.name)).toEqual([])
  })

  it('limits every container', () => {
    const amounts = ['cpu', 'memory', 'ephemeral-storage']
    expect(wrong((c) => amounts.every((a) => c.resources?.requests?.[a] && c.resources?.limits?.[a]))).toEqual([])
  })

  it('gives no container rights that it does not need', () => {
    expect(
      wrong(
        ({ securityContext: s }) =>
          s?.readOnlyRootFilesystem && s.allowPrivilegeEscalation === false && s.capabilities.drop.includes('ALL'),
      ),
    ).toEqual([])
    expect(pods.filter((w) => w.pod.spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault').map((w) => w.name)).toEqual([])
    const root = pods.filter((w) => !w.pod.spec.securityContext.runAsNonRoot || w.pod.spec.securityContext.runAsUser === 0)
    expect(root.map((w) => component(w.object)).filter((c) => !ROOT[c])).toEqual([])
    expect(pods.filter((w) => w.pod.spec.hostNetwork || w.pod.spec.hostPID || w.pod.spec.hostIPC).map((w) => w.name)).toEqual([])
  })

  it('lets no token of the realm in where its audience is not asked for: Polaris and LiteLLM take their own keys, and would ask', () => {
    const settings = (part: string): Record<string, string> => {
      const [container] = pods.find((w) => component(w.object) === part)?.pod.spec.containers ?? []
      return Object.fromEntries((container?.env ?? []).map((e: Manifest) => [e.name, e.value]))
    }
    expect(settings('catalog')).toMatchObject({
      POLARIS_AUTHENTICATION_TYPE: 'internal',
      QUARKUS_OIDC_TENANT_ENABLED: 'false',
      QUARKUS_OIDC_TOKEN_AUDIENCE: AUDIENCE.catalog,
    })
    const llm = settings('llm')
    if (Object.keys(llm).length === 0) return // not in this profile
    expect(llm.JWT_AUDIENCE).toBe(AUDIENCE.llm)
    const files = byKind(all, 'ConfigMap').flatMap((m) => Object.values<string>(m.data ?? {}))
    expect(files.filter((text) => text.includes('model_list:')).map((text) => text.split('\n')[0])).toEqual([
      'general_settings: { enable_jwt_auth: false }',
    ])
  })

  it('gives every container a folder to write', () => {
    expect(wrong((c) => c.name.startsWith('copy-') || c.volumeMounts?.some((m: Manifest) => m.mountPath === '/tmp'))).toEqual([])
  })

  it('mounts only volumes that exist, and uses all', () => {
    const bad = pods.filter((w) => {
      const has = [
        ...(w.pod.spec.volumes ?? []).map((v: Manifest) => v.name),
        ...(w.object.spec.volumeClaimTemplates ?? []).map((v: Manifest) => v.metadata.name),
      ]
      const used = [...(w.pod.spec.initContainers ?? []), ...w.pod.spec.containers].flatMap((c: Manifest) =>
        (c.volumeMounts ?? []).map((m: Manifest) => m.name),
      )
      return used.some((u) => !has.includes(u)) || has.some((h) => !used.includes(h))
    })
    expect(bad.map((w) => w.name)).toEqual([])
  })

  it('pins every image', () => {
    expect(wrong((c) => /:[^/:]*\d[^/:]*$/.test(c.image) && !/:(latest|main|edge|nightly)$/.test(c.image))).toEqual([])
  })

  it('puts no secret into a literal', () => {
    const secretish = /PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL|MASTER_KEY|FERNET|CRYPT|ACCESS_KEY/
    /** Whom a token must be meant for is no token. */
    const open = /_AUDIENCE$/
    const bad = containers().flatMap(({ w, c }) =>
      (c.env ?? [])
        .filter(
          (e: Manifest) =>
            secretish.test(e.name) && !open.test(e.name) && e.value !== undefined && !/\$\([A-Z0-9_]+\)|^(true|false)$/.test(e.value),
        )
        .map((e: Manifest) => `${w.name}: ${e.name}`),
    )
    expect(bad).toEqual([])
    expect(byKind(all, 'Secret').map((s) => s.metadata.name)).toEqual([])
  })

  it('expands in an environment only what was given before', () => {
    const bad = containers().flatMap(({ w, c }) =>
      (c.env ?? []).flatMap((e: Manifest, i: number) =>
        [...String(e.value ?? '').matchAll(/\$\(([A-Z0-9_]+)\)/g)]
          .filter(([, name]) => !c.env.slice(0, i).some((b: Manifest) => b.name === name))
          .map(([text]) => `${w.name}: ${e.name} uses ${text}`),
      ),
    )
    expect(bad).toEqual([])
    expect(
      containers()
        .filter(({ c }) => new Set(c.env?.map((e: Manifest) => e.name)).size !== (c.env?.length ?? 0))
        .map(({ w }) => w.name),
    ).toEqual([])
  })

  it('expands no secret into a URL, where it would have to be encoded', () => {
    const bad = containers().flatMap(({ w, c }) =>
      (c.env ?? []).filter((e: Manifest) => /:\/\/[^\s]*\$\(/.test(e.value ?? '')).map((e: Manifest) => `${w.name}: ${e.name}`),
    )
    expect(bad).toEqual([])
  })

  it('mounts no token by itself, and projects one of ten minutes into the main container of those that may ask Kubernetes', () => {
    expect(pods.filter((w) => w.pod.spec.automountServiceAccountToken !== false).map((w) => w.name)).toEqual([])
    const sources = (w: (typeof pods)[number]): Manifest[] =>
      (w.pod.spec.volumes ?? []).flatMap((v: Manifest) =>
        (v.projected?.sources ?? []).flatMap((s: Manifest) => s.serviceAccountToken ?? []),
      )
    const projected = pods.filter((w) => sources(w).length > 0)
    const declared = clusterServices().flatMap((s) => (s.cluster.kubernetesRights ? [s.name] : []))
    const allowed = ['secrets', ...jobs.map((j) => j.name), ...declared]
    expect(projected.map((w) => component(w.object))).toContain('secrets')
    expect(projected.map((w) => component(w.object)).filter((c) => !allowed.includes(c))).toEqual([])
    expect(projected.flatMap(sources).filter((t) => t.expirationSeconds !== 600)).toEqual([])
    expect(
      projected.flatMap((w) =>
        (w.pod.spec.initContainers ?? []).filter((c: Manifest) => c.volumeMounts.some((m: Manifest) => m.name === 'kubernetes')),
      ),
    ).toEqual([])
    const accounts = byKind(all, 'ServiceAccount').map((s) => s.metadata.name)
    expect(pods.filter((w) => !accounts.includes(w.pod.spec.serviceAccountName)).map((w) => w.name)).toEqual([])
    expect(all.filter((m) => /^Cluster(Role|RoleBinding)$/.test(m.kind)).map((m) => m.metadata.name)).toEqual([])
  })

  it('names in every Role the Secrets that may be read, and lets nobody list them', () => {
    const rules = byKind(all, 'Role').flatMap((r) =>
      r.rules.flatMap((rule: Manifest) =>
        rule.resources.some((x: string) => /secrets|\*/.test(x)) ? [{ role: r.metadata.name, ...rule }] : [],
      ),
    )
    const reading = rules.filter((r) => r.verbs.some((verb: string) => verb !== 'create'))
    expect(reading.map((r) => r.role)).toContain('akko-secrets')
    expect(reading.filter((r) => !r.resourceNames?.length).map((r) => r.role)).toEqual([])
    expect(rules.flatMap((r) => r.verbs).filter((verb) => !['get', 'update', 'create'].includes(verb))).toEqual([])
    // `create` cannot be limited by name; the step that writes missing Secrets reads those of its list, and changes none.
    const hook = rules.filter((r) => r.role === 'akko-secrets')
    const list = JSON.parse(byKind(all, 'ConfigMap').find((c) => c.metadata.name === 'akko-secrets')?.data['secrets.json'])
    expect(hook.map((r) => [r.verbs, r.resourceNames?.toSorted()])).toEqual([
      [['get'], list.map((s: Manifest) => s.name).sort()],
      [['create'], undefined],
    ])
    // Of an init job: what its own resources name.
    const job = rules.find((r) => r.role === 'akko-keycloak-clients' && r.resourceNames)
    expect(job.resourceNames).toContain('akko-identity-client-trino')
    expect(job.resourceNames.filter((n: string) => !n.startsWith('akko-identity-client-'))).toEqual([])
  })

  it("deletes the hook's account, rights and token with it, as soon as the hook is done", () => {
    const hooks = all.filter((m) => m.metadata.annotations?.['helm.sh/hook'])
    const brief = hooks.filter((m) => m.metadata.annotations['helm.sh/hook-delete-policy'] === 'before-hook-creation,hook-succeeded')
    expect(brief.map((m) => `${m.kind} ${m.metadata.name}`)).toEqual([
      'ServiceAccount akko-secrets',
      'Role akko-secrets',
      'RoleBinding akko-secrets',
    ])
  })

  it('has a policy for every pod that says exactly who may come and where it may go', () => {
    const policies = byKind(all, 'NetworkPolicy')
    for (const w of pods) {
      const mine = policies.filter((p) => component(p) === component(w.object))
      expect(mine.length, w.name).toBe(1)
      const { spec } = mine[0]
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress'])
      expect(spec.podSelector.matchLabels['akko.io/component']).toBe(w.pod.metadata.labels['akko.io/component'])
      for (const rule of spec.ingress ?? []) expect(rule.from?.length, `${w.name} ingress`).toBeGreaterThan(0)
      for (const rule of spec.egress) expect(rule.to?.length, `${w.name} egress`).toBeGreaterThan(0)
    }
  })

  const policyOf = (name: string) => byKind(all, 'NetworkPolicy').find((p) => component(p) === name)
  /** The services that this rendering has, each with its policy. */
  const guarded = () => {
    const rendered = [...pods.map((w) => component(w.object)), ...byKind(all, 'Cluster').map(component)]
    const found = clusterServices().flatMap((service) =>
      rendered.includes(service.name) ? [{ service, policy: policyOf(service.name) }] : [],
    )
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ policy }) => !policy).map(({ service }) => service.name)).toEqual([])
    return found as { service: (typeof found)[number]['service']; policy: Manifest }[]
  }

  it('lets in by policy whom the declarations name, and nobody else', () => {
    for (const { service: s, policy } of guarded()) {
      const from = (policy.spec.ingress ?? []).flatMap((r: Manifest) =>
        r.from.flatMap((f: Manifest) => (f.podSelector ? [f.podSelector.matchLabels['akko.io/component']] : [])),
      )
      const scraper = s.cluster.scrape ? ['prometheus'] : []
      const allowed = [...callersOf(s.name), ...probersOf(s.name), ...scraper, ...(s.cluster.cnpg ? [s.name] : [])]
      expect(from.filter((f: string) => !allowed.includes(f))).toEqual([])
      expect(callersOf(s.name).filter((c) => !from.includes(c))).toEqual([])
    }
  })

  it('lets who asks for its health come to its readiness port and to no other, and lets it go there', () => {
    const portsOf = (rules: Manifest[], side: 'from' | 'to', name: string) =>
      rules
        .filter((r) => r[side].some((t: Manifest) => t.podSelector?.matchLabels['akko.io/component'] === name))
        .flatMap((r) => r.ports.map((p: Manifest) => p.port))
    const probed = clusterServices().flatMap((s) =>
      probersOf(s.name).map((prober) => ({
        ...{ name: s.name, prober, port: s.cluster.ports[s.cluster.readiness.port] },
        ...{ theirs: policyOf(s.name), mine: policyOf(prober) },
      })),
    )
    for (const side of ['theirs', 'mine'] as const) expect(probed.filter((one) => one[side]).length, side).toBeGreaterThan(0)
    for (const { name, prober, port, theirs, mine } of probed) {
      if (theirs) expect(portsOf(theirs.spec.ingress, 'from', prober), name).toEqual([port])
      if (mine) expect(portsOf(mine.spec.egress, 'to', name), name).toEqual([port])
    }
  })

  it('lets Prometheus alone come to what our own servers count, on a port that no host leads to', () => {
    const ours = clusterServices().filter(({ name }) => name !== 'init' && existsSync(resolve(SOURCES, 'cluster', name, 'main.ts')))
    const ports = ours.map(({ name, cluster: c }) => [name, c.ports[c.scrape?.port ?? ''], c.scrape?.path])
    expect(ports).toEqual([
      ['cockpit', 9091, '/metrics'],
      ['docs', 9091, '/metrics'],
    ])
    const rulesOf = (name: string) =>
      byKind(all, 'NetworkPolicy').find((p) => component(p) === name)?.spec.ingress as Manifest[] | undefined
    const there = ports.flatMap(([name, port]) =>
      (rulesOf(name as string) ?? []).filter((r) => r.ports.some((p: Manifest) => p.port === port)),
    )
    const policies = ports.filter(([name]) => rulesOf(name as string) !== undefined)
    expect(there.map((r) => [r.ports.length, r.from.map((f: Manifest) => f.podSelector?.matchLabels['akko.io/component'])])).toEqual(
      policies.map(() => [1, ['prometheus']]),
    )
    const led = byKind(all, 'Ingress').flatMap((i) =>
      i.spec.rules.flatMap((r: Manifest) => r.http.paths.map((p: Manifest) => p.backend.service.port)),
    )
    expect(led.filter((port: Manifest) => port.name === 'metrics' || port.number === 9091)).toEqual([])
  })

  it('writes no empty list that the server drops, so that an upgrade without change writes nothing', () => {
    expect(
      byKind(all, 'NetworkPolicy')
        .filter((p) => p.spec.ingress?.length === 0 || p.spec.egress?.length === 0)
        .map((p) => p.metadata.name),
    ).toEqual([])
  })

  it('lets both ends of every need talk', () => {
    for (const { service: s, policy: mine } of guarded()) {
      const to = mine.spec.egress.flatMap((r: Manifest) =>
        r.to.flatMap((t: Manifest) => (t.podSelector ? [t.podSelector.matchLabels['akko.io/component']] : [])),
      )
      for (const target of needsOf(s).flatMap(servicesBehind)) expect(to, `${s.name} to ${target}`).toContain(target)
    }
  })

  it('has a Service with the declared name and ports for every workload', () => {
    const rendered = [...pods.map((w) => component(w.object)), ...byKind(all, 'Cluster').map(component)]
    const services = clusterServices().filter((s) => rendered.includes(s.name))
    const lasting = pods.filter((w) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(w.kind))
    expect(services.map((s) => s.name)).toEqual(expect.arrayContaining(lasting.map((w) => component(w.object))))
    for (const { name, cluster: c } of services) {
      const service = byKind(all, 'Service').find((s) => s.metadata.name === c.name)
      expect(service, c.name).toBeDefined()
      expect(Object.fromEntries(service.spec.ports.map((p: Manifest) => [p.name, p.port]))).toEqual(c.ports)
      const pod = pods.find((w) => component(w.object) === name)
      if (!pod) {
        expect(byKind(all, 'Cluster').map(component)).toContain(name)
        continue
      }
      for (const [key, value] of Object.entries(service.spec.selector)) expect(pod.pod.metadata.labels[key]).toBe(value)
      expect(pod.pod.spec.containers[0].ports.map((p: Manifest) => p.containerPort)).toEqual(Object.values(c.ports))
      expect(pod.name).toBe(c.name)
      expect(pod.kind).toBe(c.workload)
    }
  })

  it('disturbs one pod at a time, spreads them, and tells Prometheus where to ask', () => {
    for (const w of pods.filter((p) => p.kind === 'Deployment' || p.kind === 'StatefulSet')) {
      expect(byKind(all, 'PodDisruptionBudget').map((p) => p.metadata.name)).toContain(w.name)
      expect(w.pod.spec.topologySpreadConstraints.length).toBeGreaterThan(0)
    }
    const scraped = clusterServices().flatMap((s) => {
      const pod = s.cluster.scrape && pods.find((w) => component(w.object) === s.name)
      return pod ? [{ s, pod }] : []
    })
    expect(scraped.length).toBeGreaterThan(0)
    for (const { s, pod } of scraped)
      expect(pod.pod.metadata.annotations['prometheus.io/port']).toBe(String(s.cluster.ports[s.cluster.scrape?.port as string]))
  })

  it('reads only Secrets that the pre-install step writes, or the catalogue gives out', () => {
    const text = byKind(all, 'ConfigMap').find((c) => c.metadata.name === 'akko-secrets')?.data['secrets.json']
    const specs = JSON.parse(text) as {
      name: string
      literals?: object
      generate?: object
      require?: string[]
      identities?: object
    }[]
    const made = new Map(
      specs.map((s) => [
        s.name,
        [
          ...Object.keys(s.literals ?? {}),
          ...Object.keys(s.generate ?? {}),
          ...(s.require ?? []),
          ...(s.identities ? ['identities.json'] : []),
        ],
      ]),
    )
    const refs = containers().flatMap(({ c }) =>
      (c.env ?? []).flatMap((e: Manifest) => (e.valueFrom?.secretKeyRef ? [e.valueFrom.secretKeyRef] : [])),
    )
    expect(refs.length).toBeGreaterThan(10)
    const unknown = refs.filter((r: Manifest) => !r.name.startsWith('akko-catalog-principal-') && !made.get(r.name)?.includes(r.key))
    expect(unknown).toEqual([])
  })
})

describe('the declarations', () => {
  it('name the Services that the documents name', () => {
    const names = clusterServices().map((s) => s.cluster.name)
    expect(names).toEqual(expect.arrayContaining(['akko-postgresql', 'akko-postgresql-data', 'akko-trino', 'akko-storage', 'akko-polaris']))
  })
})
