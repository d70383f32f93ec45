// A SQL session for a command: who it runs as, and through which door.
import { tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { clientUrl, type Machine } from '#runtime/machine'
import { trustLocalCa } from '#runtime/trust'
import { createSqlClient, type SqlClient } from '#wire/trino/client'

export async function sqlSession(machine: Machine, flags: Flags): Promise<SqlClient> {
  trustLocalCa(machine)
  const token = await tokenFor(machine, flags)
  return createSqlClient({ url: clientUrl(machine), user: token.user, token: token.accessToken, source: 'akko-cli' })
}
