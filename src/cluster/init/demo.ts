// `demo`: the demo's rows on a cluster, the same way as on one machine: COPY into PostgreSQL, then federated SQL into Iceberg tables.

import { type Env, required } from '#cluster/init/environment'
import { TokenRefused } from '#cluster/init/errors'
import { type DemoOutcome, runDemo } from '#demo/run'
import { DEMO_DATABASE, PLACES_DATABASE, REALM } from '#platform/names'
import { createSqlClient } from '#wire/trino/client'

/** Runs it as the SQL engine's own client of single sign-on; prints what one machine prints. */
export async function demo(env: Env, say: (line: string) => void, json: boolean): Promise<void> {
  const given = (name: string) => required(env, name)
  const realm = `http://${given('AKKO_IDENTITY_ADDRESS')}/realms/${REALM}`
  const databases = {
    banking: dsn(given('AKKO_POSTGRESQL_DATA_ADDRESS'), DEMO_DATABASE, given('AKKO_BANKING_PASSWORD')),
    geospatial: dsn(given('AKKO_POSTGRESQL_DATA_ADDRESS'), PLACES_DATABASE, given('AKKO_GEOSPATIAL_PASSWORD')),
  }
  const outcome = await runDemo(1, {
    database: (name) => databases[name],
    query: async (sql) => {
      // One for each statement: a token lives for minutes only.
      const { token, user } = await grant(realm, 'trino', given('AKKO_OIDC_CLIENT_SECRET'))
      return createSqlClient({ url: given('AKKO_SQL_URL'), user, token, source: 'akko-demo' }).query(sql)
    },
    step: (text) => (json ? undefined : say(text)),
  })
  if (json) say(JSON.stringify(outcome))
  else for (const line of report(outcome)) say(line)
}

function report({ columns, rows, evaluation: e }: DemoOutcome): string[] {
  const percent = (x: number) => `${(x * 100).toFixed(1)} %`
  return [
    '',
    columns.join('\t'),
    ...rows.map((row) => row.join('\t')),
    '',
    `${e.found} of ${e.fraud} fraudulent transactions found by behaviour (recall ${percent(e.recall)}), ${e.flagged} flagged (precision ${percent(e.precision)}), of ${e.transactions}`,
  ]
}

function dsn(address: string, database: string, password: string): string {
  const url = new URL(`postgresql://${address}/${database}`)
  url.username = database
  url.password = password
  return url.toString()
}

/** Client credentials (RFC 6749, section 4.4); the user is who the token says. */
async function grant(realm: string, id: string, secret: string): Promise<{ token: string; user: string }> {
  const response = await fetch(`${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const body = (await response.json()) as { access_token?: string; error_description?: string }
  if (!response.ok || !body.access_token) throw TokenRefused({ status: response.status, reason: body.error_description ?? 'no token' })
  const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1] as string, 'base64url').toString()) as {
    preferred_username: string
  }
  return { token: body.access_token, user: claims.preferred_username }
}
