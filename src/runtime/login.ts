// What `akko login` keeps in the home, and renews while its session lasts; an ended or unreadable login is refused by name, never nobody's.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { defineError } from '#kit/errors'
import { inTurn } from '#kit/file-lock'
import { readPlainFile } from '#kit/plain-file'
import { Secret } from '#kit/secret'
import type { Machine } from '#runtime/machine'
import { createRealmClient, GrantError, type RealmClient } from '#runtime/realm-client'
import { createFileSecretStore } from '#runtime/secrets'
import { issuerUrl, realmUrl, type Token } from '#runtime/tokens'

const WAY_OUT = '`akko login` logs in again; after `akko logout` commands work as the owner of the home'
export const LoginEnded = defineError('login.ended', 401, 'your login as {user} has ended: {reason}', { hint: WAY_OUT })
export const LoginNotRenewed = defineError('login.not_renewed', 503, 'your login as {user} could not be renewed: {reason}', {
  blame: 'operator',
  hint: `see \`akko logs identity\`, then try again; ${WAY_OUT}`,
})
export const LoginUnreadable = defineError('login.unreadable', 409, 'the login that {file} keeps cannot be read', { hint: WAY_OUT })

/** The terminal's own client of the realm, which has no secret. */
export const TERMINAL_CLIENT = 'cli'
const FILE = 'login.json'
/** Seconds for which a token must be good yet to begin a command with it. */
const MARGIN = 30

const LOGIN = z.object({
  user: z.string().min(1),
  accessToken: z.string().min(1),
  /** Renews the access token once: each answer brings the next one. */
  refreshToken: z.string().min(1).optional(),
  /** Of the access token, in milliseconds since 1970. */
  expiresAt: z.number(),
})
export type Login = Readonly<z.infer<typeof LOGIN>>

/** Where a login is kept and renewed: a home, or what is kept of a platform on another machine. */
export interface LoginPlace {
  readonly paths: Pick<Machine['paths'], 'records'>
  /** As the realm's tokens name it. */
  readonly issuer: string
  /** Of the realm's token endpoint. */
  readonly tokenUrl: string
}
type Place = Machine | LoginPlace

/** Undefined when nobody logged in. @throws LoginUnreadable */
export function keptLogin(machine: Place): Login | undefined {
  const file = join(machine.paths.records, FILE)
  try {
    const text = readPlainFile(file)
    return text === undefined ? undefined : LOGIN.parse(JSON.parse(text))
  } catch (error) {
    throw LoginUnreadable({ file }, error)
  }
}

export function keepLogin(machine: Place, login: Login): Promise<void> {
  return alone(machine, () => write(machine, login))
}

/** What was kept, and is not any more, whether it could be read or not. @throws LoginUnreadable */
export function takeLogin(machine: Place): Promise<Login | undefined> {
  return alone(machine, async () => {
    try {
      return keptLogin(machine)
    } finally {
      rmSync(join(machine.paths.records, FILE), { force: true })
    }
  })
}

/** Of who logged in with `akko login`, renewed where it is good for less than so many seconds; undefined when nobody did. @throws LoginEnded, LoginNotRenewed, LoginUnreadable */
export async function loginToken(machine: Place, leastSeconds = MARGIN): Promise<Token | undefined> {
  const kept = keptLogin(machine)
  if (!kept) return undefined
  return freshToken(kept, leastSeconds) ?? alone(machine, () => renewedToken(machine, kept.user, leastSeconds))
}

/** While the lock is held: a refresh token is good once, and a second use ends the session. */
async function renewedToken(machine: Place, user: string, leastSeconds: number): Promise<Token> {
  const kept = keptLogin(machine)
  if (kept?.user !== user) throw LoginEnded({ user, reason: 'another command logged out meanwhile' })
  const fresh = freshToken(kept, leastSeconds)
  if (fresh) return fresh
  if (kept.refreshToken === undefined) throw LoginEnded({ user, reason: 'nothing was kept to renew it' })
  const next = await renew(machine, user, kept.refreshToken)
  await write(machine, next)
  return tokenOf(next)
}

async function renew(machine: Place, user: string, refreshToken: string): Promise<Login> {
  try {
    const answer = await (await realmOf(machine)).refresh(refreshToken)
    return loginOf(user, { ...answer, refresh_token: answer.refresh_token ?? refreshToken })
  } catch (error) {
    if (!(error instanceof GrantError)) throw error
    const refused = error.code === 'invalid_grant' ? LoginEnded : LoginNotRenewed
    throw refused({ user, reason: error.message }, error)
  }
}

function realmOf(machine: Place): Promise<RealmClient> {
  const at = 'tokenUrl' in machine ? machine : { issuer: issuerUrl(machine), tokenUrl: realmUrl(machine, 'token') }
  return createRealmClient({ issuer: at.issuer, tokenUrl: at.tokenUrl, clientId: TERMINAL_CLIENT })
}

/** What is kept of an answer of the token endpoint. */
export function loginOf(
  user: string,
  answer: { readonly access_token: string; readonly refresh_token?: string | undefined; readonly expires_in?: number | undefined },
): Login {
  return {
    ...{ user, accessToken: answer.access_token, expiresAt: Date.now() + (answer.expires_in ?? 60) * 1000 },
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
  }
}

function tokenOf({ user, accessToken, expiresAt }: Login): Token {
  return { user, accessToken, expiresIn: Math.floor((expiresAt - Date.now()) / 1000) }
}

function freshToken(login: Login, leastSeconds: number): Token | undefined {
  const token = tokenOf(login)
  return token.expiresIn > leastSeconds ? token : undefined
}

/** A file of 0600 that is replaced whole. */
function write(machine: Place, login: Login): Promise<void> {
  return createFileSecretStore(machine.paths.records).put(FILE, new Secret(JSON.stringify(login)))
}

function alone<T>(machine: Place, body: () => Promise<T>): Promise<T> {
  return inTurn(join(machine.paths.records, 'login.lock'), () => {}, body)
}
