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
import { createPeopleAdmin, type OneTimeLink, type PeopleAdmin, type PersonAccount } from '#runtime/people-admin'
import { createPolicy } from '#runtime/policy'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'

const UserUsage = defineError('user.usage', 400, '{problem}', {
  hint: 'akko user list | add NAME --role ROLE | invite NAME --role ROLE | reset NAME | passwd NAME | disable NAME | enable NAME | roles NAME --add ROLE --remove ROLE',
})

type Verb = (people: PeopleAdmin, flags: Flags, username: string) => Promise<void>

const add: Verb = async (people, flags, username) => {
  const roles = rolesOf(flags)
  const password = flags.passwordStdin === true ? await newPassword(flags, username) : randomSecret()
  await people.create({ username, ...emailOf(flags), roles }, password, flags.temporary === true)
  const first = flags.passwordStdin === true ? {} : { password: password.reveal() }
  if (flags.json) printJson({ created: username, roles, ...first })
  else {
    say(`created ${username} with ${roles.join(', ')}`)
    if (first.password !== undefined) process.stdout.write(`first password  ${first.password}\n`)
  }
}

const VERBS: Readonly<Record<string, Verb>> = {
  add,
  create: add,
  invite: async (people, flags, username) => {
    const roles = rolesOf(flags)
    const made = await people.invite({ username, ...emailOf(flags), roles }, flags.print === true)
    if (!flags.json) say(`created ${username} with ${roles.join(', ')}; he sets the password himself`)
    tellLink(flags, username, { created: username, roles }, made)
  },
  reset: async (people, flags, username) => {
    if (flags.totp === true) {
      await people.removeSecondFactor(username)
      return tell(flags, { user: username, totp: false }, `the second factor of ${username} is off: his password alone opens the account`)
    }
    tellLink(flags, username, { user: username }, await people.reset(username, flags.print === true))
  },
  passwd: async (people, flags, username) => {
    const temporary = flags.temporary === true
    await people.setPassword(username, await newPassword(flags, username), temporary)
    const text = `the password of ${username} is changed${temporary ? ', and he chooses another at his next login' : ''}`
    tell(flags, { changed: username, temporary }, `${text}; open sessions go on: \`akko logout --all --user ${username}\``)
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
    const { roles = [], byGroup } = (await people.list()).find((person) => person.username === username) ?? {}
    tell(flags, { user: username, roles, ...(byGroup ? { byGroup } : {}) }, `${username} has ${rolesText({ roles, byGroup }) || 'no role'}`)
  },
}

export async function user(machine: Machine, flags: Flags, verb: string, name?: string): Promise<void> {
  await requireRunning(machine)
  if (verb === 'list' || verb === 'ls') return list(await peopleOf(machine, flags), flags)
  const change = own(VERBS, verb)
  if (!change) throw UserUsage({ problem: `there is no "user ${verb}"` })
  if (name === undefined || name === '') throw UserUsage({ problem: `user ${verb} takes a NAME` })
  await change(await peopleOf(machine, flags), flags, name.toLowerCase())
}

/** Accounts, with the rights of who the flags say. */
export async function peopleOf(machine: Machine, flags: Flags): Promise<PeopleAdmin> {
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
    users.map(({ username, email, enabled, unknownRoles, ...held }) => [
      ...[username, email ?? '', enabled ? 'open' : 'disabled'],
      [rolesText(held), ...unknownRoles.map((role) => `${role} (not in the policy)`)].filter((text) => text !== '').join(', '),
    ]),
  )
}

/** With the groups by which the policy gives them. */
function rolesText({ roles, byGroup = [] }: { roles: readonly string[]; byGroup?: PersonAccount['byGroup'] | undefined }): string {
  const groupsOf = (role: string) => byGroup.flatMap((by) => (by.role === role ? [by.group] : [])).join(', ')
  return roles.map((role) => (groupsOf(role) === '' ? role : `${role} (by ${groupsOf(role)})`)).join(', ')
}

function rolesOf(flags: Flags): readonly string[] {
  const roles = words(flags, 'role')
  if (roles.length === 0)
    throw UserUsage({ problem: `a user needs a --role: ${Object.values(ROLES).join(', ')}, or another of the policy's` })
  return roles
}

const emailOf = ({ email }: Flags) => (typeof email === 'string' ? { email } : {})

/** One that was sent is shown to nobody. */
function tellLink(flags: Flags, username: string, result: object, { link, expires, sentTo, problem }: OneTimeLink): void {
  const until = new Date(expires * 1000).toISOString()
  if (flags.json)
    printJson({ ...result, ...(sentTo === undefined ? { link } : { sentTo }), expires: until, ...(problem ? { problem } : {}) })
  else if (sentTo !== undefined) say(`a link is on its way to ${sentTo}; it works once, until ${until}`)
  else {
    if (problem !== undefined) say(`it could not be sent: ${problem}`)
    say(`hand this link to ${username}; it works once, until ${until}:`)
    process.stdout.write(`${link}\n`)
  }
}

function words(flags: Flags, name: string): readonly string[] {
  return Array.isArray(flags[name]) ? (flags[name] as string[]) : []
}

function tell(flags: Flags, result: object, text: string): void {
  if (flags.json) printJson(result)
  else say(text)
}
