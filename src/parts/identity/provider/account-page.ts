// The client by which the account page sends people to the login and takes them back; Keycloak's name. Its code is never exchanged: the session is what counts.
import type { Context } from '#parts/identity/context'
import type { ClientStore } from '#parts/identity/store/clients'
import { newClient } from '#wire/oidc/keycloak'
import { OIDC_PATHS, realmIssuer } from '#wire/oidc/paths'

export const ACCOUNT_PAGE_CLIENT = 'account-console'

/** The realm's clients and this one, unless the realm has one of the name. */
export function withAccountPage(clients: ClientStore, { origins }: Pick<Context, 'origins'>): ClientStore {
  return {
    ...clients,
    find: async (realm, clientId) =>
      (await clients.find(realm, clientId)) ?? (clientId === ACCOUNT_PAGE_CLIENT ? accountPage(origins, realm) : undefined),
  }
}

function accountPage(origins: readonly string[], realm: string) {
  return newClient(`${ACCOUNT_PAGE_CLIENT}-${realm}`, {
    clientId: ACCOUNT_PAGE_CLIENT,
    name: 'your account',
    publicClient: true,
    redirectUris: origins.map((origin) => `${realmIssuer(origin, realm)}${OIDC_PATHS.account}`),
  })
}
