// The PostgreSQL servers of a home: provider, folders, superuser, and how a part connects.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { randomSecret, type SecretStore } from '#kit/secret'
import { cellUser } from '#kit/system-user'
import { createLocalCa, type Leaf } from '#parts/gateway/index'
import {
  choosePostgresProvider,
  type Prepared,
  type Progress,
  type Provider,
  postgresCacheDir,
  postgresFolders,
  preparePostgresServer,
  type RunAs,
  SUPERUSER,
  serviceUser,
  speaksTls,
  unavailableExtensions,
} from '#parts/postgresql/index'
import { PERSONS } from '#parts/sql/connectors/postgresql/direct/names'
import { DATABASE_CATALOGS, secretName } from '#platform/names'
import { type PostgresService, postgresServices, resourcesOf } from '#platform/registry'
import type { Server } from '#platform/resources'
import { CLIENT_HOST, HOST, type Machine, port } from '#runtime/machine'
import { secretOrNew } from '#runtime/secrets'

/** Extensions that any declaration asks for, plus the audit library. */
export function neededExtensions(machine: Machine): string[] {
  return [...new Set(resourcesOf(machine.site).flatMap((r) => (r.kind === 'extension' ? [r.name] : [])))]
}

export interface PreparedPostgres {
  readonly provider: Provider
  readonly runAs: RunAs | undefined
  readonly changes: readonly string[]
}

/** The servers of a machine as they are prepared. */
export function serversOf(machine: Machine) {
  return postgresServices().map(({ name: server, machine: { postgres } }) => ({
    server,
    ...postgresFolders(machine.paths, postgres.folder),
    port: port(machine, server),
    sharedBuffersMb: postgres.sharedBuffersMb,
  }))
}

/** Chooses the provider and brings the servers' folders to where they can start. */
export async function preparePostgres(machine: Machine, secrets: SecretStore, progress: Progress): Promise<PreparedPostgres> {
  const runAs = await serviceUser()
  const provider = await choose(machine, runAs, progress)
  const tls = (await speaksTls(provider, runAs)) ? await leafOf(machine) : undefined
  const prepared = await Promise.all(
    serversOf(machine).map(async (server): Promise<Prepared> => {
      const superuserPassword = await secretOrNew(secrets, secretName.superuser(server.server), randomSecret)
      return preparePostgresServer({
        ...server,
        provider,
        superuserPassword,
        runAs,
        tls,
        confined: [{ role: PERSONS, databases: Object.values(DATABASE_CATALOGS) }],
      })
    }),
  )
  return { provider, runAs, changes: prepared.flatMap((p) => p.changes) }
}

/** Clients come by the name; those that know addresses in certificates by the address too. */
async function leafOf(machine: Machine): Promise<Leaf> {
  const owner = process.getuid?.() === 0 ? cellUser() : undefined
  const ca = await createLocalCa(machine.paths.ca, { domains: [machine.site.domain], owner })
  return ca.leaf([CLIENT_HOST, HOST], 'postgres')
}

/** The provider this home was made with, and which needed extensions it lacks. */
export async function inspectRecordedProvider(machine: Machine): Promise<{ provider: Provider; missing: readonly string[] }> {
  const provider = await choose(machine, await serviceUser(), () => {})
  return { provider, missing: unavailableExtensions(provider) }
}

function choose(machine: Machine, runAs: RunAs | undefined, progress: Progress): Promise<Provider> {
  return choosePostgresProvider({
    records: machine.paths.records,
    preference: machine.config.postgresql.provider,
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
export function postgresDoor(machine: Machine, server: Server): PostgresDoor {
  return { host: HOST, port: port(machine, server), superuser: SUPERUSER }
}

/** The Unix socket that a server listens on. */
export function postgresSocket(machine: Machine, { name, machine: { postgres } }: PostgresService): string {
  return join(postgresFolders(machine.paths, postgres.folder).socketDir, `.s.PGSQL.${port(machine, name)}`)
}
