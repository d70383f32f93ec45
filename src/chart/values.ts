// Values: what a sub-chart starts from, and the umbrella's own short file with the ones beside it.

import { stringify } from 'yaml'
import { toggleOf } from '#chart/init'
import { clusterServices, objectStore } from '#chart/model'
import { own } from '#kit/own'
import { INIT_IMAGE } from '#platform/images'
import { CLUSTER_DOMAIN, REGION } from '#platform/names'
import { jobs } from '#platform/registry'
import type { ClusterShape, Image, Job } from '#platform/service'

export const PROFILES = ['core', 'full', 'governance'] as const
/** A profile of the documents whose services do not exist yet: the chart refuses it by name. */
export const EMPTY_PROFILE = 'aden-standalone'

export function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 })
}

/** Defaults of one service's sub-chart. */
export function serviceValues(c: ClusterShape) {
  return {
    image: image(c.image),
    ...(c.workload === 'DaemonSet' ? {} : { replicas: c.replicas ?? 1 }),
    resources: {
      requests: { cpu: c.resources.cpu, memory: c.resources.memory, 'ephemeral-storage': '64Mi' },
      limits: { cpu: c.cpuLimit ?? cpuLimit(c.resources.cpu), memory: c.resources.memoryLimit, 'ephemeral-storage': '4Gi' },
    },
    ...(c.storage ? { persistence: { size: c.storage, storageClass: '' } } : {}),
    ...(c.pods ? { pods: { image: image(c.pods.image), persistence: { size: c.pods.storage, storageClass: '' } } } : {}),
    env: {},
    podAnnotations: {},
    nodeSelector: {},
    tolerations: [],
  }
}

function image({ repository, tag }: Image) {
  return { repository, tag }
}

function cpuLimit(request: string): string {
  const cores = request.endsWith('m') ? Number(request.slice(0, -1)) / 1000 : Number(request)
  return String(Math.max(1, Math.ceil(cores * 4)))
}

export const PROFILE_COLUMNS = [
  'Profile',
  'Services',
  'CPU requested',
  'CPU at most',
  'Memory requested',
  'Memory at most',
  'Volumes',
] as const

/** What each profile's services ask for and may take, as rows of a table. */
export function profileSums(): string[][] {
  return PROFILES.map(profileSum)
}

function profileSum(profile: (typeof PROFILES)[number]): string[] {
  const of = clusterServices()
    .filter((s) => s.cluster.profile === profile && !s.cluster.optIn)
    .map((s) => serviceValues(s.cluster))
  const sum = (value: (c: (typeof of)[number]) => number) => of.reduce((n, c) => n + value(c) * (c.replicas ?? 1), 0)
  const gibibytes = (text: string | undefined) => (text === undefined ? 0 : mebibytes(text) / 1024)
  return [
    profile === 'core' ? profile : `${profile}, on top of core`,
    String(of.length),
    sum((c) => cores(c.resources.requests.cpu)).toFixed(2),
    String(sum((c) => cores(c.resources.limits.cpu))),
    `${sum((c) => gibibytes(c.resources.requests.memory)).toFixed(1)} GiB`,
    `${sum((c) => gibibytes(c.resources.limits.memory)).toFixed(1)} GiB`,
    `${sum((c) => gibibytes(c.persistence?.size))} GiB`,
  ]
}

function cores(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
}

function mebibytes(text: string): number {
  return text.endsWith('Gi') ? Number(text.slice(0, -2)) * 1024 : Number(text.slice(0, -2))
}

/** Defaults of akko-init. */
export function initValues() {
  return {
    demo: false,
    rerun: '',
    secrets: { enabled: true },
    ...Object.fromEntries(
      jobs.map((j: Job) => {
        const values = Object.entries(j.values ?? {}).map(([key, value]) => [key, value.default])
        return [toggleOf(j), { enabled: !j.optIn, ...Object.fromEntries(values) }]
      }),
    ),
    backup: {
      postgres: { enabled: true, schedule: '0 2 * * *', retention: 7, persistence: { size: '20Gi', storageClass: '' } },
      minio: { enabled: true, schedule: '0 4 * * *', retention: 7, persistence: { size: '50Gi', storageClass: '' } },
    },
    resources: {
      requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
      limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '1Gi' },
    },
  }
}

/** Defaults of everything that all sub-charts share. */
export function globalValues() {
  const { cluster: storage } = objectStore()
  return {
    domain: CLUSTER_DOMAIN,
    image: { registry: '', pullPolicy: 'IfNotPresent', pullSecrets: [] as string[] },
    initImage: image(INIT_IMAGE),
    storageClass: '',
    tls: { mode: 'selfSigned', secretName: 'akko-tls', issuer: { name: '', kind: 'ClusterIssuer' } },
    ingress: {
      enabled: true,
      className: 'traefik',
      annotations: {},
      guardAnnotations: {},
      controllerNamespaces: ['traefik', 'kube-system', 'ingress-nginx'],
    },
    gateway: { enabled: false, name: 'akko', namespace: 'default' },
    networkPolicy: { enabled: true },
    admissionPolicy: { enabled: true },
    antiAffinity: true,
    ipFamilyPolicy: 'PreferDualStack',
    proxy: { http: '', https: '', exclude: [] as string[] },
    policy: { files: {}, configMap: '' },
    s3: { endpoint: '', internalEndpoint: `http://${storage.name}:${storage.ports.main}`, region: REGION, keys: 'auto', iamEndpoint: '' },
    cnpg: {
      enabled: false,
      instances: 3,
      operatorNamespace: 'cnpg-system',
      podAntiAffinityType: 'preferred',
      switchoverDelay: 20,
      failoverDelay: 0,
      stopDelay: 30,
      smartShutdownTimeout: 10,
      walSize: '10Gi',
      backup: {
        enabled: true,
        endpoint: '',
        destinationPath: 's3://akko-postgresql/',
        secretName: 'akko-cnpg-backup',
        schedule: '0 0 1 * * *',
        retention: '30d',
      },
    },
    checkPrerequisites: true,
  }
}

