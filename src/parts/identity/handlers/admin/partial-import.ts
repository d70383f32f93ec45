// Several users at once, with their roles, groups and passwords: all of them, or nothing.
import { Conflict, Malformed, NotFound, UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, ok, readObject } from '#parts/identity/handlers/admin/call'
import { assertServed } from '#parts/identity/handlers/admin/served'
import { newUserOf } from '#parts/identity/handlers/admin/users'
import { createRealmStore } from '#parts/identity/store/realms'
import { createUserStore, type User, type UserChange, type UserStore } from '#parts/identity/store/users'
import { unknownField } from '#wire/oidc/keycloak'

/** What Keycloak imports besides; refused by name here. */
const OTHERS = ['clients', 'groups', 'identityProviders', 'roles'] as const

/** Users of one import: their passwords alone take 15 ms each. */
const MOST = 1000

/**
 * Keycloak's `partialImport`, for users. Where Keycloak would make up a realm role that it does not know and ignore what is no
 * e-mail address, this refuses; `OVERWRITE`, which gives an account another id, is not served.
 */
export async function partialImport({ store, realm, req }: AdminCall): Promise<AdminAnswer> {
  const body = await readObject(req, 'PartialImportRepresentation')
  const other = OTHERS.find((field) => body[field] !== undefined)
  if (other) throw UnservedField({ field: other, why: 'are not imported here, only users: make them by their own requests' })
  const { ifResourceExists: policy = 'FAIL', users: wanted = [] } = body
  if (policy !== 'FAIL' && policy !== 'SKIP') throw UnservedField({ field: 'ifResourceExists', why: `is FAIL or SKIP here, not ${policy}` })
  if (wanted.length > MOST) throw Malformed({ what: `at most ${MOST} users are imported at once here, not ${wanted.length}` })
  const roles = new Map((await store.roles.list({ realm: realm.name })).map(({ name, id }) => [name, id]))
  const roleId = (name: string) => {
    const id = roles.get(name)
    if (id === undefined) throw NotFound({ what: `Role ${name} not found` })
    return id
  }
  const users: Awaited<ReturnType<typeof newUserOf>>[] = []
  // One by one: each password takes a thread and 19 MiB for a while.
  for (const body of wanted) {
    const field = unknownField('UserRepresentation', body)
    if (field !== undefined) throw Malformed({ what: `Unrecognized field ${JSON.stringify(field)} in users` })
    assertServed('UserRepresentation', body)
    const roleIds = (body.realmRoles ?? []).map(roleId)
    const { user, rights } = await newUserOf(store, realm, body)
    users.push({ user, rights: { ...rights, roleIds } })
  }
  const results = await store.db.transaction(async (db) => {
    const inside = createUserStore(db)
    // Two that name the same users in another order would wait for each other.
    await createRealmStore(db).hold(realm.name)
    const done = []
    for (const { user, rights } of users) {
      const result = (action: 'ADDED' | 'SKIPPED', id: string) => ({ action, resourceType: 'USER', resourceName: user.username, id })
      const there = policy === 'SKIP' ? await existing(inside, realm.name, user) : undefined
      const made = there ?? (await inside.create(realm.name, user, rights))
      if ('taken' in made) throw Conflict({ what: `User with user name ${user.username} already exists.` })
      done.push(result(there ? 'SKIPPED' : 'ADDED', made.id))
    }
    return done
  })
  const count = (action: string) => results.filter((result) => result.action === action).length
  return ok({ overwritten: 0, added: count('ADDED'), skipped: count('SKIPPED'), results })
}

/** By the name or the e-mail address, as Keycloak looks. */
async function existing(users: UserStore, realm: string, { username, email }: UserChange): Promise<User | undefined> {
  const named = await users.byName(realm, username)
  return named ?? (email ? (await users.list(realm, { email, exact: true }))[0] : undefined)
}
