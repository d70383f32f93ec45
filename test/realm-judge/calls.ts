// What scripts ask of a realm's admin API, by Keycloak's own client for Node, in an order in which each finds what it needs.
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client'

export const REALM = 'judge'
export const CLIENT_NAMES = ['node', 'python'] as const

/** Ids of what earlier calls made. */
type Ids = Record<string, string>
type Call = (c: KeycloakAdminClient, id: Ids) => Promise<unknown>

const PASSWORD = 'a-Long-Enough-1'
const keep = async (id: Ids, name: string, made: Promise<{ id?: string } | null | undefined>) => {
  const { id: value = '' } = (await made) ?? {}
  id[name] = value
}
const of = (id: Ids, name: string): string => id[name] || 'none'
/** Both, as a role mapping wants them. */
const role = (id: Ids, name: string) => ({ id: of(id, name), name })

/** Made and removed: later lists are the same where it was refused. */
const passing = async (c: KeycloakAdminClient, client: object) => c.clients.del({ id: (await c.clients.create(client)).id })

const mapper = (name: string, protocolMapper: string, config: Record<string, string>) => ({
  ...{ name, protocol: 'openid-connect', protocolMapper },
  config: { 'access.token.claim': 'true', 'id.token.claim': 'true', ...config },
})

/** Keycloak keeps what is in no profile only in a realm that says so. */
const PROFILE_POLICY = 'ENABLED' as never

const USERS: Readonly<Record<string, Call>> = {
  'users.updateProfile': async (c) => c.users.updateProfile({ ...(await c.users.getProfile()), unmanagedAttributePolicy: PROFILE_POLICY }),
  'users.getProfile': (c) => c.users.getProfile(),
  'users.create': (c, id) =>
    keep(
      id,
      'alice',
      c.users.create({
        ...{ username: 'Alice', email: 'Alice@Example.org', firstName: 'Alice', lastName: 'Anders', enabled: true, emailVerified: true },
        attributes: { department: ['risk'], phone: ['1', '2'] },
        credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
      }),
    ),
  'users.create another': (c, id) =>
    keep(id, 'malice', c.users.create({ username: 'malice', email: 'malice@example.org', lastName: 'Alison', enabled: false })),
  'users.create a third': (c, id) =>
    keep(id, 'bob', c.users.create({ username: 'bob', enabled: true, attributes: { department: ['sales'] } })),
  'users.create of a taken name': (c) => c.users.create({ username: 'alice' }),
  'users.create of a taken address': (c) => c.users.create({ username: 'alice2', email: 'alice@example.org' }),
  'users.create of no name': (c) => c.users.create({ firstName: 'Nobody' }),
  'users.create of no address': (c) => c.users.create({ username: 'noaddress', email: 'no address' }),
  'users.create of a field unknown': (c) => c.users.create({ username: 'bogus', bogus: true } as never),
  'users.create with required actions': (c) => c.users.create({ username: 'acting', requiredActions: ['UPDATE_PASSWORD' as never] }),
  'users.find': (c) => c.users.find(),
  'users.find a page': (c) => c.users.find({ first: 1, max: 1 }),
  'users.find by search': (c) => c.users.find({ search: 'ali' }),
  'users.find by search of an inner part': (c) => c.users.find({ search: 'lice' }),
  'users.find by search with stars': (c) => c.users.find({ search: '*lice*' }),
  'users.find by search in quotes': (c) => c.users.find({ search: '"alice"' }),
  'users.find by search of two words': (c) => c.users.find({ search: 'ali bob' }),
  'users.find by username': (c) => c.users.find({ username: 'lic' }),
  'users.find by exact username': (c) => c.users.find({ username: 'ALICE', exact: true }),
  'users.find by e-mail': (c) => c.users.find({ email: 'example' }),
  'users.find by first name': (c) => c.users.find({ firstName: 'ali' }),
  'users.find by last name': (c) => c.users.find({ lastName: 'Anders', exact: true }),
  'users.find by attribute': (c) => c.users.find({ q: 'department:risk' }),
  'users.find by two attributes': (c) => c.users.find({ q: 'department:risk phone:2' }),
  'users.find by enabled': (c) => c.users.find({ enabled: false }),
  'users.find by verified': (c) => c.users.find({ emailVerified: true }),
  'users.find in brief': (c) => c.users.find({ briefRepresentation: true }),
  'users.count': (c) => c.users.count(),
  'users.count by search': (c) => c.users.count({ search: 'ali' }),
  'users.count by attribute': (c) => c.users.count({ q: 'department:sales' } as never),
  'users.findOne': (c, id) => c.users.findOne({ id: of(id, 'alice') }),
  'users.findOne of none': (c) => c.users.findOne({ id: 'none' }),
  'users.update': (c, id) => c.users.update({ id: of(id, 'alice') }, { firstName: 'Alicia' }),
  'users.findOne after update': (c, id) => c.users.findOne({ id: of(id, 'alice') }),
  'users.update attributes': (c, id) =>
    c.users.update({ id: of(id, 'bob') }, { email: 'bob@example.org', attributes: { team: ['north', 'south'] } }),
  'users.findOne after attributes': (c, id) => c.users.findOne({ id: of(id, 'bob') }),
  'users.update to a taken address': (c, id) => c.users.update({ id: of(id, 'bob') }, { email: 'alice@example.org' }),
  'users.resetPassword': (c, id) =>
    c.users.resetPassword({ id: of(id, 'bob'), credential: { type: 'password', value: PASSWORD, temporary: false } }),
  'users.getCredentials': (c, id) => c.users.getCredentials({ id: of(id, 'malice') }),
  'users.getCredentials of a password': async (c, id) => {
    const [first] = await c.users.getCredentials({ id: of(id, 'bob') })
    id.password = first?.id ?? 'none'
  },
  'users.deleteCredential': (c, id) => c.users.deleteCredential({ id: of(id, 'bob'), credentialId: of(id, 'password') }),
  'users.resetPassword for the next login': (c, id) =>
    c.users.resetPassword({ id: of(id, 'malice'), credential: { type: 'password', value: PASSWORD, temporary: true } }),
  'users.listSessions': (c, id) => c.users.listSessions({ id: of(id, 'alice') }),
  'users.listConsents': (c, id) => c.users.listConsents({ id: of(id, 'alice') }),
  'users.listFederatedIdentities': (c, id) => c.users.listFederatedIdentities({ id: of(id, 'alice') }),
  'users.logout': (c, id) => c.users.logout({ id: of(id, 'alice') }),
}

