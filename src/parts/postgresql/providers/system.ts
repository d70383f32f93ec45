// The PostgreSQL that the machine already has, when nobody else's cluster depends on its package.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inspect, LEAST_MAJOR, listOrEmpty, type Provider } from '#parts/postgresql/provider'

export interface SystemCandidate {
  readonly provider: Provider
  /** Folders of clusters that other people run on these very binaries; their package may change under us. */
  readonly clusters: readonly string[]
}

/** Every installed major that is new enough, newest first. */
export async function systemProviders(need: readonly string[]): Promise<SystemCandidate[]> {
  const bins = [
    ...new Set([
      ...['/usr/lib/postgresql', '/usr/local/lib/postgresql'].flatMap((root) => listOrEmpty(root).map((v) => join(root, v, 'bin'))),
      ...listOrEmpty('/usr')
        .filter((d) => /^pgsql-\d+$/.test(d))
        .map((d) => join('/usr', d, 'bin')),
      ...(process.env.PATH ?? '').split(delimiter),
    ]),
  ].filter((bin) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb')))
  const found = await Promise.all(
    bins.map(async (bin) => {
      const facts = await inspect(bin, {}, need).catch(() => undefined)
      if (!facts || facts.major < LEAST_MAJOR) return []
      const clusters = listOrEmpty(`/etc/postgresql/${facts.major}`).map((c) => `${facts.major}/${c}`)
      return [{ provider: { kind: 'system' as const, ...facts, bin, env: {}, reason: `installed on this machine in ${bin}` }, clusters }]
    }),
  )
  return found.flat().sort((a, b) => b.provider.major - a.provider.major)
}
