// What the fields of Keycloak's representations hold, for those that have a meaning here; what holds something else is refused by name.
import { Malformed } from '#parts/identity/errors'
import type { RepresentationName } from '#wire/oidc/keycloak'

/** @throws Malformed */
type Read<T> = (value: unknown, name: string) => T

/** The fields that are given. Null is no value, as in Keycloak; all others are kept as they are. */
export type Fields<F> = Readonly<Record<string, unknown>> & { readonly [K in keyof F]?: F[K] extends Read<infer T> ? T : never }

/** A number or a truth value is its own text, as in Keycloak. */
const text: Read<string> = (value, name) => {
  if (typeof value === 'object') throw Malformed({ what: `${name} is no text but ${kindOf(value)}` })
  return String(value)
}

const flag: Read<boolean> = (value, name) => {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw Malformed({ what: `${name} is neither true nor false` })
}

const list =
  <T>(item: Read<T>): Read<T[]> =>
  (value, name) => {
    if (!Array.isArray(value)) throw Malformed({ what: `${name} is no list` })
    return value.map((each) => item(each, `an item of ${name}`))
  }

/** A name without a value keeps its null. */
const map =
  <T>(item: Read<T>): Read<Record<string, T | null>> =>
  (value, name) =>
    Object.fromEntries(entriesOf(value, name).map(([key, each]) => [key, each === null ? null : item(each, `${key} of ${name}`)]))

const object =
  <F extends Record<string, Read<unknown>>>(fields: F): Read<Fields<F>> =>
  (value, name) => {
    const readers = new Map(Object.entries(fields))
    const given = entriesOf(value, name).filter(([key, each]) => each !== null || !readers.has(key))
    return Object.fromEntries(given.map(([key, each]) => [key, readers.get(key)?.(each, key) ?? each])) as Fields<F>
  }

function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw Malformed({ what: `${name} is no object` })
  return Object.entries(value)
}

const kindOf = (value: object | null) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object')

const credential = object({ type: text, value: text, temporary: flag })
const mapper = object({ id: text, name: text, protocol: text, protocolMapper: text, consentRequired: flag, config: map(text) })
const user = object({
  ...{ username: text, email: text, firstName: text, lastName: text, enabled: flag, emailVerified: flag },
  attributes: map(list(text)),
  ...{ credentials: list(credential), requiredActions: list(text), groups: list(text), realmRoles: list(text) },
})

export const READERS = {
  ClientRepresentation: object({
    ...{ id: text, clientId: text, name: text, description: text, protocol: text, secret: text, rootUrl: text, baseUrl: text },
    ...{ enabled: flag, publicClient: flag, bearerOnly: flag, consentRequired: flag, serviceAccountsEnabled: flag },
    ...{ standardFlowEnabled: flag, implicitFlowEnabled: flag, directAccessGrantsEnabled: flag, attributes: map(text) },
    ...{ redirectUris: list(text), webOrigins: list(text), protocolMappers: list(mapper) },
    ...{ defaultClientScopes: list(text), optionalClientScopes: list(text) },
  }),
  UserRepresentation: user,
  RoleRepresentation: object({ id: text, name: text, description: text, attributes: map(list(text)) }),
  CredentialRepresentation: credential,
  ProtocolMapperRepresentation: mapper,
  RealmRepresentation: object({ realm: text, displayName: text, enabled: flag, attributes: map(text), passwordPolicy: text }),
  PartialImportRepresentation: object({ ifResourceExists: text, users: list(user) }),
  GroupRepresentation: object({ id: text, name: text, description: text, attributes: map(list(text)) }),
} as const satisfies Record<RepresentationName, Read<unknown>>

export type Representation<K extends RepresentationName> = ReturnType<(typeof READERS)[K]>
