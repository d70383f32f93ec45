// AKKO on the test cluster: its images, the S3 outside the release, the release itself, and what is true of it.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { shippedText } from '#platform/access'
import type { Server } from '#platform/resources'
import type { TestCluster } from '#test/cluster/cluster'
import { builtImages } from '#test/cluster/images'
import type { Say } from '#test/cluster/kubernetes'

export const NAMESPACE = 'akko'
export const RELEASE = 'akko'
const HERE = import.meta.dirname
export const CHART = resolve(HERE, '../../helm/akko')
/** The demo, and the settings of this cluster. */
export const VALUES = [join(CHART, 'values-dev.yaml'), join(HERE, 'values.yaml')]

const IMAGES = [
  'akko-postgres',
  'akko-init',
  'akko-cockpit',
  'akko-docs',
  'akko-trino',
  'akko-test/keycloak',
  'akko-test/opa',
  'akko-test/oauth2-proxy',
  'akko-test/catalog',
  'akko-test/versitygw',
  'akko-test/debian-12',
]

export async function importPlatformImages(cluster: TestCluster, say: Say): Promise<void> {
  const began = Date.now()
  await cluster.importImages(await builtImages(IMAGES, say))
  say(`images on the node after ${seconds(began)}`)
}

/** The S3 that the release is told about, and its administrator's key in both namespaces. */
export async function startS3(cluster: TestCluster): Promise<void> {
  const key = { 'access-key': randomBytes(10).toString('hex'), 'secret-key': randomBytes(24).toString('base64url') }
  for (const [namespace, name] of [
    ['s3', 'versitygw-root'],
    [NAMESPACE, 'akko-storage-root'],
  ] as const) {
    await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const there = await cluster.run('kubectl', ['get', 'secret', name, '--namespace', namespace])
    if (there.code !== 0) await apply(cluster, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: key })
  }
  await cluster.kubectl(['apply', '--filename=-'], readFileSync(join(HERE, 'manifests/versitygw.yaml'), 'utf8'))
  await cluster.kubectl(['rollout', 'status', 'deployment/versitygw', '--namespace=s3', '--timeout=180s'])
}

/** A role that only the owner's policy knows. */
export const OWN_ROLE = 'branch-clerk'

/** What the owner of the platform keeps elsewhere: the shipped policy and a role of his own. */
export const OWN_POLICY = shippedText.text.replace('roles:\n', `roles:\n  ${OWN_ROLE}: { read: [iceberg.banking] }\n`)

/** As a tool that follows a folder in Git writes it. */
export async function givePolicy(cluster: TestCluster, text = OWN_POLICY): Promise<void> {
  const metadata = { name: 'policy-of-its-owner', namespace: NAMESPACE }
  await apply(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ours.yaml': text } })
}

/** `helm upgrade --install` in one phase; returns when helm does, which is before the pods are ready. */
export async function deploy(cluster: TestCluster, ...set: readonly string[]): Promise<void> {
  await givePolicy(cluster)
  await cluster.helm([
    ...['upgrade', '--install', RELEASE, CHART, '--namespace', NAMESPACE, '--timeout=10m'],
    ...VALUES.flatMap((file) => ['--values', file]),
    ...set.flatMap((pair) => ['--set', pair]),
  ])
}

const COMPONENT = 'akko.io/component'

interface Workload {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly generation: number
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly replicas?: number; readonly completions?: number }
  readonly status: {
    readonly observedGeneration?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly succeeded?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** What is not yet ready or complete, in words. */
export async function waitingFor(cluster: TestCluster, namespace = NAMESPACE): Promise<string[]> {
  const { items } = JSON.parse(
    await cluster.kubectl(['get', 'deployments,statefulsets,jobs,pods', '--namespace', namespace, '--output=json']),
  ) as { items: Workload[] }
  // A workload's own status is behind for a moment when its pods were killed.
  const ready = items.flatMap(({ kind, metadata, status }) => {
    const good = kind === 'Pod' && !metadata.deletionTimestamp && status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
    return good ? [metadata.labels?.[COMPONENT]] : []
  })
  return items.flatMap(({ kind, metadata, spec, status }) => {
    if (kind === 'Pod') return []
    const wanted = spec.replicas ?? 1
    const good =
      kind === 'Job'
        ? (status.succeeded ?? 0) >= (spec.completions ?? 1)
        : status.observedGeneration === metadata.generation &&
          (status.readyReplicas ?? 0) >= wanted &&
          (status.updatedReplicas ?? 0) >= wanted &&
          ready.filter((component) => component === metadata.labels?.[COMPONENT]).length >= wanted
    return good ? [] : [`${kind} ${metadata.name}`]
  })
}

/** Resolves with the seconds until every workload is ready and every job complete. */
export async function allReady(cluster: TestCluster, say: Say, limitSeconds = 1200): Promise<number> {
  const began = Date.now()
  let before = ''
  for (;;) {
    const waiting = await waitingFor(cluster)
    if (waiting.length === 0) return (Date.now() - began) / 1000
    if (waiting.join() !== before) say(`${seconds(began)}: waiting for ${waiting.join(', ')}`)
    before = waiting.join()
    if (Date.now() - began > limitSeconds * 1000) throw new Error(`after ${limitSeconds} s not ready: ${before}\n${await pods(cluster)}`)
    await sleep(1000)
  }
}

/** Pods with their state, for the message of a failure. */
export async function pods(cluster: TestCluster): Promise<string> {
  return cluster.kubectl(['get', 'pods', '--namespace', NAMESPACE, '--output=wide'])
}

/** Log of an init job, by the name in its declaration. */
export async function jobLog(cluster: TestCluster, component: string): Promise<string> {
  return cluster.kubectl([
    'logs',
    '--namespace',
    NAMESPACE,
    '--selector',
    `akko.io/component=${component}`,
    '--container=main',
    '--tail=-1',
  ])
}

/** Runs a program in the pod of a workload. */
export async function exec(cluster: TestCluster, workload: string, ...command: readonly string[]): Promise<string> {
  return cluster.kubectl(['exec', '--namespace', NAMESPACE, workload, '--container=main', '--', ...command])
}

/** One statement as the server's administrator, as psql prints it. */
export async function psql(cluster: TestCluster, server: Server, database: string, statement: string): Promise<string> {
  const command = 'PGPASSWORD="$POSTGRES_PASSWORD" exec psql -h 127.0.0.1 -U postgres -d "$0" -v ON_ERROR_STOP=1 -Atc "$1"'
  return (await exec(cluster, `statefulset/akko-${server}`, 'sh', '-c', command, database, statement)).trim()
}

async function apply(cluster: TestCluster, object: object): Promise<void> {
  await cluster.kubectl(['apply', '--filename=-'], JSON.stringify(object))
}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`
