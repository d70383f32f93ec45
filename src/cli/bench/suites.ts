// The suites by name. Each gets the running platform and gives its figures; `start` and `memory` are taken on the way up.
import type { Figure } from '#cli/bench/figure'
import type { HttpClient } from '#cli/bench/http'
import type { Machine } from '#runtime/machine'

export interface SuiteContext {
  readonly machine: Machine
  /** What `akko env` gives to the administrator. */
  readonly env: Readonly<Record<string, string>>
  readonly http: HttpClient
  /** A folder on the file system of the home. */
  readonly scratch: string
}

export type Suite = (context: SuiteContext) => Promise<readonly Figure[]>

export const RUNNING_SUITES: Readonly<Record<string, () => Promise<Suite>>> = {
  sql: async () => (await import('#cli/bench/sql')).sqlSuite,
  engine: async () => (await import('#cli/bench/engine')).engineSuite,
  storage: async () => (await import('#cli/bench/storage')).storageSuite,
  catalog: async () => (await import('#cli/bench/catalog')).catalogSuite,
  identity: async () => (await import('#cli/bench/identity')).identitySuite,
  policy: async () => (await import('#cli/bench/policy')).policySuite,
  doors: async () => (await import('#cli/bench/doors')).doorsSuite,
}