const ROLES: Readonly<Record<string, Call>> = {
  'roles.create': (c) => c.roles.create({ name: 'reader', description: 'Reads', attributes: { level: ['1'] } }),
  'roles.create another': (c) => c.roles.create({ name: 'writer' }),
  'roles.create of a taken name': (c) => c.roles.create({ name: 'reader' }),
  'roles.find': (c) => c.roles.find(),
  'roles.find by search': (c) => c.roles.find({ search: 'eade' }),
  'roles.find whole': (c) => c.roles.find({ search: 'reader', briefRepresentation: false }),
  'roles.findOneByName': (c, id) => keep(id, 'reader', c.roles.findOneByName({ name: 'reader' })),
  'roles.findOneByName of another': (c, id) => keep(id, 'writer', c.roles.findOneByName({ name: 'writer' })),
  'roles.findOneByName of none': (c) => c.roles.findOneByName({ name: 'nobody' }),
  'roles.findOneById': (c, id) => c.roles.findOneById({ id: of(id, 'reader') }),
  'roles.updateByName': (c) => c.roles.updateByName({ name: 'reader' }, { name: 'reader', description: 'Reads all' }),
  'roles.updateById': (c, id) => c.roles.updateById({ id: of(id, 'writer') }, { name: 'writer', description: 'Writes' }),
  'roles.createComposite': (c, id) => c.roles.createComposite({ roleId: of(id, 'writer') }, [role(id, 'reader')]),
  'roles.getCompositeRoles': (c, id) => c.roles.getCompositeRoles({ id: of(id, 'writer') }),
  'roles.getCompositeRolesForRealm': (c, id) => c.roles.getCompositeRolesForRealm({ id: of(id, 'writer') }),
  'roles.findOneByName of a composite': (c) => c.roles.findOneByName({ name: 'writer' }),
  'users.addRealmRoleMappings': (c, id) => c.users.addRealmRoleMappings({ id: of(id, 'alice'), roles: [role(id, 'writer')] }),
  'users.addRealmRoleMappings of none': (c, id) =>
    c.users.addRealmRoleMappings({ id: of(id, 'alice'), roles: [{ id: 'none', name: 'nobody' }] }),
  'users.listRealmRoleMappings': (c, id) => c.users.listRealmRoleMappings({ id: of(id, 'alice') }),
  'users.listCompositeRealmRoleMappings': (c, id) => c.users.listCompositeRealmRoleMappings({ id: of(id, 'alice') }),
  'users.listAvailableRealmRoleMappings': (c, id) => c.users.listAvailableRealmRoleMappings({ id: of(id, 'alice') }),
  'users.listRoleMappings': (c, id) => c.users.listRoleMappings({ id: of(id, 'alice') }),
  'roles.findUsersWithRole': (c) => c.roles.findUsersWithRole({ name: 'writer' }),
}

