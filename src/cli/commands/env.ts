// akko env: everything that clients want, under our names and theirs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accountIn, askedUser, nameIn, rolesIn, tokenOf } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { ROLES } from '#platform/names'
import { jobsCell, machineServices } from '#platform/registry'
import type { ClientView } from '#platform/service'
import { type Asker, recordAsked } from '#runtime/audit'
import { callCell, requireRunning } from '#runtime/client'
import { keptLogin } from '#runtime/login'
import { clientUrl, HOST, type Machine, port } from '#runtime/machine'
import { type Login, PERSON_PATH } from '#runtime/postgres-people'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser, issuerUrl, ownerToken } from '#runtime/tokens'
import { clientCaFile, writeCaBundle } from '#runtime/trust'
import { ensureUserKey } from '#runtime/user-keys'

const NotAdministrator = defineError('env.not_administrator', 403, '{user} may not have superusers’ addresses and credentials', {
  hint: 'leave --admin out, or name a user with the role {role}: --user',
})

export async function env(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  const asked = askedUser(flags)
  const user = asked ?? defaultUser(machine)
  const loggedIn = asked === undefined ? keptLogin(machine)?.user : user
  if (loggedIn !== undefined && loggedIn !== user)
    say(`these are the tokens of ${user}, not of ${loggedIn}, who logged in here: --user ${loggedIn} names him`)
  const values = await clientEnvironment(machine, user, { superuser: flags.admin === true })
  await printEnvironment(values, user, flags)
}

/** As a shell, a program or a file takes them. */
export async function printEnvironment(values: Readonly<Record<string, string>>, user: string, flags: Flags): Promise<void> {
  if (flags.json || flags.format === 'json') return printJson(values)
  const quote = (v: string) => `'${v.replaceAll("'", "'\\''")}'`
  const prefix = flags.format === 'dotenv' ? '' : 'export '
  // A shell may hold another user's: what this one does not get must not stay behind.
  if (flags.format === 'shell') for (const name of await withheld(values)) process.stdout.write(`unset ${name}\n`)
  // `:` since interactive zsh takes no comments.
  if (flags.format === 'shell')
    process.stdout.write(`: # the tokens of ${JSON.stringify(user)} are good until ${values.AKKO_TOKEN_EXPIRES}, then run akko env again\n`)
  for (const [name, value] of Object.entries(values)) process.stdout.write(`${prefix}${name}=${quote(value)}\n`)
}

/** The variables that the declarations give to some user, and that these values do not have. */
export async function withheld(values: Readonly<Record<string, string>>): Promise<string[]> {
  const names = new Set<string>()
  for (const service of machineServices())
    for (const view of EVERY_VIEW) for (const name of Object.keys((await service.machine.clientEnv?.(view)) ?? {})) names.add(name)
  return [...names].filter((name) => !Object.hasOwn(values, name))
}

const NOBODY: ClientView = {
  user: '',
  superuser: false,
  token: '',
  tokenFor: async () => '',
  tokenExpires: '',
  address: () => ({ host: '', port: 0 }),
  endpoint: () => '',
  issuer: '',
  url: () => '',
  secret: async () => '',
  file: () => '',
  caFile: '',
}

const NO_LOGIN = { user: '', password: '', databases: [], tls: true }

/** Asked for the names alone: nothing is read or written for them. */
const EVERY_VIEW: readonly ClientView[] = [undefined, { id: '', secret: '', session: '' }].flatMap((key) =>
  [false, true].map((superuser) => ({ ...NOBODY, superuser, ...(key ? { key, postgres: NO_LOGIN } : {}) })),
)

/** Whoever holds superusers' credentials goes around every policy: who got them, or tried, is on record. */
async function assertSuperuser(machine: Machine, asker: Asker): Promise<void> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const isAllowed = asker.roles.includes(ROLES.admin)
  const what = { part: 'secrets', action: 'read', kind: 'secret', path: ['superusers'] }
  await recordAsked(machine, secrets, asker, { what, outcome: isAllowed ? 'allowed' : 'denied' })
  if (!isAllowed) throw NotAdministrator({ user: asker.username, role: ROLES.admin })
}

/** Undefined where nothing there is for him, or the server does not answer. */
async function ownLogin(machine: Machine, user: string): Promise<Login | undefined> {
  try {
    const login = await callCell<Login>(machine, jobsCell(), PERSON_PATH, { user })
    return login.databases.length > 0 ? login : undefined
  } catch (error) {
    say(`no login at the business PostgreSQL: ${(error as Error).message}`)
    return undefined
  }
}

/** For one user: what the declarations say that clients of each part want. */
export async function clientEnvironment(
  machine: Machine,
  user: string,
  { superuser = false }: { readonly superuser?: boolean } = {},
): Promise<Record<string, string>> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const token = await tokenOf(machine, secrets, user)
  const roles = rolesIn(token)
  if (superuser) await assertSuperuser(machine, { username: user, roles })
  const key = await ensureUserKey(machine, secrets, { username: nameIn(token), account: accountIn(token), roles })
  const postgres = await ownLogin(machine, nameIn(token))
  const view: ClientView = {
    user,
    superuser,
    token: token.accessToken,
    tokenFor: async (audience) => (await ownerToken(machine, secrets, user, [audience])).accessToken,
    tokenExpires: new Date(Date.now() + token.expiresIn * 1000).toISOString(),
    ...(key ? { key: { id: key.id, secret: key.secret.reveal() } } : {}),
    ...(postgres ? { postgres } : {}),
    address: (service) => ({ host: HOST, port: port(machine, service) }),
    endpoint: (service) => `http://${HOST}:${port(machine, service)}`,
    issuer: issuerUrl(machine),
    url: (path) => clientUrl(machine, path),
    secret: async (name) => (await requiredSecret(secrets, name)).reveal(),
    file: (name, text) => {
      const file = join(machine.paths.records, name)
      writeFileSync(file, text, { mode: 0o600 })
      return file
    },
    caFile: clientCaFile(machine),
  }
  const bundle = writeCaBundle(machine)
  const values: Record<string, string> = {
    AKKO_HOME: machine.home,
    AKKO_CA_FILE: view.caFile,
    SSL_CERT_FILE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    CURL_CA_BUNDLE: bundle,
    NODE_EXTRA_CA_CERTS: view.caFile,
  }
  for (const service of machineServices()) Object.assign(values, await service.machine.clientEnv?.(view))
  return values
}
