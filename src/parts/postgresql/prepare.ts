// Brings one server's data folder to where it can start: initdb when it is new, its settings, its superuser's password.
import { createHash, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { readPlainFile } from '#kit/plain-file'
import { makePrivateFolder } from '#kit/private-folder'
import type { Secret } from '#kit/secret'
import { ForeignFolder, MajorMismatch } from '#parts/postgresql/errors'
import { listOrEmpty, type Provider } from '#parts/postgresql/provider'
import { run } from '#parts/postgresql/run'
import { assertSocketPath, type RunAs } from '#parts/postgresql/service-user'
import { type Confined, printHba, printSettings, serverTimezone, TLS_FILES } from '#parts/postgresql/settings'

export const SUPERUSER = 'postgres'

export interface PrepareOptions {
  readonly server: string
  readonly provider: Provider
  readonly dataDir: string
  readonly socketDir: string
  readonly port: number
  readonly superuserPassword: Secret
  /** Who runs it; from `serviceUser()`. */
  readonly runAs?: RunAs | undefined
  /** `shared_buffers`, MiB. */
  readonly sharedBuffersMb: number
  /** With which it speaks TLS; absent: it does not. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly confined?: readonly Confined[]
}

export interface Prepared {
  /** What was done, for a person; empty when all was as it should be. */
  readonly changes: readonly string[]
}

/** Idempotent; to be called while this server does not run, or with nothing to change. @throws MajorMismatch, ForeignFolder, FolderRefused, SocketPathTooLong, ToolFailed */
export async function preparePostgresServer(options: PrepareOptions): Promise<Prepared> {
  const { dataDir, socketDir, provider, runAs, port } = options
  assertSocketPath(socketDir, port)
  const changes: string[] = []
  makePrivateFolder(socketDir, runAs, parentMode(runAs))
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    await initialise(options)
    changes.push(`initialised ${dataDir} with PostgreSQL ${provider.version}`)
  }
  assertMajor(options)
  changes.push(...writeSettings(options))
  if (!superuserMatches(options) && !isRunning(dataDir)) {
    await resetSuperuser(options)
    changes.push(`set the password of ${SUPERUSER} anew`)
  }
  return { changes }
}

/** initdb into a folder beside, which takes its name only when it is whole. */
async function initialise({ dataDir, provider, runAs, superuserPassword }: PrepareOptions): Promise<void> {
  if (listOrEmpty(dataDir).length > 0) throw ForeignFolder({ path: dataDir, reason: 'holds files and is not a PostgreSQL data folder' })
  const fresh = `${dataDir}.new`
  rmSync(fresh, { recursive: true, force: true })
  rmSync(dataDir, { recursive: true, force: true })
  makePrivateFolder(fresh, runAs, parentMode(runAs))
  const data = join(fresh, 'data')
  const password = join(fresh, 'password')
  writeOwned(password, `${superuserPassword.reveal()}\n`, runAs)
  const args = ['-D', data, '-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', password, '-E', 'UTF8', '--locale=C', '--data-checksums']
  await run(join(provider.bin, 'initdb'), args, { ...runOptions(provider, runAs), cwd: fresh })
  rmSync(password)
  renameSync(data, dataDir)
  if (!lstatSync(dataDir).isDirectory()) throw ForeignFolder({ path: dataDir, reason: 'is not a folder' })
  writeOwned(join(dataDir, MARKER), `${fingerprint(superuserPassword)}\n`, runAs)
  rmSync(fresh, { recursive: true, force: true })
  syncFolder(dirname(dataDir))
}

function assertMajor({ dataDir, provider }: PrepareOptions): void {
  const found = readPlainFile(join(dataDir, 'PG_VERSION'))?.trim()
  if (found !== String(provider.major)) throw MajorMismatch({ dataDir, found, bin: provider.bin, major: provider.major })
}

const INCLUDE = "include 'akko.conf'"

