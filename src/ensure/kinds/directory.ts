// A directory of people (LDAP) that a realm reads: Keycloak's user storage provider and its mapper of groups to realm roles.
// The password is tried with the server's own test, since it is never told; whoever is in the directory is taken over once at
// creation, and by each login after that.
import { idFrom, inRealm, type KeycloakClient } from '#ensure/clients/keycloak'
import { AdminRefused, Failed } from '#ensure/errors'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { uuidFrom } from '#ensure/uuid'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    /** A directory of people (LDAP) that a realm reads: its users may log in, and get realm roles by their groups there. */
    directory: {
      readonly realm: string
      readonly name: string
      readonly url: string
      readonly bindDn: string
      /** Secret that holds the password of `bindDn`; only the operator can give it. */
      readonly secret: string
      readonly usersDn: string
      readonly userFilter?: string
      /** Attributes of a person's entry. */
      readonly usernameAttribute: string
      readonly idAttribute: string
      readonly objectClasses: readonly string[]
      /** Where groups are whose names are the realm's roles. */
      readonly groupsDn?: string
      readonly groupFilter?: string
    }
  }
}

type Directory = ResourceOf<'directory'>
type Config = Readonly<Record<string, readonly string[]>>

interface Component {
  readonly id: string
  readonly name: string
  readonly providerId: string
  readonly parentId?: string
  readonly config?: Config
}

interface Live {
  readonly storage: Component
  readonly mapper?: Component
  readonly passwordWorks: boolean
}

const STORAGE = 'org.keycloak.storage.UserStorageProvider'
const MAPPER = 'org.keycloak.storage.ldap.mappers.LDAPStorageMapper'
const ROLES = 'groups are realm roles'

export const directoryKind = defineKind<'directory', Live>({
  kind: 'directory',
  id: ({ realm, name }) => `${realm}/${name}`,
  after: ['realm', 'realmRole'],
  unavailable: async ({ clients }, { realm }) => {
    const keycloak = clients.keycloak()
    // A realm that is not there yet says nothing about its server.
    const there = (await keycloak.read(inRealm(realm))) !== undefined
    if (!there || (await componentsOf(keycloak, realm, STORAGE)) !== undefined) return undefined
    return 'this identity server reads no LDAP directory (Keycloak does)'
  },
  read: async (context, directory) => {
    const keycloak = context.clients.keycloak()
    const found = await componentsOf(keycloak, directory.realm, STORAGE)
    const storage = found?.find((c) => c.id === idOf(directory)) ?? found?.find((c) => c.name === directory.name)
    if (!storage) return undefined
    const mapper = (await componentsOf(keycloak, directory.realm, MAPPER, storage.id))?.find((c) => c.name === ROLES)
    return { storage, ...(mapper ? { mapper } : {}), passwordWorks: await passwordWorks(context, directory, storage.id) }
  },
  diff: (live, directory) => [
    ...differences(live.storage.config, storageConfig(directory)),
    ...(directory.groupsDn === undefined ? [] : mapperDifferences(live, directory)),
    ...(live.passwordWorks ? [] : ['the directory refuses the password that it has']),
  ],
  create: async (context, directory) => {
    const keycloak = context.clients.keycloak()
    const body = {
      id: idOf(directory),
      providerId: 'ldap',
      providerType: STORAGE,
      name: directory.name,
      config: await withPassword(context, directory),
    }
    const { location } = await keycloak.write('POST', inRealm(directory.realm, 'components'), body)
    const id = idFrom(location)
    if (directory.groupsDn !== undefined) await putMapper(keycloak, directory, id, undefined)
    await synchronise(keycloak, directory, id)
  },
  update: async (context, directory, { storage, mapper, passwordWorks }) => {
    const keycloak = context.clients.keycloak()
    if (!passwordWorks || differences(storage.config, storageConfig(directory)).length > 0) {
      const config = { ...storage.config, ...(await withPassword(context, directory)) }
      await keycloak.write('PUT', inRealm(directory.realm, 'components', storage.id), { ...storage, config })
    }
    if (directory.groupsDn !== undefined) await putMapper(keycloak, directory, storage.id, mapper)
    await synchronise(keycloak, directory, storage.id)
  },
})

