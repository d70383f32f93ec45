// A client of a realm: what it may do, where it returns to, its secret and the roles of its service account.
import { addRoles, idFrom, inRealm, type KeycloakClient, rolesOfUser } from '#ensure/clients/keycloak'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { storedOrNew } from '#ensure/secrets'
import type { ResourceOf } from '#platform/resources'
import { randomSecret } from '#platform/secret-objects'

declare module '#platform/resources' {
  interface ResourceKinds {
    client: {
      readonly realm: string
      readonly clientId: string
      readonly name: string
      readonly public: boolean
      /** Secret that holds the client secret; absent for public clients. */
      readonly secret?: string
      /** Exact URIs; no wildcards. */
      readonly redirectUris: readonly string[]
      readonly postLogoutRedirectUris?: readonly string[]
      readonly webOrigins?: readonly string[]
      readonly flows: readonly ('code' | 'client-credentials' | 'device' | 'password' | 'token-exchange')[]
      /** Whether a person is asked before he is signed in to it; the embedded server asks for every native client. */
      readonly consent?: true
      /** Whom its access tokens are for. A part takes no token that does not name it. */
      readonly audiences: readonly string[]
      /** Whether the realm roles are in its tokens again, as flat `groups` and in ID tokens. */
      readonly groups?: true
      /** Realm roles of its service account (client-credentials). */
      readonly serviceRoles?: readonly string[]
    }
  }
}

type Client = ResourceOf<'client'>

/** The fields of Keycloak's ClientRepresentation that a declaration decides; the server adds many more. */
interface Representation {
  readonly clientId: string
  readonly name: string
  readonly enabled: boolean
  readonly publicClient: boolean
  readonly consentRequired: boolean
  readonly fullScopeAllowed: boolean
  readonly redirectUris: readonly string[]
  readonly webOrigins: readonly string[]
  readonly standardFlowEnabled: boolean
  readonly implicitFlowEnabled: boolean
  readonly directAccessGrantsEnabled: boolean
  readonly serviceAccountsEnabled: boolean
  readonly attributes: Readonly<Record<string, string>>
  readonly protocolMappers?: readonly Mapper[]
  readonly secret?: string
}

/** How a claim gets into the client's tokens. */
interface Mapper {
  readonly name: string
  readonly protocol: string
  readonly protocolMapper: string
  readonly config: Readonly<Record<string, string>>
}

interface Live {
  readonly id: string
  readonly representation: Partial<Representation>
  readonly secretMatches: boolean
  readonly serviceRoles: readonly string[]
}

const PROTOCOL = 'openid-connect'
const POST_LOGOUT = 'post.logout.redirect.uris'
/** Keycloak keeps lists in attributes joined so. */
const JOIN = '##'

export const clientKind = defineKind<'client', Live>({
  kind: 'client',
  id: ({ realm, clientId }) => `${realm}/${clientId}`,
  after: ['realm', 'realmRole'],
  secretSpec: ({ secret }) => (secret === undefined ? undefined : randomSecret(secret)),
  read: async ({ clients, secrets }, client) => {
    const keycloak = clients.keycloak()
    const representation = (await liveClients(keycloak, client.realm)).get(client.clientId)
    if (!representation) return undefined
    const stored = client.secret === undefined ? undefined : await secrets.get(client.secret)
    return {
      id: representation.id,
      representation,
      secretMatches: client.secret === undefined || stored?.matches(representation.secret ?? '') === true,
      serviceRoles: client.serviceRoles?.length
        ? await serviceRoles(keycloak, client.realm, representation.id, representation.serviceAccountsEnabled)
        : [],
    }
  },
  diff: (live, client) => [
    ...representationDiff(live.representation, representationOf(client)),
    ...mappersDiff(live.representation, client).map((name) => `the claim of ${name}`),
    ...(live.secretMatches ? [] : ['another secret than the stored one']),
    ...missing(live, client).map((role) => `its service account is without ${role}`),
  ],
  create: async (context, client) => {
    const keycloak = context.clients.keycloak()
    const body = {
      protocol: PROTOCOL,
      ...representationOf(client),
      protocolMappers: mappersOf(client),
      ...(await secretOf(context, client)),
    }
    const { location } = await keycloak.write('POST', inRealm(client.realm, 'clients'), body)
    await giveServiceRoles(keycloak, client.realm, idFrom(location), client.serviceRoles ?? [])
  },
  // Absent fields stay as they are, attributes are merged, mappers replaced.
  update: async (context, client, live) => {
    const keycloak = context.clients.keycloak()
    const mappers = mappersDiff(live.representation, client)
    if (representationDiff(live.representation, representationOf(client)).length + mappers.length > 0 || !live.secretMatches) {
      const others = (live.representation.protocolMappers ?? []).filter(({ name }) => !mappers.includes(name))
      const wanted = mappersOf(client).filter(({ name }) => mappers.includes(name))
      const body = {
        ...representationOf(client),
        ...(mappers.length > 0 ? { protocolMappers: [...others, ...wanted] } : {}),
        ...(await secretOf(context, client)),
      }
      await keycloak.write('PUT', inRealm(client.realm, 'clients', live.id), body)
    }
    await giveServiceRoles(keycloak, client.realm, live.id, missing(live, client))
  },
})

