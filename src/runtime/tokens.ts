// Tokens for the home's owner: client credentials from the secret store, exchanged for a user's token (RFC 8693).
import { defineError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { EVERY_PART } from '#platform/audiences'
import { REALM, ROLES, SQL_CLIENT, secretName } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { HOST, localUrl, type Machine, port, sharedUrl } from '#runtime/machine'
import { createRealmClient, GrantError } from '#runtime/realm-client'
import { requiredSecret } from '#runtime/secrets'

export const TokenRefused = defineError('token.refused', 502, 'single sign-on refused a token for {user}: {reason}', {
  blame: 'operator',
  hint: 'see `akko logs identity`',
})

/** The client whose service account may act for users. */
const BROKER = SQL_CLIENT
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
/** Under whose name the audit has that a command of the home's owner works as somebody. */
export const OWNERS_ACTOR = `service-account-${BROKER}`

export interface Token {
  readonly user: string
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
}

/** The realm's token endpoint on its private address. */
export function realmUrl(machine: Machine, path: string, realm: string = REALM): string {
  return `http://${HOST}:${port(machine, 'identity')}/realms/${realm}/protocol/openid-connect/${path}`
}

/** Of the realm, as its tokens name it: under the name of clients, or, where other machines reach it, where a cluster has it. */
export function issuerUrl(machine: Machine): string {
  return `${sharedUrl(machine, 'identity') ?? localUrl(machine)}/realms/${REALM}`
}

/** The declared user with the administrator's role: what `akko sql` runs as unless told otherwise. */
export function defaultUser(machine: Machine): string {
  for (const r of resourcesOf(machine.site)) if (r.kind === 'user' && r.roles.includes(ROLES.admin)) return r.username
  throw new Error('no declared user has the administrator role')
}

/** A token for a user, from the owner's right over the home; audited by the identity part. For every part unless told for which. */
export async function ownerToken(
  machine: Machine,
  secrets: SecretStore,
  user: string,
  audiences: readonly string[] = EVERY_PART,
): Promise<Token> {
  const secret = await requiredSecret(secrets, secretName.client(BROKER))
  const client = await createRealmClient({ issuer: issuerUrl(machine), tokenUrl: realmUrl(machine, 'token'), clientId: BROKER, secret })
  try {
    const { access_token: subject } = await client.clientCredentials()
    const answer = await client.exchange([
      ['subject_token', subject],
      ['subject_token_type', ACCESS_TOKEN],
      ['requested_token_type', ACCESS_TOKEN],
      ['requested_subject', user],
      ...audiences.map((audience): [string, string] => ['audience', audience]),
    ])
    return { user, accessToken: answer.access_token, expiresIn: answer.expires_in ?? 300 }
  } catch (error) {
    if (!(error instanceof GrantError)) throw error
    throw TokenRefused({ user, reason: error.message }, error)
  }
}
