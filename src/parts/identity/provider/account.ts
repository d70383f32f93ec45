// A stored user as the provider's account.
import { randomUUID } from 'node:crypto'
import type { Account, KoaContextWithOIDC } from 'oidc-provider'
import type { User } from '#parts/identity/store/users'
import { identityClaims } from '#wire/oidc/claims'

export interface UserAccount extends Account {
  readonly user: User
}

/** What an ID token says beside the identity, as Keycloak has it. */
export const ID_TOKEN_CLAIMS = ['typ', 'azp', 'jti', 'sid', 'auth_time'] as const

export function toAccount(user: User, ctx?: KoaContextWithOIDC): UserAccount {
  return {
    accountId: user.id,
    user,
    claims: (use) => ({ ...identityClaims(user), ...(ctx && use === 'id_token' ? idTokenClaims(ctx) : {}) }),
  }
}

/** The login that a token comes from, where there was one. */
export interface Login {
  /** Seconds since 1970. */
  readonly authTime?: number
  /** Not of one that outlives its session. */
  readonly sessionId?: string
}

export function loginOf({ oidc: { entities } }: KoaContextWithOIDC): Login {
  const from = entities.AuthorizationCode ?? entities.RefreshToken ?? entities.DeviceCode
  return {
    ...(from?.authTime === undefined ? {} : { authTime: from.authTime }),
    ...(from?.sessionUid !== undefined && from.expiresWithSession ? { sessionId: from.sessionUid } : {}),
  }
}

function idTokenClaims(ctx: KoaContextWithOIDC): object {
  const { authTime, sessionId } = loginOf(ctx)
  return {
    ...{ typ: 'ID', azp: ctx.oidc.client?.clientId, jti: randomUUID() },
    ...(sessionId === undefined ? {} : { sid: sessionId }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  }
}