const GROUPS: Readonly<Record<string, Call>> = {
  'groups.create': (c, id) => keep(id, 'staff', c.groups.create({ name: 'staff', attributes: { site: ['north'] } })),
  'groups.create another': (c, id) => keep(id, 'guests', c.groups.create({ name: 'guests' })),
  'groups.create of a taken name': (c) => c.groups.create({ name: 'staff' }),
  'groups.createChildGroup': (c, id) => keep(id, 'desk', c.groups.createChildGroup({ id: of(id, 'staff') }, { name: 'desk' })),
  'groups.createChildGroup of a taken name': (c, id) => c.groups.createChildGroup({ id: of(id, 'staff') }, { name: 'desk' }),
  'groups.find': (c) => c.groups.find(),
  'groups.find by search': (c) => c.groups.find({ search: 'desk' }),
  'groups.find whole': (c) => c.groups.find({ search: 'staff', exact: true, briefRepresentation: false }),
  'groups.findOne': (c, id) => c.groups.findOne({ id: of(id, 'staff') }),
  'groups.findOne of a child': (c, id) => c.groups.findOne({ id: of(id, 'desk') }),
  'groups.findOne of none': (c) => c.groups.findOne({ id: 'none' }),
  'groups.listSubGroups': (c, id) => c.groups.listSubGroups({ parentId: of(id, 'staff') }),
  'groups.count': (c) => c.groups.count(),
  'groups.update': (c, id) => c.groups.update({ id: of(id, 'staff') }, { name: 'team', attributes: { site: ['south'] } }),
  'groups.findOne after update': (c, id) => c.groups.findOne({ id: of(id, 'staff') }),
  'realms.getGroupByPath': (c) => c.realms.getGroupByPath({ realm: REALM, path: 'team/desk' }),
  'users.addToGroup': (c, id) => c.users.addToGroup({ id: of(id, 'alice'), groupId: of(id, 'desk') }),
  'users.addToGroup of none': (c, id) => c.users.addToGroup({ id: of(id, 'alice'), groupId: 'none' }),
  'users.listGroups': (c, id) => c.users.listGroups({ id: of(id, 'alice') }),
  'users.countGroups': (c, id) => c.users.countGroups({ id: of(id, 'alice') }),
  'groups.listMembers': (c, id) => c.groups.listMembers({ id: of(id, 'desk') }),
  'groups.addRealmRoleMappings': (c, id) => c.groups.addRealmRoleMappings({ id: of(id, 'staff'), roles: [role(id, 'reader')] }),
  'groups.listRealmRoleMappings': (c, id) => c.groups.listRealmRoleMappings({ id: of(id, 'staff') }),
  'groups.listAvailableRealmRoleMappings': (c, id) => c.groups.listAvailableRealmRoleMappings({ id: of(id, 'staff') }),
  'groups.listRoleMappings': (c, id) => c.groups.listRoleMappings({ id: of(id, 'staff') }),
  'groups.delRealmRoleMappings': (c, id) => c.groups.delRealmRoleMappings({ id: of(id, 'staff'), roles: [role(id, 'reader')] }),
  'users.delFromGroup': (c, id) => c.users.delFromGroup({ id: of(id, 'alice'), groupId: of(id, 'desk') }),
}

