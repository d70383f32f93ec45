// Keycloak's URL shapes below a realm, so that clients written for it need no change.

const PROTOCOL = '/protocol/openid-connect'

/** Paths relative to `/realms/{realm}`. */
export const OIDC_PATHS = {
  discovery: '/.well-known/openid-configuration',
  authorization: `${PROTOCOL}/auth`,
  token: `${PROTOCOL}/token`,
  jwks: `${PROTOCOL}/certs`,
  userinfo: `${PROTOCOL}/userinfo`,
  introspection: `${PROTOCOL}/token/introspect`,
  revocation: `${PROTOCOL}/revoke`,
  endSession: `${PROTOCOL}/logout`,
  deviceAuthorization: `${PROTOCOL}/auth/device`,
  device: '/device',
  pushedAuthorization: `${PROTOCOL}/ext/par/request`,
  login: '/login-actions/authenticate',
  /** What a person sees and changes of his own account. */
  account: '/account',
  /** A one-time link: its token is the parameter `key`. */
  actionToken: '/login-actions/action-token',
} as const

export interface RealmPath {
  readonly realm: string
  /** What follows `/realms/{realm}`; '' or begins with a slash. */
  readonly rest: string
}

/** Splits `/realms/{realm}/...`; undefined for anything else. */
export function parseRealmPath(pathname: string): RealmPath | undefined {
  const match = /^\/realms\/([A-Za-z0-9_.-]+)(\/.*)?$/.exec(pathname)
  return match ? { realm: match[1] as string, rest: match[2] ?? '' } : undefined
}

export function realmIssuer(origin: string, realm: string): string {
  return `${origin}/realms/${realm}`
}
