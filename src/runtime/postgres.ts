// The two PostgreSQL servers of a home: provider, folders, superuser, and how a part connects.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { randomSecret, type Secret, type SecretStore } from '#kit/secret'
import {
  choosePostgresProvider,
  type PostgresServer,
  type Prepared,
  type Progress,
  type Provider,
  postgresCacheDir,
  postgresFolders,
  preparePostgresServer,
  type RunAs,
  SUPERUSER,
  serviceUser,
  unavailableExtensions,
} from '#parts/postgresql/index'
import { secretName } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { HOST, type Machine, port } from '#runtime/machine'
import { secretOrNew } from '#runtime/secrets'

export const SERVERS: readonly PostgresServer[] = ['postgresql', 'postgresql-data']

/** Extensions that any declaration asks for, plus the audit library. */
export function neededExtensions(machine: Machine): string[] {
  return [...new Set(resourcesOf(machine.site).flatMap((r) => (r.kind === 'extension' ? [r.name] : [])))]
}

export interface PreparedPostgres {
  readonly provider: Provider
  readonly runAs: RunAs | undefined
  readonly changes: readonly string[]
}

/** Chooses the provider and brings both servers' folders to where they can start. */
export async function preparePostgres(machine: Machine, secrets: SecretStore, progress: Progress): Promise<PreparedPostgres> {
  const runAs = await serviceUser()
  const provider = await choose(machine, runAs, progress)
  if (provider.kind === 'dsn') return { provider, runAs, changes: [] }
  const prepared = await Promise.all(
    SERVERS.map(async (server): Promise<Prepared> => {
      const superuserPassword = await secretOrNew(secrets, secretName.superuser(server), randomSecret)
      return preparePostgresServer({
        server,
        provider,
        ...postgresFolders(machine.home, server, runAs),
        port: port(machine, server),
        superuserPassword,
        runAs,
      })
    }),
  )
  return { provider, runAs, changes: prepared.flatMap((p) => p.changes) }
}

/** The provider this home was made with, and which needed extensions it lacks. */
export async function inspectRecordedProvider(machine: Machine): Promise<{ provider: Provider; missing: readonly string[] }> {
  const provider = await choose(machine, await serviceUser(), () => {})
  return { provider, missing: unavailableExtensions(provider) }
}

function choose(machine: Machine, runAs: RunAs | undefined, progress: Progress): Promise<Provider> {
  return choosePostgresProvider({
    home: machine.home,
    preference: machine.config.postgresql.provider,
    dsn: { infraUrl: machine.config.postgresql.infraUrl, dataUrl: machine.config.postgresql.dataUrl },
    need: neededExtensions(machine),
    cacheDir: postgresCacheDir(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'akko'), runAs),
    progress,
  })
}

export interface PostgresDoor {
  readonly host: string
  readonly port: number
  readonly superuser: string
}

/** Where a server listens. */
export function postgresDoor(machine: Machine, server: PostgresServer): PostgresDoor {
  return { host: HOST, port: port(machine, server), superuser: SUPERUSER }
}

/** A connection string; goes to clients and to `akko env`, never to a log. */
export function postgresUrl(door: PostgresDoor, database: string, user: string, password: Secret): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password.reveal())}@${door.host}:${door.port}/${database}`
}