const CLIENTS: Readonly<Record<string, Call>> = {
  'clients.create': (c, id) =>
    keep(
      id,
      'tool',
      c.clients.create({
        ...{ clientId: 'tool', name: 'Tool', serviceAccountsEnabled: true, secret: 'of-the-tool' },
        redirectUris: ['https://tool.example.org/callback'],
      }),
    ),
  'clients.create of a taken name': (c) => c.clients.create({ clientId: 'tool' }),
  'clients.create for passwords': (c) => passing(c, { clientId: 'direct', publicClient: true, directAccessGrantsEnabled: true }),
  'clients.create of SAML': (c) => passing(c, { clientId: 'saml', protocol: 'saml' }),
  'clients.create with a pattern': (c) => passing(c, { clientId: 'pattern', redirectUris: ['https://tool.example.org/*'] }),
  'clients.find': (c) => c.clients.find(),
  'clients.find by clientId': (c) => c.clients.find({ clientId: 'tool' }),
  'clients.find by search': (c) => c.clients.find({ clientId: 'too', search: true }),
  'clients.findOne': (c, id) => c.clients.findOne({ id: of(id, 'tool') }),
  'clients.findOne of none': (c) => c.clients.findOne({ id: 'none' }),
  'clients.update': (c, id) =>
    c.clients.update({ id: of(id, 'tool') }, { clientId: 'tool', description: 'A tool', attributes: { 'access.token.lifespan': '300' } }),
  'clients.findOne after update': (c, id) => c.clients.findOne({ id: of(id, 'tool') }),
  'clients.getClientSecret': (c, id) => c.clients.getClientSecret({ id: of(id, 'tool') }),
  'clients.generateNewClientSecret': (c, id) => c.clients.generateNewClientSecret({ id: of(id, 'tool') }),
  'clients.getServiceAccountUser': (c, id) => c.clients.getServiceAccountUser({ id: of(id, 'tool') }),
  'clients.createRole': (c, id) => c.clients.createRole({ id: of(id, 'tool'), name: 'operator', description: 'Operates' }),
  'clients.createRole of a taken name': (c, id) => c.clients.createRole({ id: of(id, 'tool'), name: 'operator' }),
  'clients.listRoles': (c, id) => c.clients.listRoles({ id: of(id, 'tool') }),
  'clients.findRole': (c, id) => keep(id, 'operator', c.clients.findRole({ id: of(id, 'tool'), roleName: 'operator' })),
  'clients.updateRole': (c, id) =>
    c.clients.updateRole({ id: of(id, 'tool'), roleName: 'operator' }, { name: 'operator', description: 'Operates all' }),
  'users.addClientRoleMappings': (c, id) =>
    c.users.addClientRoleMappings({ id: of(id, 'bob'), clientUniqueId: of(id, 'tool'), roles: [role(id, 'operator')] }),
  'users.listClientRoleMappings': (c, id) => c.users.listClientRoleMappings({ id: of(id, 'bob'), clientUniqueId: of(id, 'tool') }),
  'users.listAvailableClientRoleMappings': (c, id) =>
    c.users.listAvailableClientRoleMappings({ id: of(id, 'alice'), clientUniqueId: of(id, 'tool') }),
  'users.listCompositeClientRoleMappings': (c, id) =>
    c.users.listCompositeClientRoleMappings({ id: of(id, 'bob'), clientUniqueId: of(id, 'tool') }),
  'users.listRoleMappings of clients': (c, id) => c.users.listRoleMappings({ id: of(id, 'bob') }),
  'clients.findUsersWithRole': (c, id) => c.clients.findUsersWithRole({ id: of(id, 'tool'), roleName: 'operator' }),
  'roles.createComposite of a client’s role': (c, id) => c.roles.createComposite({ roleId: of(id, 'writer') }, [role(id, 'operator')]),
  'roles.getCompositeRolesForClient': (c, id) => c.roles.getCompositeRolesForClient({ id: of(id, 'writer'), clientId: of(id, 'tool') }),
  'users.listCompositeClientRoleMappings by a composite': (c, id) =>
    c.users.listCompositeClientRoleMappings({ id: of(id, 'alice'), clientUniqueId: of(id, 'tool') }),
  'roles.delCompositeRoles': (c, id) => c.roles.delCompositeRoles({ id: of(id, 'writer') }, [role(id, 'operator'), role(id, 'reader')]),
  'users.delClientRoleMappings': (c, id) =>
    c.users.delClientRoleMappings({ id: of(id, 'bob'), clientUniqueId: of(id, 'tool'), roles: [role(id, 'operator')] }),
  'clients.addProtocolMapper': (c, id) =>
    c.clients.addProtocolMapper({ id: of(id, 'tool') }, mapper('aud', 'oidc-audience-mapper', { 'included.custom.audience': 'other' })),
  'clients.addProtocolMapper of pairwise subjects': async (c, id) => {
    const client = { id: of(id, 'tool') }
    await c.clients.addProtocolMapper(client, mapper('pairs', 'oidc-sha256-pairwise-sub-mapper', { pairwiseSubAlgorithmSalt: 'x' }))
    const made = (await c.clients.listProtocolMappers(client)).find(({ name }) => name === 'pairs')
    await c.clients.delProtocolMapper({ ...client, mapperId: made?.id ?? 'none' })
  },
  'clients.addProtocolMapper of a taken name': (c, id) =>
    c.clients.addProtocolMapper({ id: of(id, 'tool') }, mapper('aud', 'oidc-audience-mapper', { 'included.custom.audience': 'x' })),
  'clients.addMultipleProtocolMappers': (c, id) =>
    c.clients.addMultipleProtocolMappers({ id: of(id, 'tool') }, [
      mapper('aud2', 'oidc-audience-mapper', { 'included.custom.audience': 'third' }),
    ]),
  'clients.listProtocolMappers': async (c, id) => {
    const all = await c.clients.listProtocolMappers({ id: of(id, 'tool') })
    id.aud = all.find(({ name }) => name === 'aud')?.id ?? 'none'
  },
  'clients.findProtocolMapperById': (c, id) => c.clients.findProtocolMapperById({ id: of(id, 'tool'), mapperId: of(id, 'aud') }),
  'clients.updateProtocolMapper': (c, id) =>
    c.clients.updateProtocolMapper(
      { id: of(id, 'tool'), mapperId: of(id, 'aud') },
      { id: of(id, 'aud'), ...mapper('aud', 'oidc-audience-mapper', { 'included.custom.audience': 'fourth' }) },
    ),
  'clients.delProtocolMapper': (c, id) => c.clients.delProtocolMapper({ id: of(id, 'tool'), mapperId: of(id, 'aud') }),
  'clients.addProtocolMapper of an attribute': (c, id) =>
    c.clients.addProtocolMapper(
      { id: of(id, 'tool') },
      mapper('dep', 'oidc-usermodel-attribute-mapper', {
        ...{ 'user.attribute': 'department', 'claim.name': 'department', 'jsonType.label': 'String' },
      }),
    ),
  'clients.addProtocolMapper of a constant': (c, id) =>
    c.clients.addProtocolMapper(
      { id: of(id, 'tool') },
      mapper('site', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'site', 'claim.value': 'north', 'jsonType.label': 'String' }),
    ),
  'clients.addProtocolMapper of groups': (c, id) =>
    c.clients.addProtocolMapper(
      { id: of(id, 'tool') },
      mapper('paths', 'oidc-group-membership-mapper', { 'claim.name': 'paths', 'full.path': 'true' }),
    ),
  'clientScopes.find': async (c, id) => {
    const all = await c.clientScopes.find()
    id.phone = all.find(({ name }) => name === 'phone')?.id ?? 'none'
  },
  'clientScopes.create': async (c) => {
    await c.clientScopes.create({ name: 'own', protocol: 'openid-connect' })
    await c.clientScopes.delByName({ name: 'own' })
  },
  'clients.listDefaultClientScopes': (c, id) => c.clients.listDefaultClientScopes({ id: of(id, 'tool') }),
  'clients.addDefaultClientScope': (c, id) => c.clients.addDefaultClientScope({ id: of(id, 'tool'), clientScopeId: of(id, 'phone') }),
  'clients.delDefaultClientScope': (c, id) => c.clients.delDefaultClientScope({ id: of(id, 'tool'), clientScopeId: of(id, 'phone') }),
  'clients.listOptionalClientScopes': (c, id) => c.clients.listOptionalClientScopes({ id: of(id, 'tool') }),
  'clients.listSessions': (c, id) => c.clients.listSessions({ id: of(id, 'tool') }),
  'clients.getSessionCount': (c, id) => c.clients.getSessionCount({ id: of(id, 'tool') }),
  'clients.getOfflineSessionCount': (c, id) => c.clients.getOfflineSessionCount({ id: of(id, 'tool') }),
  'clients.delRole': (c, id) => c.clients.delRole({ id: of(id, 'tool'), roleName: 'operator' }),
  'clients.del': (c, id) => c.clients.del({ id: of(id, 'tool') }),
}