const COMMENTS: Readonly<Record<string, string>> = {
  domain: 'Every host is a name under it; the apex is the cockpit.',
  image: 'A registry in front of every image, and the pull secrets of every pod.',
  initImage: 'The image that waits, ensures and writes missing Secrets.',
  storageClass: "Of every volume; empty is the cluster's default.",
  tls: 'selfSigned (made once, kept), certManager (issuer) or secret (a kubernetes.io/tls Secret of yours). One certificate for all hosts.',
  ingress:
    'className traefik brings forward-auth; with another class guarded hosts stay closed until guardAnnotations say how they are guarded.',
  gateway: 'Gateway API instead of Ingress; guarded hosts stay closed.',
  networkPolicy: 'Only what the declarations need, DNS, and hosts from the controller.',
  admissionPolicy:
    'What a service that starts pods may start (JupyterHub), as an object of the whole cluster. Off: whoever installs may not make such objects; then let somebody make them who may.',
  antiAffinity: 'Replicas prefer different nodes.',
  ipFamilyPolicy: 'Of every Service.',
  proxy: 'For pods that must leave through one.',
  s3: 'endpoint: any S3 instead of akko-storage. keys: config (written into its identities), iam (made by its IAM API) or preset (yours, in akko-storage-root and akko-storage-key-*, first); auto is config, and preset with an endpoint. iamEndpoint: where the IAM API is, when not at the endpoint.',
  cnpg: 'Both PostgreSQL servers as CloudNativePG clusters: its operator, and the Barman Cloud plugin for backup, must be there.',
  checkPrerequisites: 'Refuse to render for a cluster that lacks an API that is switched on.',
}

/** The umbrella's values.yaml: profiles, what is off although its profile is on, and the shared settings. */
export function umbrellaValuesText(): string {
  const optIn = clusterServices().filter((s) => s.cluster.optIn)
  const governance = profileSum('governance')
  const head = [
    '# Values of AKKO. Generated by `npm run generate` from src/platform and src/chart; each key is in docs/reference/chart.md.',
    '',
    '# Profiles. A single sub-chart is switched by <its name>.enabled, which wins over its profile.',
    'tags:',
    '  core: true # both PostgreSQL servers, object storage, catalogue, SQL, single sign-on, policy, gateway, cockpit',
    '  full: false # notebooks, BI, pipelines, Spark, models, experiments, metrics, logs, traces, docs',
    `  governance: false # data catalogue and its search: ${governance[4]} of memory more, at most ${governance[5]}`,
    '',
    ...optIn.map((s) => `${s.cluster.name}: { enabled: false } # ${s.cluster.optIn}`),
    '',
    'global:',
  ]
  const body = Object.entries(globalValues()).flatMap(([key, value]) => [
    ...(own(COMMENTS, key) ? [`  # ${own(COMMENTS, key)}`] : []),
    ...yaml({ [key]: value })
      .trimEnd()
      .split('\n')
      .map((l) => `  ${l}`),
  ])
  return `${[...head, ...body].join('\n')}\n`
}

/** By layer, then by name. */
function replicas(count: number) {
  const layers = Map.groupBy(
    clusterServices().filter((s) => s.cluster.replicated),
    (s) => s.layer,
  )
  const ordered = [...layers.values()].flatMap((of) => of.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
  return Object.fromEntries(ordered.map((s) => [s.cluster.name, { replicas: count }]))
}

/** The files beside values.yaml, by name. */
export function valuesFiles(): Record<string, string> {
  const file = (head: string, value: unknown) => `# ${head}\n${yaml(value)}`
  return {
    'values.yaml': umbrellaValuesText(),
    'values-dev.yaml': file('One small node, the demo and its five people (known passwords: never on a shared network).', {
      global: { antiAffinity: false },
      'akko-init': {
        demo: true,
        backup: { postgres: { enabled: false }, minio: { enabled: false } },
      },
      ...Object.fromEntries(
        clusterServices().flatMap((s) =>
          s.cluster.storage && s.cluster.profile === 'core' ? [[s.cluster.name, { persistence: { size: '5Gi' } }]] : [],
        ),
      ),
    }),
    'values-production.yaml': file('A team in production: the full profile, certificates by cert-manager, a domain of your own.', {
      tags: { full: true },
      global: { domain: 'akko.example.org', tls: { mode: 'certManager', issuer: { name: 'letsencrypt', kind: 'ClusterIssuer' } } },
      ...replicas(2),
      ...Object.fromEntries(
        clusterServices().flatMap(({ cluster: c }) =>
          c.productionStorage ? [[c.name, { persistence: { size: c.productionStorage } }]] : [],
        ),
      ),
    }),
    'values-ha.yaml': file('On top of production: PostgreSQL survives a node, and so does every stateless service.', {
      global: {
        cnpg: { enabled: true, podAntiAffinityType: 'required', backup: { endpoint: 'https://s3.elsewhere.example.org' } },
      },
      ...replicas(3),
    }),
    'values-external-s3.yaml': file(
      'Any S3 instead of akko-storage; create the Secrets akko-storage-root and akko-storage-key-* (access-key, secret-key) first.',
      {
        global: { s3: { endpoint: 'https://s3.example.org', region: 'eu-west-1', keys: 'preset' } },
        [objectStore().cluster.name]: { enabled: false },
      },
    ),
  }
}
