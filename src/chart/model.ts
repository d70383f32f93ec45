// What follows from the declarations for a cluster: who needs whom, who may talk to whom, and each service's data for the library chart.

import { fill } from '#chart/fill'
import { DEMO } from '#platform/demo'
import { secretName } from '#platform/names'
import { jobs, resourcesOf, services, theOne } from '#platform/registry'
import type { ResourceOf } from '#platform/resources'
import { type SecretRef, s3KeyRefs, secretRef } from '#platform/secret-objects'
import type { ClusterShape, Job, OwnPods, Service, Site } from '#platform/service'

type Key = ResourceOf<'key'>

export type ClusterService = Service & { readonly cluster: ClusterShape }

export const DOMAIN = '{{ .Values.global.domain }}'
export const SITE: Site = { shape: 'cluster', domain: DOMAIN, publicPort: 443, demo: false }
const OWN_USER = 10001

export function clusterServices(): ClusterService[] {
  return services.filter((s): s is ClusterService => s.cluster !== undefined)
}

export const BACKUPS = ['backup-postgres', 'backup-storage'] as const

/** Who asks every declared metrics door. */
export function scraper(): ClusterService {
  return theOne(clusterServices(), ({ cluster }) => cluster.scrapes, 'scrapes')
}

/** The S3 that others may stand in for. */
export function objectStore(): ClusterService & { readonly cluster: { readonly objectStore: { readonly rootKey: string } } } {
  return theOne(clusterServices(), ({ cluster }) => cluster.objectStore, 'is the object store') as ReturnType<typeof objectStore>
}

/** Something that runs and talks: a service, an init job or a backup. */
interface Node {
  readonly name: string
  readonly targets: readonly string[]
}

/** Service or job names that it waits for, on a cluster. */
export function needsOf(service: ClusterService): string[] {
  const known = new Set([...clusterServices().map((s) => s.name), ...jobs.map((j) => j.name)])
  return [...new Set([...service.needs, ...(service.cluster.needs ?? [])])].filter((n) => known.has(n))
}

/** The services behind a need: itself, or those that a job works on. */
export function servicesBehind(need: string): string[] {
  const job = jobs.find((j) => j.name === need)
  return job ? job.needs.flatMap(servicesBehind) : [need]
}

function nodes(): Node[] {
  const unique = (names: readonly string[]) => [...new Set(names)].sort()
  return [
    ...clusterServices().map((s) => ({ name: s.name, targets: unique(needsOf(s).flatMap(servicesBehind)) })),
    ...clusterServices().flatMap(({ name, cluster: { pods } }) =>
      pods ? [{ name: pods.component, targets: unique([name, ...pods.needs]) }] : [],
    ),
    ...jobs.map((j: Job) => ({ name: j.name, targets: unique(j.needs.flatMap(servicesBehind)) })),
    { name: DEMO.name, targets: DEMO.needs.flatMap(servicesBehind) },
    { name: BACKUPS[0], targets: clusterServices().flatMap((s) => (s.cluster.cnpg ? [s.name] : [])) },
    { name: BACKUPS[1], targets: [objectStore().name] },
  ]
}

/** Who may call a service. */
export function callersOf(name: string): string[] {
  return nodes()
    .filter((n) => n.targets.includes(name))
    .map((n) => n.name)
}

/** Whom it may call, with their ports. */
export function connectionsOf(name: string): { component: string; ports: number[] }[] {
  const targets = nodes().find((n) => n.name === name)?.targets ?? []
  const called = targets.map((t) => ({ component: t, ports: Object.values(cluster(t).ports) }))
  const self = clusterServices().find((s) => s.name === name)
  const scraped = clusterServices().flatMap((s) =>
    self?.cluster.scrapes && s.cluster.scrape ? [{ component: s.name, ports: [s.cluster.ports[s.cluster.scrape.port] as number] }] : [],
  )
  const probed = self?.cluster.probes
    ? clusterServices().flatMap((s) =>
        s === self || targets.includes(s.name) ? [] : [{ component: s.name, ports: [probedPort(s.cluster)] }],
      )
    : []
  const pods = self?.cluster.pods
  const started = pods ? [{ component: pods.component, ports: [pods.port] }] : []
  return [...called, ...scraped, ...probed, ...started]
}

function probedPort({ readiness, ports }: ClusterShape): number {
  return ports[readiness.port] as number
}

/** Who asks a service whether it is well, beyond those who may call it anyway. */
export function probersOf(name: string): string[] {
  const callers = callersOf(name)
  return clusterServices().flatMap((s) => (s.cluster.probes && s.name !== name && !callers.includes(s.name) ? [s.name] : []))
}

function cluster(name: string): ClusterShape {
  const found = clusterServices().find((s) => s.name === name)
  if (!found) throw new Error(`no service is declared for the cluster under the name ${name}`)
  return found.cluster
}

