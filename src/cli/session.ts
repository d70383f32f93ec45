// A SQL session for a command: who it runs as, and through which door.
import type { Flags } from '#cli/flags'
import { clientUrl, type Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser, loginToken, ownerToken } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'
import { createSqlClient, type SqlClient } from '#wire/trino/client'

/** As `--user`, else as whoever logged in, else as the home's administrator. */
export async function sqlSession(machine: Machine, flags: Flags): Promise<SqlClient> {
  trustLocalCa(machine)
  const asked = typeof flags.user === 'string' ? flags.user : undefined
  const kept = asked === undefined ? loginToken(machine) : undefined
  const token = kept ?? (await ownerToken(machine, createFileSecretStore(machine.paths.secrets), asked ?? defaultUser(machine)))
  return createSqlClient({ url: clientUrl(machine), user: token.user, token: token.accessToken, source: 'akko-cli' })
}