function writeSettings(options: PrepareOptions): string[] {
  const { dataDir, server, port, socketDir, provider, runAs } = options
  const settings = printSettings({
    server,
    port,
    socketDir,
    pgaudit: provider.extensions.pgaudit !== undefined,
    sharedBuffersMb: options.sharedBuffersMb,
    maxConnections: 100,
    timezone: serverTimezone(),
    tls: options.tls !== undefined,
  })
  // The server's user could have laid a link here, and what we read is written back as its file.
  const main = readPlainFile(join(dataDir, 'postgresql.conf')) ?? ''
  const files: readonly (readonly [string, string])[] = [
    ['akko.conf', settings],
    ['pg_hba.conf', printHba(options.confined ?? [], options.tls !== undefined)],
    ...(options.tls
      ? ([
          [TLS_FILES.cert, options.tls.cert],
          [TLS_FILES.key, options.tls.key],
        ] as const)
      : []),
    ['postgresql.conf', main.split('\n').includes(INCLUDE) ? main : `${main.trimEnd()}\n\n${INCLUDE}\n`],
  ]
  return files.flatMap(([name, text]) => {
    const path = join(dataDir, name)
    if (readPlainFile(path) === text) return []
    writeOwned(path, text, runAs)
    return [`wrote ${name}`]
  })
}

/** Beside the data: a fingerprint of the password that was set last, so that a lost or restored secret is noticed before the start. */
const MARKER = 'akko.superuser'

const fingerprint = (password: Secret) => createHash('sha256').update(`akko superuser ${password.reveal()}`).digest('hex')

function superuserMatches({ dataDir, superuserPassword }: PrepareOptions): boolean {
  const path = join(dataDir, MARKER)
  const text = readPlainFile(path)
  if (text === undefined) return false
  const found = Buffer.from(text.trim())
  const expected = Buffer.from(fingerprint(superuserPassword))
  return found.length === expected.length && timingSafeEqual(found, expected)
}

/** In single-user mode, which asks for no password: the way in when the secret store and the server disagree. */
async function resetSuperuser({ dataDir, provider, runAs, superuserPassword }: PrepareOptions): Promise<void> {
  const args = ['--single', '-j', '-D', dataDir, '-c', 'log_statement=none', '-c', 'shared_preload_libraries=', 'postgres']
  // The server quotes it: what stands here are digits.
  const password = `convert_from(decode('${Buffer.from(superuserPassword.reveal()).toString('hex')}', 'hex'), 'UTF8')`
  const input = `DO $$BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', '${SUPERUSER}', ${password}); END$$;\n\n`
  await run(join(provider.bin, 'postgres'), args, { ...runOptions(provider, runAs), cwd: dataDir, input })
  writeOwned(join(dataDir, MARKER), `${fingerprint(superuserPassword)}\n`, runAs)
}

/** Whether these binaries were built with TLS: they know ciphers then. */
export async function speaksTls({ bin, env }: Provider, runAs: RunAs | undefined): Promise<boolean> {
  const described = await run(join(bin, 'postgres'), ['--describe-config'], { env, ...(runAs ? { uid: runAs.uid, gid: runAs.gid } : {}) })
  return /^ssl_ciphers\t/m.test(described) && !/^ssl_ciphers\t.*\tnone\t/m.test(described)
}

/** Whether the process that the folder's lock file names is alive. */
export function isRunning(dataDir: string): boolean {
  try {
    const pid = Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0])
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir)
  } catch {
    return false
  }
}

/** The servers' user passes through the folder above its own. */
const parentMode = (runAs: RunAs | undefined): number => (runAs ? 0o711 : 0o700)

function runOptions(provider: Provider, runAs: RunAs | undefined) {
  return { env: provider.env, ...(runAs ? { uid: runAs.uid, gid: runAs.gid } : {}) }
}

/** A whole file or none, 0600, of the server's user; a link in its place is replaced, never followed. */
function writeOwned(path: string, text: string, runAs: RunAs | undefined): void {
  const temporary = `${path}.akko-new`
  rmSync(temporary, { force: true })
  const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  try {
    if (runAs) fchownSync(fd, runAs.uid, runAs.gid)
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, path)
}

function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