function representationOf(client: Client): Omit<Representation, 'secret'> {
  const flow = (name: Client['flows'][number]) => client.flows.includes(name)
  return {
    clientId: client.clientId,
    name: client.name,
    enabled: true,
    publicClient: client.public,
    consentRequired: client.consent === true,
    // A new client of Keycloak that asks for consent tells no roles of the person, unless this is said.
    fullScopeAllowed: true,
    redirectUris: client.redirectUris,
    webOrigins: client.webOrigins ?? [],
    standardFlowEnabled: flow('code'),
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: flow('password'),
    serviceAccountsEnabled: flow('client-credentials'),
    attributes: {
      'oauth2.device.authorization.grant.enabled': String(flow('device')),
      'standard.token.exchange.enabled': String(flow('token-exchange')),
      ...(client.public ? { 'pkce.code.challenge.method': 'S256' } : {}),
      ...(client.postLogoutRedirectUris ? { [POST_LOGOUT]: client.postLogoutRedirectUris.join(JOIN) } : {}),
    },
  }
}

const ROLE_MAPPER = 'oidc-usermodel-realm-role-mapper'
const ROLES = { 'jsonType.label': 'String', multivalued: 'true' }

const AUDIENCE_MAPPER = 'oidc-audience-mapper'
/** Names of the mappers that are ours: what is called so and is not declared goes. */
const OWN_AUDIENCE = /^audience( |$)/

function mappersOf({ groups, audiences }: Client): readonly Mapper[] {
  const mapper = (name: string, protocolMapper: string, config: Record<string, string>): Mapper => ({
    name,
    protocol: PROTOCOL,
    protocolMapper,
    config: { 'access.token.claim': 'true', 'id.token.claim': 'false', ...config },
  })
  const roles = [
    mapper('groups', ROLE_MAPPER, { ...ROLES, 'claim.name': 'groups' }),
    // Keycloak by itself tells roles in access tokens only, while clients look for them where they read who it is.
    mapper('roles of people', ROLE_MAPPER, {
      ...ROLES,
      'claim.name': 'realm_access.roles',
      'access.token.claim': 'false',
      'id.token.claim': 'true',
      'userinfo.token.claim': 'true',
    }),
  ]
  return [
    ...(groups ? roles : []),
    ...audiences.map((audience) => mapper(`audience ${audience}`, AUDIENCE_MAPPER, { 'included.client.audience': audience })),
  ]
}

/** Names of the declared mappers that are missing or differ, and of audiences of ours that are not declared any more; the server may add settings of its own. */
function mappersDiff(live: Partial<Representation>, client: Client): string[] {
  const declared = mappersOf(client)
  const differing = declared.filter((wanted) => {
    const found = live.protocolMappers?.find(({ name }) => name === wanted.name)
    return found?.protocolMapper !== wanted.protocolMapper || Object.entries(wanted.config).some(([k, v]) => found.config[k] !== v)
  })
  const surplus = (live.protocolMappers ?? []).filter(
    ({ name, protocolMapper }) =>
      protocolMapper === AUDIENCE_MAPPER && OWN_AUDIENCE.test(name) && !declared.some((wanted) => wanted.name === name),
  )
  return [...differing, ...surplus].map(({ name }) => name)
}

/** Names of the declared fields that differ; lists are sets, and an absent attribute is false. */
function representationDiff(live: Partial<Representation>, wanted: Omit<Representation, 'secret'>): string[] {
  const { attributes, ...fields } = wanted
  return [
    ...Object.entries(fields)
      .filter(([field, value]) => !same(live[field as keyof Representation], value))
      .map(([field]) => field),
    ...Object.entries(attributes)
      .filter(([name, value]) => !same(split(name, live.attributes?.[name] ?? 'false'), split(name, value)))
      .map(([name]) => name),
  ]
}

const split = (name: string, value: string) => (name === POST_LOGOUT ? value.split(JOIN) : value)

function same(live: unknown, wanted: unknown): boolean {
  if (!Array.isArray(wanted)) return live === wanted
  const found = new Set(Array.isArray(live) ? live : [])
  return found.size === new Set(wanted).size && wanted.every((item) => found.has(item))
}

async function secretOf({ secrets }: EnsureContext, { secret }: Client): Promise<{ secret?: string }> {
  return secret === undefined ? {} : { secret: (await storedOrNew(secrets, secret)).reveal() }
}

type LiveClient = Partial<Representation> & { readonly id: string; readonly clientId: string }

/** All clients of the realm, secrets included, asked once. */
function liveClients(keycloak: KeycloakClient, realm: string): Promise<ReadonlyMap<string, LiveClient>> {
  return keycloak.memo.once(`clients ${realm}`, async () => {
    const clients = (await keycloak.read<LiveClient[]>(inRealm(realm, 'clients'))) ?? []
    return new Map(clients.map((c) => [c.clientId, c]))
  })
}

const missing = (live: Live, { serviceRoles = [] }: Client) => serviceRoles.filter((role) => !live.serviceRoles.includes(role))

async function serviceUser(keycloak: KeycloakClient, realm: string, id: string): Promise<string> {
  const user = await keycloak.read<{ id: string }>(inRealm(realm, 'clients', id, 'service-account-user'))
  if (!user) throw new Error('the client has no service account')
  return user.id
}

async function serviceRoles(keycloak: KeycloakClient, realm: string, id: string, enabled = false): Promise<readonly string[]> {
  return enabled ? rolesOfUser(keycloak, realm, await serviceUser(keycloak, realm, id)) : []
}

async function giveServiceRoles(keycloak: KeycloakClient, realm: string, id: string, roles: readonly string[]): Promise<void> {
  if (roles.length > 0) await addRoles(keycloak, realm, await serviceUser(keycloak, realm, id), roles)
}
