// The code that cells run: this installation, or for root's cells a copy that their user can read, when it cannot read this one (a clone below /root).
import { createHash } from 'node:crypto'
import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { inTurn } from '#kit/file-lock'
import type { SystemUser } from '#kit/system-user'
import { reachable } from '#parts/postgresql/index'
import { SYSTEM_DATA } from '#runtime/pointer'
import { VERSION } from '#runtime/version'

export interface Code {
  /** Holds `src`, `node_modules`, `package.json` and the built cockpit. */
  readonly root: string
  /** The Node that runs it. */
  readonly node: string
}

export interface CodeOptions {
  readonly user: SystemUser | undefined
  readonly progress: (line: string) => void
  /** For tests: another installation, and another place for copies. */
  readonly from?: Code
  readonly copies?: string
}

const HERE: Code = { root: resolve(import.meta.dirname, '../..'), node: process.execPath }
const COPIES = join(SYSTEM_DATA, 'code')
const TREES = ['src', 'cockpit/dist']

/** This installation where it can be read, else its copy, made once for each content of it. */
export async function codeFor({ user, progress, from = HERE, copies = COPIES }: CodeOptions): Promise<Code> {
  if (!user || isReadable(from, user)) return from
  const root = join(copies, `${VERSION}-${contentHash(from)}`)
  const copy = { root, node: join(root, 'node') }
  mkdirSync(copies, { recursive: true, mode: 0o755 })
  await inTurn(
    join(copies, '.lock'),
    () => progress('another akko is copying the code; waiting for it'),
    async () => {
      if (existsSync(root)) return
      progress(`copying the code to ${root}, since ${user.name} cannot read ${from.root}`)
      for (const left of readdirSync(copies).filter((n) => n.endsWith('.new'))) rmSync(join(copies, left), { recursive: true })
      const work = `${root}.new`
      copyCode(from, work)
      renameSync(work, root)
      removeUnused(copies, basename(root))
    },
  )
  return copy
}

/** Whether the user can read all that a cell loads. */
function isReadable({ root, node }: Code, { uid }: SystemUser): boolean {
  if (!reachable(root, uid) || !reachable(dirname(node), uid) || !allows(node, uid, 5)) return false
  const files = ['package.json', ...productionPackages(root).map((name) => join(name, 'package.json'))]
  return (
    files.every((file) => reachable(dirname(join(root, file)), uid) && allows(join(root, file), uid, 4)) &&
    TREES.every((tree) => treeAllows(join(root, tree), uid))
  )
}

function treeAllows(path: string, uid: number): boolean {
  if (!existsSync(path)) return true // the cockpit of a bare clone is built later
  if (!statSync(path).isDirectory()) return allows(path, uid, 4)
  return allows(path, uid, 5) && readdirSync(path).every((name) => treeAllows(join(path, name), uid))
}

/** Bits of `rwx` for a user that is in no group of the file's. */
function allows(path: string, uid: number, bits: number): boolean {
  const { mode, uid: owner } = statSync(path)
  return ((owner === uid ? mode >> 6 : mode) & bits) === bits
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

/** Folders of the packages that the platform needs when it runs; `cockpit` is built and needs none. */
function productionPackages(root: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages).flatMap(([name, { dev }]) => (name !== '' && !dev && existsSync(join(root, name)) ? [name] : []))
}

function copyCode({ root, node }: Code, to: string): void {
  rmSync(to, { recursive: true, force: true })
  const nested = /\/node_modules$/
  const copy = (name: string, filter: (source: string) => boolean = () => true) =>
    cpSync(join(root, name), join(to, name), { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true, filter })
  for (const file of ['package.json', 'package-lock.json']) copy(file)
  for (const tree of TREES) copy(tree)
  for (const name of productionPackages(root)) copy(name, (source) => source === join(root, name) || !nested.test(source))
  cpSync(node, join(to, 'node'), { mode: constants.COPYFILE_FICLONE })
  openToRead(to)
}

/** Readable by all, written by root alone. */
function openToRead(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  const executable = stat.isDirectory() || (stat.mode & 0o100) !== 0
  chmodSync(path, executable ? 0o755 : 0o644)
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToRead(join(path, name))
}

/** Of the sources' bytes, the locked packages and the Node. */
function contentHash({ root, node }: Code): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${statSync(node).size} ${process.version}`)
  const walk = (path: string): void => {
    if (!existsSync(path)) return
    if (!statSync(path).isDirectory()) return void hash.update(path.slice(root.length)).update(readFileSync(path))
    for (const name of readdirSync(path).sort()) walk(join(path, name))
  }
  for (const tree of ['package.json', ...TREES]) walk(join(root, tree))
  return hash.digest('hex').slice(0, 12)
}

/** Another start may not have written its plan yet. */
const YOUNG_MS = 600_000

/** Copies that no home's plan names are of no use. */
function removeUnused(copies: string, keep: string): void {
  for (const name of readdirSync(copies)) {
    const path = join(copies, name)
    if (name !== keep && name !== '.lock' && Date.now() - statSync(path).mtimeMs > YOUNG_MS && !isNamed(path))
      rmSync(path, { recursive: true })
  }
}

/** The copy that an earlier plan of a home named goes, when no other home's names it. To be called when that plan is replaced or gone. */
export function forgetCode(earlierPlan: string, copies = COPIES): void {
  const name = earlierPlan.split(`${copies}/`)[1]?.split('/')[0]
  if (name && !isNamed(join(copies, name))) rmSync(join(copies, name), { recursive: true, force: true })
}

function isNamed(path: string): boolean {
  const homes = existsSync(SYSTEM_DATA) ? readdirSync(SYSTEM_DATA).map((name) => join(SYSTEM_DATA, name, 'records/plan.json')) : []
  return homes.some((file) => existsSync(file) && readFileSync(file, 'utf8').includes(`${path}/`))
}