const REALMS: Readonly<Record<string, Call>> = {
  'realms.findOne': (c) => c.realms.findOne({ realm: REALM }),
  'realms.findOne of none': (c) => c.realms.findOne({ realm: 'none' }),
  'realms.create of a taken name': (c) => c.realms.create({ realm: REALM }),
  'realms.update': (c) => c.realms.update({ realm: REALM }, { displayName: 'Judge', accessTokenLifespan: 300 }),
  'realms.update for registration': (c) => c.realms.update({ realm: REALM }, { registrationAllowed: true }),
  'realms.update of a theme': (c) => c.realms.update({ realm: REALM }, { loginTheme: 'keycloak' }),
  'realms.partialImport': (c) =>
    c.realms.partialImport({ realm: REALM, rep: { ifResourceExists: 'SKIP', users: [{ username: 'imported', enabled: true }] } }),
  'realms.partialImport of roles': (c) =>
    c.realms.partialImport({ realm: REALM, rep: { ifResourceExists: 'SKIP', roles: { realm: [{ name: 'imported' }] } } }),
  'realms.getConfigEvents': (c) => c.realms.getConfigEvents({ realm: REALM }),
  'realms.updateConfigEvents': (c) => c.realms.updateConfigEvents({ realm: REALM }, { adminEventsEnabled: true }),
  'realms.findEvents': (c) => c.realms.findEvents({ realm: REALM }),
  'realms.findAdminEvents': (c) => c.realms.findAdminEvents({ realm: REALM }),
  'realms.clearAdminEvents': (c) => c.realms.clearAdminEvents({ realm: REALM }),
  'realms.getClientSessionStats': (c) => c.realms.getClientSessionStats({ realm: REALM }),
  'realms.getDefaultGroups': (c) => c.realms.getDefaultGroups({ realm: REALM }),
  'realms.getKeys': (c) => c.realms.getKeys({ realm: REALM }),
  'realms.logoutAll': (c) => c.realms.logoutAll({ realm: REALM }),
  'attackDetection.findOne': (c, id) => c.attackDetection.findOne({ id: of(id, 'alice') }),
  'attackDetection.del': (c, id) => c.attackDetection.del({ id: of(id, 'alice') }),
  'attackDetection.delAll': (c) => c.attackDetection.delAll(),
  'authenticationManagement.getRequiredActions': (c) => c.authenticationManagement.getRequiredActions(),
  'authenticationManagement.getFlows': (c) => c.authenticationManagement.getFlows(),
  'components.find': (c) => c.components.find(),
  'identityProviders.find': (c) => c.identityProviders.find(),
  'identityProviders.create': async (c) => {
    await c.identityProviders.create({ alias: 'other', providerId: 'oidc', config: {} })
    await c.identityProviders.del({ alias: 'other' })
  },
  'users.executeActionsEmail': (c, id) => c.users.executeActionsEmail({ id: of(id, 'malice'), actions: ['UPDATE_PASSWORD' as never] }),
}

const ENDS: Readonly<Record<string, Call>> = {
  'users.delRealmRoleMappings': (c, id) => c.users.delRealmRoleMappings({ id: of(id, 'alice'), roles: [role(id, 'writer')] }),
  'groups.del': (c, id) => c.groups.del({ id: of(id, 'staff') }),
  'groups.find after del': (c) => c.groups.find(),
  'roles.delByName': (c) => c.roles.delByName({ name: 'reader' }),
  'roles.delById': (c, id) => c.roles.delById({ id: of(id, 'writer') }),
  'users.del': (c, id) => c.users.del({ id: of(id, 'malice') }),
  'users.find after del': (c) => c.users.find(),
}

export const CALLS: Readonly<Record<string, Call>> = { ...USERS, ...ROLES, ...GROUPS, ...CLIENTS, ...REALMS, ...ENDS }
