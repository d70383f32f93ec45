// A SQL session for a command: who it runs as, and through which door; a statement may take longer than a token lives.
import { tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { LoginEnded } from '#runtime/login'
import { localUrl, type Machine } from '#runtime/machine'
import type { Token } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'
import { createSqlClient, type SqlClient } from '#wire/trino/client'
import { printClientHeaders } from '#wire/trino/headers'
import type { Send } from '#wire/trino/statement'

/** Milliseconds before its end at which a token is renewed. */
const MARGIN = 20_000

/** `session`: properties of the session, by name. */
export async function sqlSession(machine: Machine, flags: Flags, session: Readonly<Record<string, string>> = {}): Promise<SqlClient> {
  trustLocalCa(machine)
  return personSession(localUrl(machine), () => tokenFor(machine, flags), session)
}

/** At a gateway, by tokens of one person. */
export async function personSession(
  url: string,
  tokens: () => Promise<Token>,
  session: Readonly<Record<string, string>> = {},
): Promise<SqlClient> {
  const token = await tokens()
  const headers = printClientHeaders({ session })
  return createSqlClient({
    url,
    user: token.user,
    token: token.accessToken,
    source: 'akko-cli',
    headers,
    send: renewing(token, tokens, fetch),
  })
}

/** Requests of one person: with a token that is good at the time, and never another's. */
export function renewing(first: Token, renew: () => Promise<Token>, send: Send): Send {
  const until = ({ expiresIn }: Token) => Date.now() + expiresIn * 1000 - MARGIN
  let token = first
  let end = until(first)
  return async (url, call) => {
    if (Date.now() >= end) {
      const next = await renew()
      if (next.user !== first.user) throw LoginEnded({ user: first.user, reason: `${next.user} logged in meanwhile` })
      token = next
      end = until(next)
    }
    return send(url, { ...call, headers: { ...call.headers, authorization: `Bearer ${token.accessToken}` } })
  }
}
