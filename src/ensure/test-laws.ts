// The four laws that every kind obeys, as one suite over fixtures; only for tests.
import { describe, expect, it } from 'vitest'
import { type ContextOptions, createEnsureContext } from '#ensure/context'
import { apply, plan, type Report } from '#ensure/engine'
import { resourceId } from '#ensure/kinds'
import { Secret, type SecretStore } from '#kit/secret'
import type { Resource } from '#platform/resources'

export interface LawServer {
  readonly endpoints: Omit<ContextOptions, 'secrets'>
  /** Something of the server that any write moves, where it has such a thing. */
  evidence?(): Promise<unknown>
  stop(): Promise<void>
}

export interface Fixture<S extends LawServer> {
  /** The kind under law. */
  readonly kind: Resource['kind']
  /** What it stands on, the resource itself last; names carry the suffix, so that laws do not meet. */
  make(suffix: string): readonly Resource[]
  /** Secrets that only somebody else can give. */
  readonly given?: ReadonlyMap<string, Secret>
  /** Takes the last resource away behind the engine's back. */
  remove(server: S, resource: Resource, secrets: SecretStore): Promise<void>
  /** The last resource with another spec; absent where a spec has nothing that can change. */
  change?(resource: Resource): Resource
  /** Name of the secret that opens the last resource; absent where there is none, or where it is the user's own later. */
  secret?(resource: Resource): string
}

/** A store in memory; `share` gives another door to the same secrets, as a second process has. */
export function createMemoryStore(secrets: Map<string, Secret> = new Map()): SecretStore & { share(): SecretStore } {
  return {
    get: async (name) => secrets.get(name),
    put: async (name, value) => {
      secrets.set(name, new Secret(value.reveal()))
    },
    share: () => createMemoryStore(secrets),
  }
}

let runs = 0

/** Declares the laws' tests for these fixtures against one server. */
export function obeysTheLaws<S extends LawServer>(server: () => S, fixtures: readonly Fixture<S>[]): void {
  describe.each(fixtures.map((f) => [f.kind, f] as const))('%s', (_, fixture) => {
    const store = () => createMemoryStore(new Map(fixture.given))
    const fresh = () => fixture.make(`l${process.pid % 1000}${(runs++).toString(36)}`)

    it('a second run writes nothing', async () => {
      const resources = fresh()
      const secrets = store()
      expect(outcomes((await run(server(), resources, secrets)).reports)).toEqual(resources.map(() => 'created'))
      const before = await server().evidence?.()
      const second = await run(server(), resources, secrets)
      expect(outcomes(second.reports)).toEqual(resources.map(() => 'unchanged'))
      expect(second.writes).toBe(0)
      expect(await server().evidence?.()).toEqual(before)
      expect(await planned(server(), resources, secrets)).toEqual([])
    })

    it('two runs at once converge', async () => {
      const resources = fresh()
      const secrets = store()
      const both = await Promise.all([run(server(), resources, secrets), run(server(), resources, secrets.share())])
      expect(both.flatMap((r) => r.reports.filter((x) => x.outcome === 'failed'))).toEqual([])
      expect(await planned(server(), resources, secrets)).toEqual([])
    })

    it('what was removed comes back, and nothing else is touched', async () => {
      const resources = fresh()
      const secrets = store()
      await run(server(), resources, secrets)
      const last = resources.at(-1) as Resource
      await fixture.remove(server(), last, secrets)
      expect(await planned(server(), resources, secrets)).toEqual([{ resource: resourceId(last), action: 'create' }])
      const again = await run(server(), resources, secrets)
      expect(outcomes(again.reports)).toEqual(resources.map((r) => (r === last ? 'created' : 'unchanged')))
      expect(await planned(server(), resources, secrets)).toEqual([])
    })

    const { change, secret } = fixture
    if (secret)
      it('a lost secret is made good, and only that', async () => {
        const resources = fresh()
        const kept = new Map<string, Secret>()
        const secrets = createMemoryStore(kept)
        await run(server(), resources, secrets)
        const last = resources.at(-1) as Resource
        const lost = kept.get(secret(last))?.reveal()
        kept.delete(secret(last))
        expect((await planned(server(), resources, secrets)).map((c) => [c.resource, c.action])).toEqual([[resourceId(last), 'update']])
        const again = await run(server(), resources, secrets)
        expect(outcomes(again.reports)).toEqual(resources.map((r) => (r === last ? 'updated' : 'unchanged')))
        expect(kept.get(secret(last))?.reveal()).not.toBe(lost)
        expect(await planned(server(), resources, secrets)).toEqual([])
      })

    if (!change) return
    it('a changed spec touches only itself', async () => {
      const resources = fresh()
      const secrets = store()
      await run(server(), resources, secrets)
      const last = resources.at(-1) as Resource
      const changed = resources.map((r) => (r === last ? change(r) : r))
      expect((await planned(server(), changed, secrets)).map((c) => [c.resource, c.action])).toEqual([[resourceId(last), 'update']])
      const third = await run(server(), changed, secrets)
      expect(outcomes(third.reports)).toEqual(resources.map((r) => (r === last ? 'updated' : 'unchanged')))
      expect(await planned(server(), changed, secrets)).toEqual([])
    })
  })
}

/** No kind without its fixture; `elsewhere` are those whose server runs in another stage. */
export function coversAllKinds(
  kinds: readonly string[],
  fixtures: readonly { readonly kind: string }[],
  elsewhere: readonly string[] = [],
): void {
  it('every kind is under the laws', () => {
    expect([...fixtures.map((f) => f.kind), ...elsewhere].sort()).toEqual([...kinds].sort())
  })
}

async function run(server: LawServer, resources: readonly Resource[], secrets: SecretStore) {
  const context = createEnsureContext({ ...server.endpoints, secrets })
  try {
    const reports = await apply(resources, context)
    return { reports, writes: context.clients.writes }
  } finally {
    await context.close()
  }
}

async function planned(server: LawServer, resources: readonly Resource[], secrets: SecretStore) {
  const context = createEnsureContext({ ...server.endpoints, secrets })
  try {
    const changes = await plan(resources, context)
    expect(context.clients.writes).toBe(0)
    return changes
  } finally {
    await context.close()
  }
}

/** Outcomes in order; a failure shows its reason. */
const outcomes = (reports: readonly Report[]) => reports.map((r) => (r.outcome === 'failed' ? `${r.resource}: ${r.detail}` : r.outcome))
