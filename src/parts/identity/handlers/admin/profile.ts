// Keycloak's user profile: the fields that everybody has, and beside them any attribute that a script writes.
import { isDeepStrictEqual } from 'node:util'
import { UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, ok, readRecord } from '#parts/identity/handlers/admin/call'

const both = ['admin', 'user']
const attribute = (name: string, validations: object, more: object = {}) => ({
  ...{ name, displayName: `\${${name}}`, validations },
  ...more,
  permissions: { view: both, edit: both },
  multivalued: false,
})
const required = { required: { roles: ['user'] } }
const name = { length: { max: 255 }, 'person-name-prohibited-characters': {} }

const PROFILE: Readonly<Record<string, unknown>> = {
  attributes: [
    attribute('username', { length: { min: 3, max: 255 }, 'username-prohibited-characters': {}, 'up-username-not-idn-homograph': {} }),
    attribute('email', { email: {}, length: { max: 255 } }, required),
    attribute('firstName', name, required),
    attribute('lastName', name, required),
  ],
  groups: [{ name: 'user-metadata', displayHeader: 'User metadata', displayDescription: 'Attributes, which refer to user metadata' }],
  unmanagedAttributePolicy: 'ENABLED',
}

export const getProfile = async (): Promise<AdminAnswer> => ok(PROFILE)

/** As it is: it cannot be changed. */
export async function updateProfile({ req }: AdminCall): Promise<AdminAnswer> {
  for (const [field, value] of Object.entries(await readRecord(req)))
    if (!isDeepStrictEqual(value, new Map(Object.entries(PROFILE)).get(field)))
      throw UnservedField({ field, why: 'of the user profile is always as it is read here' })
  return ok(PROFILE)
}
