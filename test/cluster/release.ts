// What a Helm release did to a live cluster: every object before and after, and the difference in words.
import type { ControlPlane } from '#test/cluster/kubernetes'

export interface Seen {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Counts changes of what was asked; kinds without a status have none. */
  readonly generation: number | undefined
  readonly resourceVersion: string
  /** The release that wrote it; undefined for what controllers made of it. */
  readonly release: string | undefined
}

export type Snapshot = ReadonlyMap<string, Seen>

/** Change by themselves, or are the cluster's own. */
const RESTLESS =
  /^(events|leases|componentstatuses|customresourcedefinitions|apiservices|nodes|flowschemas|prioritylevelconfigurations)(\.|$)/

/** Every kind that the server lists, but for the restless. */
export async function allKinds(plane: ControlPlane): Promise<string[]> {
  const kinds = (await plane.kubectl(['api-resources', '--verbs=list', '--output=name'])).trim().split('\n')
  return kinds.filter((kind) => !RESTLESS.test(kind))
}

/** The kinds of these objects, as kubectl takes them. */
export function kindsOf(objects: readonly { readonly apiVersion: string; readonly kind: string }[]): string[] {
  const [...kinds] = new Set(
    objects.map(({ apiVersion, kind }) => {
      const [version, group] = apiVersion.split('/').reverse() as [string, string?]
      return `${kind}.${version}.${group ?? ''}`
    }),
  )
  return kinds
}

/** Every object of these kinds but helm's records. */
export async function snapshot(plane: ControlPlane, kinds: readonly string[]): Promise<Snapshot> {
  const out = await plane.kubectl(['get', kinds.join(','), '--all-namespaces', '--output=json'])
  return new Map(
    (JSON.parse(out) as { items: LiveObject[] }).items.flatMap(({ kind, type, metadata: m }) => {
      if (type === 'helm.sh/release.v1') return []
      const { uid, generation, resourceVersion, namespace = '' } = m
      const release = m.ownerReferences ? undefined : m.annotations?.['meta.helm.sh/release-name'] // (those owned inherit annotations)
      return [[uid, { kind, namespace, name: m.name, uid, generation, resourceVersion, release }] as const]
    }),
  )
}

interface LiveObject {
  readonly kind: string
  readonly type?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly generation?: number
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly object[]
  }
}

/** A snapshot after which controllers have nothing left to do. */
export async function settled(plane: ControlPlane, kinds: readonly string[]): Promise<Snapshot> {
  let last = await snapshot(plane, kinds)
  for (let round = 0; round < 30; round++) {
    await new Promise((done) => setTimeout(done, 1000))
    const next = await snapshot(plane, kinds)
    if (touched(last, next).length === 0) return next
    last = next
  }
  throw new Error('controllers do not come to rest')
}

const label = (o: Seen) => `${o.kind} ${o.name}`

/** Objects written to at all, by anyone: `+ Job a`, `- Job b`, `~ Deployment c`. */
export function touched(before: Snapshot, after: Snapshot): string[] {
  return difference(before, after, (a, b) => a.resourceVersion === b.resourceVersion)
}

/** Objects of releases that ask for something else than before. A kind without generation changes with every write. */
export function changed(before: Snapshot, after: Snapshot): string[] {
  const ours = (all: Snapshot) => new Map([...all].filter(([, o]) => o.release !== undefined))
  const same = (a: Seen, b: Seen) => (a.generation === undefined ? a.resourceVersion === b.resourceVersion : a.generation === b.generation)
  return difference(ours(before), ours(after), same)
}

function difference(before: Snapshot, after: Snapshot, same: (a: Seen, b: Seen) => boolean): string[] {
  return [
    ...[...before.values()].filter((o) => !after.has(o.uid)).map((o) => `- ${label(o)}`),
    ...[...after.values()].flatMap((o) => {
      const old = before.get(o.uid)
      return old === undefined ? [`+ ${label(o)}`] : same(old, o) ? [] : [`~ ${label(o)}`]
    }),
  ].sort()
}
