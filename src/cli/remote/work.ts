// What works at a platform on another machine without a home here: env, sql, storage, logout; with the rights of who logged in.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolesIn } from '#cli/as-user'
import { printEnvironment } from '#cli/commands/env'
import { endGrant } from '#cli/commands/login'
import { runSql } from '#cli/commands/sql'
import { assertFlags, objectVerbs } from '#cli/commands/storage'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { forgetServer, NeedsHome, NotLoggedIn, type Remote, writtenFolder } from '#cli/remote/place'
import { personSession } from '#cli/session'
import { defineError, describeError } from '#kit/errors'
import { own } from '#kit/own'
import { Secret } from '#kit/secret'
import { REGION, ROLES } from '#platform/names'
import { machineServices } from '#platform/registry'
import type { ClientView } from '#platform/service'
import { loginToken, takeLogin } from '#runtime/login'
import type { Token } from '#runtime/tokens'
import { writeBundle } from '#runtime/trust'
import { assumeRole } from '#wire/s3/assume-role'
import type { S3Access } from '#wire/s3/client'

const NoRights = defineError('storage.no_rights', 403, 'the roles of {user} allow no bucket', { hint: 'log in as another' })

/** Seconds for which what `env` prints is good at least, where the platform gives as much. */
const ENV_SECONDS = 240

async function tokenAt(remote: Remote, flags: Flags, leastSeconds?: number): Promise<Token> {
  if (flags.user !== undefined) throw NeedsHome({ what: '--user', server: remote.server })
  const token = await loginToken(remote, leastSeconds)
  if (!token) throw NotLoggedIn({ server: remote.server })
  return token
}

export async function sql(remote: Remote, flags: Flags, given?: string): Promise<void> {
  await runSql(flags, given, () => personSession(remote.clients, () => tokenAt(remote, flags)))
}

export async function storage(remote: Remote, flags: Flags, noun: string, args: readonly string[] = []): Promise<void> {
  const verb = own(objectVerbs, noun)
  if (!verb) throw NeedsHome({ what: `storage ${noun}`, server: remote.server })
  assertFlags(flags, noun)
  await verb(async () => accessAt(remote, await tokenAt(remote, flags)), flags, args)
}

/** A session of the person's in a role of his: each is asked for until one is given. */
async function accessAt(remote: Remote, token: Token): Promise<S3Access> {
  const access = await sessionAt(remote, token)
  if (!access) throw NoRights({ user: token.user })
  return access
}

async function sessionAt({ storage: endpoint }: Remote, token: Token): Promise<S3Access | undefined> {
  const known = Object.values<string>(ROLES)
  const roles = rolesIn(token).filter((role) => !/^(default-roles-.*|offline_access|uma_authorization)$/.test(role))
  for (const role of roles.toSorted((a, b) => (known.indexOf(a) + 1 || 99) - (known.indexOf(b) + 1 || 99))) {
    const session = await assumeRole(endpoint, { role, name: 'akko', token: token.accessToken })
    if (session)
      return {
        ...{ endpoint, region: REGION, accessKeyId: session.accessKeyId },
        ...{ secretAccessKey: new Secret(session.secretAccessKey), sessionToken: session.sessionToken },
      }
  }
  return undefined
}

export async function env(remote: Remote, flags: Flags): Promise<void> {
  if (flags.admin) throw NeedsHome({ what: 'env --admin', server: remote.server })
  const token = await tokenAt(remote, flags, ENV_SECONDS)
  const key = await sessionAt(remote, token)
  const { server } = remote
  const folder = writtenFolder()
  const bundle = writeBundle(join(folder, 'ca-bundle.pem'), remote.caFile === undefined ? [] : [remote.caFile])
  const view: ClientView = {
    user: token.user,
    superuser: false,
    token: token.accessToken,
    tokenFor: async () => token.accessToken,
    tokenExpires: new Date(Date.now() + token.expiresIn * 1000).toISOString(),
    ...(key
      ? { key: { id: key.accessKeyId, secret: key.secretAccessKey.reveal(), ...(key.sessionToken ? { session: key.sessionToken } : {}) } }
      : {}),
    address: (service) => {
      throw NeedsHome({ what: `the address of ${service}`, server })
    },
    endpoint: (service) => (machineServices().find(({ name }) => name === service)?.machine.signed ? remote.storage : remote.clients),
    issuer: remote.issuer,
    url: (path = '') => `${remote.clients}${path}`,
    secret: async (name) => {
      throw NeedsHome({ what: `the secret ${name}`, server })
    },
    file: (name, text) => {
      const file = join(folder, name)
      writeFileSync(file, text, { mode: 0o600 })
      return file
    },
    caFile: remote.caFile ?? bundle,
  }
  const values: Record<string, string> = {
    AKKO_SERVER: remote.server,
    AKKO_CA_FILE: view.caFile,
    ...{
      SSL_CERT_FILE: bundle,
      REQUESTS_CA_BUNDLE: bundle,
      CURL_CA_BUNDLE: bundle,
      AWS_CA_BUNDLE: bundle,
      NODE_EXTRA_CA_CERTS: view.caFile,
    },
  }
  for (const { machine } of machineServices()) Object.assign(values, await machine.clientEnv?.(view))
  await printEnvironment(values, token.user, flags)
}

export async function logout(remote: Remote, flags: Flags): Promise<void> {
  if (flags.all) throw NeedsHome({ what: 'logout --all', server: remote.server })
  const kept = await takeLogin(remote)
  forgetServer()
  let problem: string | undefined
  if (kept)
    await endGrant(remote.issuer, kept).catch((error: unknown) => {
      problem = describeError(error)
    })
  if (flags.json) printJson({ loggedOut: kept?.user ?? null, server: remote.server, ...(problem === undefined ? {} : { problem }) })
  else if (problem === undefined) say(`${kept?.user ?? 'nobody'} is logged out of ${remote.server}`)
  else say(`the token was removed here, but its session was not ended (${problem}); it ends by itself`)
  if (problem !== undefined) process.exitCode = 1
}
