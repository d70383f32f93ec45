// akko user: people's accounts, with the rights of who asks.
import { rolesIn, tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { newPassword } from '#cli/password'
import { createKeycloakClient } from '#ensure/clients/keycloak'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import { randomSecret } from '#kit/secret'
import { ROLES, secretName } from '#platform/names'
import { type Asker, recordAsked } from '#runtime/audit'
import { requireRunning } from '#runtime/client'
import { HOST, type Machine, port } from '#runtime/machine'
import { createPeopleAdmin, type PeopleAdmin } from '#runtime/people-admin'
import { createPolicy } from '#runtime/policy'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'

const UserUsage = defineError('user.usage', 400, '{problem}', {
  hint: 'akko user list | create NAME --role ROLE | passwd NAME | disable NAME | enable NAME | roles NAME --add ROLE --remove ROLE',
})

type Verb = (people: PeopleAdmin, flags: Flags, username: string) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = {
  create: async (people, flags, username) => {
    const roles = words(flags, 'role')
    if (roles.length === 0)
      throw UserUsage({ problem: `a user needs a --role: ${Object.values(ROLES).join(', ')}, or another of the policy's` })
    const password = flags.passwordStdin === true ? await newPassword(flags, username) : randomSecret()
    const email = typeof flags.email === 'string' ? { email: flags.email } : {}
    await people.create({ username, ...email, roles }, password)
    const first = flags.passwordStdin === true ? {} : { password: password.reveal() }
    if (flags.json) printJson({ created: username, roles, ...first })
    else {
      say(`created ${username} with ${roles.join(', ')}`)
      if (first.password !== undefined) process.stdout.write(`first password  ${first.password}\n`)
    }
  },
  passwd: async (people, flags, username) => {
    await people.setPassword(username, await newPassword(flags, username))
    tell(
      flags,
      { changed: username },
      `the password of ${username} is changed; open sessions go on: \`akko logout --all --user ${username}\``,
    )
  },
  disable: async (people, flags, username) => {
    await people.setEnabled(username, false)
    tell(flags, { disabled: username }, `${username} is disabled: sessions, tokens and keys stop within seconds`)
  },
  enable: async (people, flags, username) => {
    await people.setEnabled(username, true)
    tell(flags, { enabled: username }, `${username} may log in`)
  },
  roles: async (people, flags, username) => {
    const change = { add: words(flags, 'add'), remove: words(flags, 'remove') }
    if (change.add.length + change.remove.length === 0) throw UserUsage({ problem: 'roles takes --add ROLE, --remove ROLE or both' })
    await people.changeRoles(username, change)
    const roles = (await people.list()).find((person) => person.username === username)?.roles ?? []
    tell(flags, { user: username, roles }, `${username} has ${roles.join(', ') || 'no role'}`)
  },
}

export async function user(machine: Machine, flags: Flags, verb: string, name?: string): Promise<void> {
  await requireRunning(machine)
  if (verb === 'list') return list(await peopleOf(machine, flags), flags)
  const change = own(VERBS, verb)
  if (!change) throw UserUsage({ problem: `there is no "user ${verb}"` })
  if (name === undefined || name === '') throw UserUsage({ problem: `user ${verb} takes a NAME` })
  await change(await peopleOf(machine, flags), flags, name.toLowerCase())
}

async function peopleOf(machine: Machine, flags: Flags): Promise<PeopleAdmin> {
  const token = await tokenFor(machine, flags)
  return peopleFor(machine, { username: token.user, roles: rolesIn(token) })
}

/** Accounts, with the rights of this person. */
export async function peopleFor(machine: Machine, asker: Asker): Promise<PeopleAdmin> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const admin = { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) }
  const keycloak = createKeycloakClient({ url: `http://${HOST}:${port(machine, 'identity')}`, admin })
  return createPeopleAdmin({
    keycloak,
    asker,
    policy: createPolicy(machine),
    record: (facts, does) => recordAsked(machine, secrets, asker, facts, does),
  })
}

async function list(people: PeopleAdmin, flags: Flags): Promise<void> {
  const users = await people.list()
  if (flags.json) return printJson({ users })
  printTable(
    ['NAME', 'EMAIL', 'ACCOUNT', 'ROLES'],
    users.map(({ username, email, enabled, roles }) => [username, email ?? '', enabled ? 'open' : 'disabled', roles.join(', ')]),
  )
}

function words(flags: Flags, name: string): readonly string[] {
  return Array.isArray(flags[name]) ? (flags[name] as string[]) : []
}

function tell(flags: Flags, result: object, text: string): void {
  if (flags.json) printJson(result)
  else say(text)
}
