// The four laws that every kind obeys, as one suite over fixtures; only for tests.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ContextOptions, createEnsureContext } from '#ensure/context'
import { apply, plan, type Report } from '#ensure/engine'
import { resourceId } from '#ensure/kinds'
import type { LawServers, ServerName } from '#ensure/test-servers'
import { Secret, type SecretStore } from '#kit/secret'
import type { Kind, Resource, ResourceOf } from '#platform/resources'

export interface LawServer {
  readonly endpoints: Omit<ContextOptions, 'secrets'>
  /** Something of the server that any write moves, where it has such a thing. */
  evidence?(): Promise<unknown>
  stop(): Promise<void>
}

export interface Fixture<S extends LawServer, K extends Kind> {
  /** The kind under law. */
  readonly kind: K
  /** What it stands on, the resource itself last; names carry the suffix, so that laws do not meet. */
  make(suffix: string, server: S): readonly Resource[]
  /** Secrets that only somebody else can give. */
  readonly given?: ReadonlyMap<string, Secret>
  /** Takes the last resource away behind the engine's back. */
  remove(server: S, resource: ResourceOf<K>, secrets: SecretStore): Promise<void>
  /** The last resource with another spec; absent where a spec has nothing that can change. */
  change?(resource: ResourceOf<K>, server: S): ResourceOf<K>
  /** Name of the secret that opens the last resource; absent where there is none, or where it is the user's own later. */
  secret?(resource: ResourceOf<K>): string
}

/** A fixture of whichever kind, for the suite. */
export type AnyFixture<S extends LawServer> = Fixture<S, Kind>

/** For a list of fixtures of many kinds. */
export function anyFixture<S extends LawServer, K extends Kind>(fixture: Fixture<S, K>): AnyFixture<S> {
  return fixture as unknown as AnyFixture<S>
}

/** What a kind's own test file says: its fixture on one of our servers, or the file in which its laws are proved. */
export type Laws =
  | { readonly [N in ServerName]: { readonly server: N; readonly kind: Kind; readonly fixture: AnyFixture<LawServers[N]> } }[ServerName]
  | { readonly server: 'elsewhere'; readonly kind: Kind; readonly file: string }

export function lawsOf<K extends Kind, N extends ServerName>(kind: K, server: N, fixture: Omit<Fixture<LawServers[N], K>, 'kind'>): Laws {
  return { server, kind, fixture: anyFixture({ kind, ...fixture }) } as unknown as Laws
}

export function lawsElsewhere(kind: Kind, file: string): Laws {
  return { server: 'elsewhere', kind, file }
}

/** Of every kind's own test file. */
export async function allLaws(): Promise<Laws[]> {
  const dir = join(import.meta.dirname, 'kinds')
  const files = readdirSync(dir).filter((name) => name.startsWith('test-'))
  return Promise.all(files.map(async (name) => ((await import(join(dir, name))) as { laws: Laws }).laws))
}

/** The fixtures of one server. */
export function fixturesOf<N extends ServerName>(laws: readonly Laws[], server: N): readonly AnyFixture<LawServers[N]>[] {
  return laws.flatMap((l) => (l.server === server ? [l.fixture as unknown as AnyFixture<LawServers[N]>] : []))
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
export function obeysTheLaws<S extends LawServer>(server: () => S, fixtures: readonly AnyFixture<S>[]): void {
  describe.each(fixtures.map((f) => [f.kind, f] as const))('%s', (_, fixture) => {
    const store = () => createMemoryStore(new Map(fixture.given))
    const fresh = () => fixture.make(`l${process.pid % 1000}${(runs++).toString(36)}`, server())

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
      const changed = resources.map((r) => (r === last ? change(r, server()) : r))
      expect((await planned(server(), changed, secrets)).map((c) => [c.resource, c.action])).toEqual([[resourceId(last), 'update']])
      const third = await run(server(), changed, secrets)
      expect(outcomes(third.reports)).toEqual(resources.map((r) => (r === last ? 'updated' : 'unchanged')))
      expect(await planned(server(), changed, secrets)).toEqual([])
    })
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
