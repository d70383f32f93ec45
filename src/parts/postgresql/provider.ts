// What a provider of PostgreSQL is, what it lacks, and how it is written down in the home.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '#parts/postgresql/run'

export type ProviderKind = 'system' | 'packages' | 'pypi' | 'npm'

export interface Provider {
  readonly kind: ProviderKind
  /** `15.20`. */
  readonly version: string
  readonly major: number
  /** Folder of `postgres` and `initdb`. */
  readonly bin: string
  /** What its programs need in their environment. */
  readonly env: Readonly<Record<string, string>>
  /** Every extension that was asked for, with its version; undefined where it is not to be had. */
  readonly extensions: Readonly<Record<string, string | undefined>>
  /** One line for a person: why this one. */
  readonly reason: string
}

export type Progress = (line: string) => void

export const LEAST_MAJOR = 15

/** Names of the extensions that this provider lacks. */
export function unavailableExtensions(provider: Provider): string[] {
  return Object.entries(provider.extensions)
    .filter(([, version]) => version === undefined)
    .map(([name]) => name)
}

/** Version and extensions of a folder of binaries; throws when its `postgres` does not run. */
export async function inspect(
  bin: string,
  env: Readonly<Record<string, string>>,
  need: readonly string[],
): Promise<Pick<Provider, 'version' | 'major' | 'extensions'>> {
  const text = await run(join(bin, 'postgres'), ['--version'], { env })
  const version = /(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? ''
  const share = (await run(join(bin, 'pg_config'), ['--sharedir'], { env }).catch(() => join(bin, '../share/postgresql'))).trim()
  return { version, major: Number(version.split('.')[0]), extensions: readExtensions(join(share, 'extension'), need) }
}

function readExtensions(folder: string, need: readonly string[]): Record<string, string | undefined> {
  const files = new Set(listOrEmpty(folder))
  return Object.fromEntries(
    need.map((name) => {
      if (!files.has(`${name}.control`)) return [name, undefined]
      const control = readFileSync(join(folder, `${name}.control`), 'utf8')
      return [name, /^\s*default_version\s*=\s*'([^']+)'/m.exec(control)?.[1]]
    }),
  )
}

export function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

interface Recorded {
  readonly kind: ProviderKind
  readonly version: string
  readonly major: number
  readonly bin: string
  readonly env: Readonly<Record<string, string>>
  readonly reason: string
}

const recordFile = (records: string) => join(records, 'postgresql-provider.json')

/** The provider this home was made with, as it was then. */
export function recordedProvider(records: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(records), 'utf8')) as Recorded
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export function recordProvider(records: string, { kind, version, major, bin, env, reason }: Provider): void {
  mkdirSync(records, { recursive: true, mode: 0o700 })
  const record: Recorded = { kind, version, major, bin, env, reason }
  const temporary = `${recordFile(records)}.new`
  writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o644, flush: true })
  renameSync(temporary, recordFile(records))
}