/** Names of components may repeat: only its id keeps two runs that meet from making two. */
const idOf = ({ realm, name }: Directory) => uuidFrom('directory', realm, name)

/** Undefined where the server has no such thing as components. */
/** Undefined where the server knows none, or refuses them by name. */
function componentsOf(keycloak: KeycloakClient, realm: string, type: string, parent?: string): Promise<readonly Component[] | undefined> {
  const query = new URLSearchParams({ type, ...(parent === undefined ? {} : { parent }) }).toString()
  return keycloak.read<Component[]>(`${inRealm(realm, 'components')}?${query}`).catch((error: unknown) => {
    if (AdminRefused.is(error) && Number(error.values.status) === 400) return undefined
    throw error
  })
}

function storageConfig(d: Directory): Config {
  return {
    enabled: ['true'],
    vendor: ['other'],
    connectionUrl: [d.url],
    bindDn: [d.bindDn],
    authType: ['simple'],
    usersDn: [d.usersDn],
    searchScope: ['2'],
    usernameLDAPAttribute: [d.usernameAttribute],
    rdnLDAPAttribute: [d.usernameAttribute],
    uuidLDAPAttribute: [d.idAttribute],
    userObjectClasses: [d.objectClasses.join(', ')],
    ...(d.userFilter ? { customUserSearchFilter: [d.userFilter] } : {}),
    // People are kept where they are: nothing is ever written into the directory.
    editMode: ['READ_ONLY'],
    importEnabled: ['true'],
    pagination: ['true'],
  }
}

/** Groups of the directory give the realm role of the same name. */
function mapperConfig(d: Directory): Config {
  return {
    'roles.dn': [d.groupsDn ?? ''],
    'role.name.ldap.attribute': ['cn'],
    'role.object.classes': ['groupOfNames'],
    'membership.ldap.attribute': ['member'],
    'membership.attribute.type': ['DN'],
    'membership.user.ldap.attribute': [d.usernameAttribute],
    ...(d.groupFilter ? { 'roles.ldap.filter': [d.groupFilter] } : {}),
    mode: ['READ_ONLY'],
    'user.roles.retrieve.strategy': ['LOAD_ROLES_BY_MEMBER_ATTRIBUTE'],
    'use.realm.roles.mapping': ['true'],
  }
}

const differences = (live: Config = {}, wanted: Config) =>
  Object.entries(wanted).flatMap(([name, [value]]) => (live[name]?.[0] === value ? [] : [`another ${name}`]))

const mapperDifferences = ({ mapper }: Live, directory: Directory) =>
  mapper ? differences(mapper.config, mapperConfig(directory)) : ['no mapper of groups']

async function withPassword({ secrets }: EnsureContext, directory: Directory): Promise<Config> {
  const password = await secrets.get(directory.secret)
  if (!password) throw Failed({ resource: `directory ${directory.name}`, why: `there is no secret ${directory.secret} with its password` })
  return { ...storageConfig(directory), bindCredential: [password.reveal()] }
}

async function putMapper(keycloak: KeycloakClient, directory: Directory, parentId: string, live: Component | undefined): Promise<void> {
  const config = { ...live?.config, ...mapperConfig(directory) }
  const id = live?.id ?? uuidFrom('directory', directory.realm, directory.name, 'roles')
  const body = { id, name: ROLES, providerId: 'role-ldap-mapper', providerType: MAPPER, parentId, config }
  if (!live) await keycloak.write('POST', inRealm(directory.realm, 'components'), body)
  else if (differences(live.config, mapperConfig(directory)).length > 0)
    await keycloak.write('PUT', inRealm(directory.realm, 'components', id), body)
}

/** Asks the server to log in with the password that it keeps. */
async function passwordWorks({ clients }: EnsureContext, d: Directory, componentId: string): Promise<boolean> {
  return clients.keycloak().check(inRealm(d.realm, 'testLDAPConnection'), {
    action: 'testAuthentication',
    connectionUrl: d.url,
    bindDn: d.bindDn,
    bindCredential: '**********',
    authType: 'simple',
    componentId,
  })
}

async function synchronise(keycloak: KeycloakClient, { realm }: Directory, id: string): Promise<void> {
  await keycloak.write('POST', `${inRealm(realm, 'user-storage', id, 'sync')}?action=triggerFullSync`)
}
