// A platform on another machine, as `akko login --server` keeps it for this user: its addresses, its authority and the login. No home is needed.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { z } from 'zod'
import type { Flags } from '#cli/flags'
import { defineError } from '#kit/errors'
import { readPlainFile } from '#kit/plain-file'
import { makePrivateFolder } from '#kit/private-folder'
import { Secret } from '#kit/secret'
import { homePath } from '#runtime/home'
import type { LoginPlace } from '#runtime/login'
import { createFileSecretStore } from '#runtime/secrets'

export const NotLoggedIn = defineError('remote.no_login', 401, 'nobody is logged in at {server} from here', {
  hint: 'akko login --server {server} --ca FILE (the file of its authority; not needed where this machine trusts it)',
})
export const NeedsHome = defineError(
  'remote.needs_home',
  400,
  '{what} works in the home of a platform, on its own machine; here you are logged in at {server}, without a home',
  { hint: 'from another machine: akko login, env, sql, logout, and storage ls|du|cp|mirror|usage|rm|presign' },
)
export const OtherServer = defineError('remote.other_server', 409, 'the login that is kept here is for {kept}, not for {server}', {
  hint: 'akko login --server {server} takes its place; akko logout --server {kept} ends it first',
})
export const ServerUnreadable = defineError('remote.unreadable', 409, 'the login that {file} keeps cannot be read', {
  hint: 'remove it, and log in again: akko login --server URL',
})

const ADDRESSES = z.object({ issuer: z.url(), clients: z.url(), storage: z.url() })
/** What a gateway tells every program (`/.well-known/akko`). */
export type Addresses = Readonly<z.infer<typeof ADDRESSES>>
export const readAddresses = (value: unknown): Addresses => ADDRESSES.parse(value)

const SERVER = ADDRESSES.extend({ server: z.url(), tokenEndpoint: z.url() })
type Server = Readonly<z.infer<typeof SERVER>>

export interface Remote extends Server, LoginPlace {
  /** Its authority, where it was told one. */
  readonly caFile: string | undefined
}

const FILE = 'server.json'
/** Of what `akko env` writes; goes with the login. */
const WRITTEN = 'env'

/** `~/.config/akko`; 0700. */
const folder = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'akko')
const caPath = (): string => join(folder(), 'ca.pem')

/**
 * Where a command works: at another machine when `--server` says so, or when there is a login there and no home here. Undefined: in a home.
 * @throws NotLoggedIn, OtherServer, ServerUnreadable
 */
export function remoteOf(flags: Flags, environment: NodeJS.ProcessEnv = process.env): Remote | undefined {
  const asked = typeof flags.server === 'string' ? serverUrl(flags.server) : undefined
  if (asked === undefined && hasHome(flags, environment)) return undefined
  const kept = readServer()
  if (!kept) {
    if (asked === undefined) return undefined
    throw NotLoggedIn({ server: asked })
  }
  if (asked !== undefined && asked !== kept.server) throw OtherServer({ kept: kept.server, server: asked })
  const caFile = existsSync(caPath()) ? caPath() : undefined
  if (caFile) trustAuthority(readFileSync(caFile, 'utf8'))
  return { ...kept, caFile, paths: { records: folder() }, tokenUrl: kept.tokenEndpoint }
}

/** One is named, or there is one at `~/.akko`. */
const hasHome = (flags: Flags, environment: NodeJS.ProcessEnv): boolean =>
  flags.home !== undefined || Boolean(environment.AKKO_HOME) || existsSync(homePath(undefined))

/** For what a login alone is not enough for. @throws NeedsHome where there is only that, ServerUnreadable */
export function assertHome(what: string, flags: Flags, environment: NodeJS.ProcessEnv = process.env): void {
  if (hasHome(flags, environment)) return
  const kept = readServer()
  if (kept) throw NeedsHome({ what, server: kept.server })
}

const BadServer = defineError('remote.bad_server', 400, '{given} is no address of a platform', {
  hint: 'it looks like https://akko.example.org:PORT',
})

/** Its origin. @throws BadServer */
export function serverUrl(given: string): string {
  const url = URL.parse(given.includes('://') ? given : `https://${given}`)
  if (url?.protocol !== 'https:') throw BadServer({ given })
  return url.origin
}

export function trustAuthority(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem])
}

function readServer(): Server | undefined {
  const file = join(folder(), FILE)
  try {
    const text = readPlainFile(file)
    return text === undefined ? undefined : SERVER.parse(JSON.parse(text))
  } catch (error) {
    throw ServerUnreadable({ file }, error)
  }
}

/** In the place of what was kept. */
export async function keepServer(server: Server, ca: string | undefined): Promise<LoginPlace> {
  makePrivateFolder(folder())
  forgetWritten()
  if (ca === undefined) rmSync(caPath(), { force: true })
  else writeFileSync(caPath(), ca, { mode: 0o600 })
  await createFileSecretStore(folder()).put(FILE, new Secret(JSON.stringify(server)))
  return { paths: { records: folder() }, issuer: server.issuer, tokenUrl: server.tokenEndpoint }
}

/** The folder, 0700, for files that the environment of who logged in names. */
export function writtenFolder(): string {
  const path = join(folder(), WRITTEN)
  makePrivateFolder(path)
  return path
}

const forgetWritten = (): void => rmSync(join(folder(), WRITTEN), { recursive: true, force: true })

export function forgetServer(): void {
  forgetWritten()
  for (const file of [join(folder(), FILE), caPath()]) rmSync(file, { force: true })
}
