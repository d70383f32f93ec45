// Several users at once, with their roles, groups and passwords: all of them, or nothing.
import { own } from '#kit/own'
import { Conflict, Malformed, NotFound } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, ok, readObject, textField, textList } from '#parts/identity/handlers/admin/call'
import { newUserOf } from '#parts/identity/handlers/admin/users'
import { createUserStore } from '#parts/identity/store/users'
import { unknownField } from '#wire/oidc/keycloak'

/** What Keycloak imports besides; refused by name here. */
const OTHERS = ['clients', 'groups', 'identityProviders', 'roles'] as const

/**
 * Keycloak's `partialImport`, for users. Where Keycloak would make up a realm role that it does not know and ignore what is no
 * e-mail address, this refuses; `OVERWRITE`, which gives an account another id, is not served.
 */
export async function partialImport({ store, realm, req }: AdminCall): Promise<AdminAnswer> {
  const body = await readObject(req, 'PartialImportRepresentation')
  const other = OTHERS.find((field) => own(body, field) !== undefined)
  if (other) throw Malformed({ what: `${other} are not imported here, only users: make them by their own requests` })
  const policy = textField(body, 'ifResourceExists') ?? 'FAIL'
  if (policy !== 'FAIL' && policy !== 'SKIP') throw Malformed({ what: `ifResourceExists is FAIL or SKIP here, not ${policy}` })
  const users = await Promise.all(usersIn(own(body, 'users')).map((user) => newUserOf(store, realm, user)))
  const roles = new Map((await store.roles.list(realm.name)).map(({ name, id }) => [name, id]))
  const roleId = (name: string) => {
    const id = roles.get(name)
    if (id === undefined) throw NotFound({ what: `Role ${name} not found` })
    return id
  }
  const wanted = users.map((user) => ({ ...user, rights: { ...user.rights, roleIds: textList(user.body.realmRoles).map(roleId) } }))
  const results = await store.db.transaction(async (db) => {
    const inside = createUserStore(db)
    const done = []
    for (const { user, rights } of wanted) {
      const result = (action: 'ADDED' | 'SKIPPED', id: string) => ({ action, resourceType: 'USER', resourceName: user.username, id })
      const there = policy === 'SKIP' ? await inside.byName(realm.name, user.username) : undefined
      const made = there ?? (await inside.create(realm.name, user, rights))
      if ('taken' in made) throw Conflict({ what: `User with user name ${user.username} already exists.` })
      done.push(result(there ? 'SKIPPED' : 'ADDED', made.id))
    }
    return done
  })
  const count = (action: string) => results.filter((result) => result.action === action).length
  return ok({ overwritten: 0, added: count('ADDED'), skipped: count('SKIPPED'), results })
}

function usersIn(value: unknown): Record<string, unknown>[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.some((user) => user === null || typeof user !== 'object' || Array.isArray(user)))
    throw Malformed({ what: 'users is no list of users' })
  for (const user of value) {
    const field = unknownField('UserRepresentation', user)
    if (field !== undefined) throw Malformed({ what: `Unrecognized field ${JSON.stringify(field)} in users` })
  }
  return value
}
