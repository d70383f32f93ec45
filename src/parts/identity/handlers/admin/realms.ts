// Realms: read, create, change, remove.

import { Conflict, Refused } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, created, done, ok, readObject } from '#parts/identity/handlers/admin/call'
import type { Representation } from '#parts/identity/handlers/admin/fields'
import { assertServedRealmAttributes } from '#parts/identity/handlers/admin/served'
import { policyOf } from '#parts/identity/password-policy'
import { MASTER_REALM } from '#parts/identity/provider/create'
import { realmDefaults } from '#parts/identity/realms'
import type { Realm, RealmSettings } from '#parts/identity/store/realms'
import { mergeAttributes } from '#wire/oidc/keycloak'

type RealmBody = Representation<'RealmRepresentation'>

const NAME = /^[A-Za-z0-9_.-]{1,255}$/

export function toRealmRepresentation({ id, name, settings }: Realm): Record<string, unknown> {
  return { id, realm: name, ...settings }
}

export const getRealm = async ({ realm }: AdminCall): Promise<AdminAnswer> => ok(toRealmRepresentation(realm))

/** Not below a realm: the caller was authorised for the name in the body. */
export async function createRealm(call: Omit<AdminCall, 'realm'>, body: RealmBody): Promise<AdminAnswer> {
  assertServedRealmAttributes(body.attributes ?? {})
  const name = body.realm
  if (!name || !NAME.test(name)) throw Refused({ what: 'Realm name is missing or has characters that URLs do not allow' })
  const settings = merge({ ...realmDefaults(call.context.lifetimes), enabled: false }, body)
  if (!(await call.store.realms.create(name, settings))) throw Conflict({ what: `Realm ${name} already exists` })
  call.context.realms.forget(name)
  return created(`${call.url}/${name}`)
}

export async function updateRealm({ context, store, realm, req }: AdminCall): Promise<AdminAnswer> {
  const body = await readObject(req, 'RealmRepresentation', realm.settings)
  assertServedRealmAttributes(body.attributes ?? {})
  if (body.realm !== undefined && body.realm !== realm.name) throw Refused({ what: 'A realm cannot be renamed here' })
  await store.realms.update(realm.name, merge(realm.settings, body))
  context.realms.forget(realm.name)
  return done
}

export async function removeRealm({ context, store, realm }: AdminCall): Promise<AdminAnswer> {
  if ([MASTER_REALM, context.realm].includes(realm.name))
    throw Refused({ what: `Realm ${realm.name} cannot be removed: the platform needs it` })
  await store.realms.remove(realm.name)
  context.realms.forget(realm.name)
  return done
}

function merge(settings: RealmSettings, { id: _id, realm: _realm, attributes, ...change }: RealmBody): RealmSettings {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null && value !== undefined))
  const merged = { ...settings, ...given, attributes: mergeAttributes((settings.attributes ?? {}) as Record<string, string>, attributes) }
  policyOf(merged)
  for (const field of ['accessTokenLifespan', 'ssoSessionMaxLifespan', 'offlineSessionIdleTimeout'] as const) {
    if (!Number.isSafeInteger(merged[field]) || merged[field] <= 0)
      throw Refused({ what: `${field} must be a number of seconds above zero` })
  }
  return merged
}
