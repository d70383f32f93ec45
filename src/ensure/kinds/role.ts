// A login role of one PostgreSQL server, its password an output in the store of secrets.
import pg from 'pg'
import { scramMatches, scramVerifier } from '#ensure/clients/scram'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { liveRoles } from '#ensure/kinds/postgres-live'
import { ATTRIBUTES, createClosedRole, grantGroups, unless } from '#ensure/kinds/postgres-sql'
import { storedOrNew } from '#ensure/secrets'
import type { ResourceOf } from '#platform/resources'
import { randomSecret } from '#platform/secret-objects'

declare module '#platform/resources' {
  interface ResourceKinds {
    role: {
      readonly server: Server
      readonly name: string
      /** Name of the secret that holds its password; made when missing. */
      readonly secret: string
      readonly memberOf?: readonly string[]
    }
  }
}

type Role = ResourceOf<'role'>

interface Live {
  readonly attributes: boolean
  readonly memberOf: readonly string[]
  readonly passwordWorks: boolean
}

export const roleKind = defineKind<'role', Live>({
  kind: 'role',
  id: ({ server, name }) => `${server}/${name}`,
  shares: () => 'roles',
  after: [],
  secretSpec: ({ name, secret }) => randomSecret(secret, { username: name }),
  read: async ({ clients, secrets }, role) => {
    const live = (await liveRoles(clients.postgres(role.server))).get(role.name)
    if (!live) return undefined
    const password = await secrets.get(role.secret)
    return {
      attributes: live.plain_login,
      memberOf: live.member_of,
      passwordWorks: password !== undefined && (await scramMatches(password, live.verifier)),
    }
  },
  diff: (live, role) => [
    ...(live.attributes ? [] : ['its attributes']),
    ...(live.passwordWorks ? [] : ['the stored password does not open it']),
    ...missing(live.memberOf, role).map((group) => `not a member of ${group}`),
  ],
  create: async (context, role) => {
    const verifier = await verifierOf(context, role)
    const name = pg.escapeIdentifier(role.name)
    await context.clients
      .postgres(role.server)
      .execute('postgres', `CREATE ROLE ${name} ${ATTRIBUTES} PASSWORD ${pg.escapeLiteral(verifier)}`, ...grants(role, []))
  },
  update: async (context, role, live) => {
    const name = pg.escapeIdentifier(role.name)
    const password = live.passwordWorks ? [] : [`ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(await verifierOf(context, role))}`]
    const attributes = live.attributes ? [] : [`ALTER ROLE ${name} ${ATTRIBUTES}`]
    await context.clients.postgres(role.server).execute('postgres', ...attributes, ...password, ...grants(role, live.memberOf))
  },
  // It stays closed until the engine opens it: no password is known there.
  firstTime: (role) => [
    unless(`FROM pg_roles WHERE rolname = ${pg.escapeLiteral(role.name)}`, createClosedRole(role)),
    ...(role.memberOf ?? []).flatMap((group) => grantGroups(role, [group]).map((grant) => unless(isMember(role.name, group), grant))),
  ],
})

const missing = (memberOf: readonly string[], role: Role) => (role.memberOf ?? []).filter((group) => !memberOf.includes(group))

const grants = (role: Role, memberOf: readonly string[]) => grantGroups(role, missing(memberOf, role))

async function verifierOf({ secrets }: EnsureContext, role: Role): Promise<string> {
  return scramVerifier(await storedOrNew(secrets, role.secret))
}

const isMember = (role: string, group: string) =>
  `FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid WHERE r.rolname = ${pg.escapeLiteral(role)} AND g.rolname = ${pg.escapeLiteral(group)}`
