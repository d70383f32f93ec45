// Realms at work: makes each provider once, keeps it until its settings change, and lays the first rows.
import { randomUUID } from 'node:crypto'
import type { Secret } from '#kit/secret'
import type { Context, Lifetimes, RealmRegistry, RealmRuntime } from '#parts/identity/context'
import { RealmUnknown } from '#parts/identity/errors'
import { DEFAULT_POLICY } from '#parts/identity/password-policy'
import { checkPassword, hashPassword } from '#parts/identity/passwords'
import { createRealmRuntime, MASTER_REALM } from '#parts/identity/provider/create'
import type { Store } from '#parts/identity/store/index'
import type { RealmSettings } from '#parts/identity/store/realms'
import { newClient } from '#wire/oidc/keycloak'

export function createRealmRegistry(context: () => Context): RealmRegistry {
  const made = new Map<string, Promise<RealmRuntime>>()
  const make = async (name: string) => {
    const realm = await context().store.realms.find(name)
    if (!realm?.settings.enabled) throw RealmUnknown({ realm: name })
    return createRealmRuntime(context(), realm)
  }
  return {
    get: (name) => {
      const known = made.get(name)
      if (known) return known
      const fresh = make(name)
      made.set(name, fresh)
      fresh.catch(() => made.delete(name))
      return fresh
    },
    forget: (name) => {
      made.delete(name)
    },
  }
}

/** The settings of a new realm; names and meaning are Keycloak's. */
export function realmDefaults(lifetimes: Lifetimes, accessTokenLifespan = lifetimes.accessToken): RealmSettings {
  return {
    enabled: true,
    notBefore: 0,
    defaultSignatureAlgorithm: 'RS256',
    accessTokenLifespan,
    ssoSessionIdleTimeout: lifetimes.session,
    ssoSessionMaxLifespan: lifetimes.session,
    offlineSessionIdleTimeout: lifetimes.offline,
    accessCodeLifespan: lifetimes.authorizationCode,
    accessCodeLifespanLogin: lifetimes.login,
    oauth2DeviceCodeLifespan: lifetimes.deviceCode,
    oauth2DevicePollingInterval: 5,
    sslRequired: 'external',
    registrationAllowed: false,
    registrationEmailAsUsername: false,
    rememberMe: false,
    verifyEmail: false,
    loginWithEmailAllowed: true,
    duplicateEmailsAllowed: false,
    resetPasswordAllowed: false,
    editUsernameAllowed: false,
    bruteForceProtected: true,
    attributes: {},
  }
}

export interface Bootstrap {
  readonly realm: string
  readonly lifetimes: Lifetimes
  /** Of the platform's realm. */
  readonly passwordPolicy: string
  readonly admin: { readonly username: string; readonly password: Secret }
}

/** The master realm with its administrator and admin-cli, and the platform's realm. Safe to repeat and in parallel. */
export async function bootstrap(store: Store, { realm, lifetimes, passwordPolicy, admin }: Bootstrap): Promise<void> {
  await ensureRealm(store, MASTER_REALM, lifetimes, lifetimes.adminToken)
  await ensureRealm(store, realm, lifetimes, lifetimes.accessToken, passwordPolicy)
  if (!(await store.clients.find(MASTER_REALM, 'admin-cli'))) {
    await store.clients.create(
      MASTER_REALM,
      newClient(randomUUID(), {
        clientId: 'admin-cli',
        name: 'Admin command line',
        publicClient: true,
        standardFlowEnabled: false,
        directAccessGrantsEnabled: true,
      }),
    )
  }
  await store.users.create(MASTER_REALM, { username: admin.username, enabled: true, emailVerified: false })
  const found = await store.users.byLogin(MASTER_REALM, admin.username)
  const password = admin.password.reveal()
  if (found && !(await checkPassword(password, found.passwordHash))) {
    await store.passwords.set(found.user.id, { hash: await hashPassword(password), keep: 0 })
  }
}

/** The platform's configuration owns the lifetimes and the rules for passwords: they are set again at every start. */
async function ensureRealm(
  store: Store,
  name: string,
  lifetimes: Lifetimes,
  accessTokenLifespan: number,
  passwordPolicy = DEFAULT_POLICY,
): Promise<void> {
  const wanted = { ...realmDefaults(lifetimes, accessTokenLifespan), passwordPolicy }
  const found = (await store.realms.find(name)) ?? (await store.realms.create(name, wanted)) ?? (await store.realms.find(name))
  const { accessTokenLifespan: access, ssoSessionMaxLifespan: session, passwordPolicy: policy } = found?.settings ?? wanted
  if (access === wanted.accessTokenLifespan && session === wanted.ssoSessionMaxLifespan && policy === passwordPolicy) return
  await store.realms.update(name, {
    ...(found?.settings ?? wanted),
    accessTokenLifespan: wanted.accessTokenLifespan,
    ssoSessionMaxLifespan: wanted.ssoSessionMaxLifespan,
    ssoSessionIdleTimeout: wanted.ssoSessionIdleTimeout,
    passwordPolicy,
  })
}
