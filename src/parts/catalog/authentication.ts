// Who asks: a realm token, a principal's token, or (compatibility tests) the one principal of the configuration.
import type { Caller, Entitlement } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import type { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { MANAGER, SERVICE_MANAGER, toEntitlements } from '#parts/catalog/entitlements'
import { EntityNotFound } from '#parts/catalog/errors'
import { policyName } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { PrincipalRow } from '#parts/catalog/store/principals'
import type { Stores } from '#parts/catalog/store/stores'
import { createTokens, LONGEST_SESSION, type PrincipalClaims } from '#parts/catalog/tokens'
import type { Namespace } from '#wire/iceberg/rest'

/** The name of the managing principal; nobody else may bear it. */
export const ROOT = 'root'
const SERVICE_ADMIN = 'service_admin'

export interface Doors {
  /** The caller behind an Authorization header. Throws NotAuthenticated. */
  caller(authorization: string | undefined): Promise<Caller>
  /** A token for client credentials; undefined when they are wrong. */
  login(clientId: string, secret: Secret, roles: readonly string[] | undefined): Promise<string | undefined>
  /** A newer token for one that still holds. Throws NotAuthenticated for one that cannot be exchanged, and says why. */
  renew(token: string): Promise<string>
}

type DoorDeps = Pick<CatalogDeps, 'authenticator' | 'authentication' | 'root' | 'tokenKey' | 'warehouse' | 'sqlCatalog'>

export function createDoors(deps: DoorDeps, stores: Stores): Doors {
  const tokens = createTokens(deps.tokenKey)

  const entitlementsOf = async (principal: PrincipalRow, roleNames: readonly string[] | undefined): Promise<readonly Entitlement[]> => {
    // Nothing but the rotation of its own secret is open to first credentials that must be rotated.
    if (principal.rotationRequired) return []
    const [grants, roles] = await Promise.all([
      stores.roles.grantsOfPrincipal(principal.id, roleNames),
      stores.roles.rolesOfPrincipal(principal.id),
    ])
    const nested = new Map<string, readonly Namespace[]>()
    const key = (catalog: string, namespace: Namespace) => JSON.stringify([catalog, namespace])
    for (const grant of grants.filter((g) => g.type === 'namespace')) {
      const { id } = await stores.catalogs.get(grant.catalog)
      nested.set(key(grant.catalog, grant.namespace ?? []), await stores.namespaces.below(id, grant.namespace ?? []))
    }
    const isServiceAdmin = roles.some((r) => r.name === SERVICE_ADMIN && (roleNames === undefined || roleNames.includes(SERVICE_ADMIN)))
    return [
      ...toEntitlements(
        grants,
        (catalog) => policyName(deps, catalog),
        (catalog, namespace) => nested.get(key(catalog, namespace)) ?? [],
      ),
      ...(isServiceAdmin ? SERVICE_MANAGER : []),
    ]
  }

  const asRoot = (via: Caller['via']): Caller => ({ sub: ROOT, roles: [], via, requestId: requestId(), entitlements: MANAGER })

  const asPrincipal = async (via: Caller['via'], principal: PrincipalRow, roleNames?: readonly string[]): Promise<Caller> => ({
    sub: principal.name,
    roles: [],
    via,
    requestId: requestId(),
    entitlements: await entitlementsOf(principal, roleNames),
  })

  /** Without authentication; our own tokens still mean their principal, so that the platform can manage itself. */
  const anyone = async (name: string): Promise<Caller> => {
    if (name === ROOT) return asRoot('header')
    const principal = await stores.principals.get(name).catch((error: unknown) => {
      throw EntityNotFound.is(error)
        ? NotAuthenticated({ reason: `principal ${name}, as whom everyone acts, does not exist yet` }, error)
        : error
    })
    return asPrincipal('header', principal)
  }

  /** The principal of valid claims, as it is now. Throws NotAuthenticated when its credentials were renewed or it is gone. */
  const current = async (claims: PrincipalClaims): Promise<PrincipalRow> => {
    const principal = await stores.principals.get(claims.sub).catch((error: unknown) => {
      throw EntityNotFound.is(error) ? NotAuthenticated({ reason: `principal ${claims.sub} does not exist any more` }, error) : error
    })
    if (principal.credentialVersion !== claims.credentialVersion)
      throw NotAuthenticated({ reason: `the credentials of ${claims.sub} were renewed after this token was made` })
    return principal
  }

  return {
    caller: async (authorization) => {
      const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1]
      const claims = token === undefined ? undefined : await tokens.read(token)
      if (claims?.isRoot) return asRoot('principal')
      if (claims) return asPrincipal('principal', await current(claims), claims.roles)
      if (deps.authentication.mode === 'none') return anyone(deps.authentication.principal)
      if (token === undefined)
        throw NotAuthenticated({ reason: 'send a bearer token: one of the realm, or one of /api/catalog/v1/oauth/tokens' })
      return deps.authenticator.bearer(token)
    },
    login: async (clientId, secret, roles) => {
      const authTime = Math.floor(Date.now() / 1000)
      const picked = roles ? { roles } : {}
      if (clientId === deps.root.clientId)
        return deps.root.secret.matches(secret.reveal())
          ? tokens.sign({ sub: ROOT, isRoot: true, credentialVersion: 0, authTime, ...picked })
          : undefined
      const principal = await stores.principals.verify(clientId, secret.reveal())
      return (
        principal &&
        tokens.sign({ sub: principal.name, isRoot: false, credentialVersion: principal.credentialVersion, authTime, ...picked })
      )
    },
    renew: async (token) => {
      const claims = await tokens.read(token)
      if (!claims)
        throw NotAuthenticated({
          reason: 'only tokens of the catalogue’s own are exchanged here: send one of the realm as it is, as bearer',
        })
      if (!tokens.isRenewable(claims))
        throw NotAuthenticated({ reason: `it is more than ${LONGEST_SESSION / 3600} hours since the client secret was shown` })
      if (!claims.isRoot) await current(claims)
      return tokens.sign(claims)
    },
  }
}