/** What the library chart renders one service from; texts are Helm templates. */
export function declarationOf(service: ClusterService) {
  const c = service.cluster
  const text = (t: string) => fill(t)
  const database = c.database && secretName.role(c.database.server, c.database.name)
  const s3 = c.s3 === undefined ? undefined : s3KeyRefs(secretName.key(c.s3))
  const secretEnv: Record<string, SecretRef> = {
    ...Object.fromEntries(Object.entries(c.secretEnv ?? {}).map(([k, name]) => [k, secretRef(name)])),
    ...(c.database && database ? { [c.database.passwordEnv]: secretRef(database) } : {}),
    ...(s3 ? { AKKO_S3_ACCESS_KEY: s3.id, AKKO_S3_SECRET_KEY: s3.secret } : {}),
  }
  return {
    name: c.name,
    component: service.name,
    kind: c.workload,
    version: c.image.tag,
    user: c.rootBecause ? 0 : (c.user ?? OWN_USER),
    ...(c.rootBecause ? { rootBecause: c.rootBecause } : {}),
    ports: c.ports,
    readiness: c.readiness,
    // Whether it is alive is a smaller question than whether it is ready: by default only that the port opens.
    liveness: c.liveness ?? { port: c.readiness.port },
    ...(c.command ? { command: c.command.map(text) } : {}),
    ...(c.args ? { args: c.args.map(text) } : {}),
    secretEnv,
    env: Object.fromEntries(Object.entries(c.env ?? {}).map(([k, v]) => [k, text(v)])),
    s3: c.s3 !== undefined,
    config: Object.fromEntries(
      Object.entries(c.config ?? {}).map(([path, body]) => [path, { key: path.slice(1).replaceAll('/', '_'), text: text(body) }]),
    ),
    secretFiles: Object.entries(c.secretFiles ?? {}).map(([path, name]) => ({ path, ...secretRef(name) })),
    scratch: c.scratch ?? [],
    scratchSize: '2Gi',
    scratchFromImage: c.scratchFromImage ?? [],
    nodePaths: c.nodePaths ?? [],
    ...(c.policy ? { policy: true } : {}),
    ...(c.sidecar ? { sidecar: c.sidecar } : {}),
    ...(c.kubernetesRights ? { kubernetesRights: c.kubernetesRights } : {}),
    ...(c.storage ? { dataPath: c.dataPath ?? '/data' } : {}),
    ...(c.scrape ? { scrape: c.scrape, scrapedBy: scraper().name } : {}),
    ...(c.cnpg ? { cnpg: c.cnpg, superuserSecret: secretRef(secretName.superuser(service.name)).secret } : {}),
    waits: waitsOf(service),
    neighbours: connectionsOf(service.name).flatMap((t) => (t.component === c.pods?.component ? [] : [cluster(t.component).name])),
    allowFrom: callersOf(service.name),
    probedBy: probersOf(service.name),
    connectTo: connectionsOf(service.name),
    egress: c.egress ?? [],
    ...(c.pods ? { pods: podsOf(service.name, c.pods) } : {}),
    hostPort: c.hostPort ?? 'main',
    hosts: hostsOf(service),
  }
}

/** Policy of the pods that a service starts. */
function podsOf(starter: string, { component, port }: OwnPods) {
  return {
    name: `akko-${component}`,
    component,
    ports: { main: port },
    allowFrom: [starter],
    connectTo: connectionsOf(component),
    // People fetch packages, and reach the platform's hosts as a browser does.
    egress: [{ port: 443, why: 'public hosts and packages' }],
    throughIngress: true,
    // No pod of it is in the chart, so that a linter of charts finds none.
    policyAnnotations: { 'kube-score/ignore': 'networkpolicy-targets-pod' },
  }
}

function hostsOf({ hosts, guarded, cluster: c }: ClusterService) {
  return [
    ...(c.hostsElsewhere ? [] : (hosts ?? [])).map((host) => ({ name: c.name, host, path: '/', guarded: guarded ?? false })),
    ...(c.routes ?? []).map((r) => ({ name: `${c.name}-${r.path.replace(/\W+/g, '')}`, host: r.host, path: r.path, guarded: false })),
  ]
}

/** What its init container waits for: URLs that must answer. */
function waitsOf(service: ClusterService): string[] {
  return [...new Set(needsOf(service).map((need) => waitFor(need, service.cluster)))]
}

export function waitFor(need: string, consumer?: ClusterShape): string {
  const job = jobs.find((j) => j.name === need)
  if (!job) return fill(readyUrl(need))
  const first = job.needs[0] as string
  const database = consumer?.database
  if (database && database.server === first)
    return fill(`postgresql://${database.name}@%{address ${first}}/${database.name}?password-env=${database.passwordEnv}`)
  const role = rolesOf(consumer, first)[0]
  if (role) return fill(`postgresql://${role.name}@%{address ${first}}/${role.database}?password-env=${role.env}`)
  if (first === objectStore().name && consumer?.s3) return fill(`s3://${bucketOf(consumer.s3)}?endpoint=%{s3.endpoint}`)
  if (jobs.some((j) => j.name === first)) return waitFor(first)
  return fill(job.doneUrl ?? readyUrl(first))
}

/** Roles of a server whose passwords a service is given, with the database that each may connect to. */
function rolesOf(consumer: ClusterShape | undefined, server: string): { name: string; database: string; env: string }[] {
  const resources = resourcesOf(SITE)
  return Object.entries(consumer?.secretEnv ?? {}).flatMap(([env, secret]) =>
    resources.flatMap((r) => {
      if (r.kind !== 'role' || r.server !== server || r.secret !== secret) return []
      const found = resources.find(
        (d) => d.kind === 'database' && d.server === server && (d.owner === r.name || d.connect?.includes(r.name)),
      )
      return found?.kind === 'database' ? [{ name: r.name, database: found.name, env }] : []
    }),
  )
}

function readyUrl(name: string): string {
  const { readiness, ports, name: host, objectStore } = cluster(name)
  if (objectStore) return 's3:///?endpoint=%{s3.endpoint}'
  return readiness.path ? `http://${host}:${ports[readiness.port]}${readiness.path}` : `tcp://%{address ${name}}`
}

function bucketOf(key: string): string {
  const found = resourcesOf(SITE).find((r): r is Key => r.kind === 'key' && r.name === key)
  const bucket = found?.buckets[0]?.name
  if (!bucket) throw new Error(`no S3 key is declared under the name ${key}`)
  return bucket
}
