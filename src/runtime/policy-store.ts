// The policy's files in the home, and how they come into force: checked as a whole, kept with who, when and why, then taken up by every door.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { defineError } from '#kit/errors'
import { inTurn } from '#kit/file-lock'
import { makePassage } from '#kit/private-folder'
import { grantable } from '#kit/resource-kind'
import { shippedText } from '#platform/access'
import { ICEBERG_CATALOG, SQL_CATALOGS } from '#platform/names'
import type { Policy, PolicyContext, PolicyText } from '#platform/policy/source'
import type { Machine } from '#runtime/machine'
import { type KeptPolicy, policyFile, policyRecords, RESOURCE_KINDS, readInForce, SHIPPED } from '#runtime/policy'
import { policyFolder } from '#runtime/policy-folder'
import { quoteName } from '#wire/trino/names'

export const NoPolicyFiles = defineError('policy.no_files', 400, '{folder} holds no *.yaml', {
  blame: 'operator',
  hint: 'begin with `akko policy init`, or remove the folder: then the shipped policy is in force',
})
export const NotPolicyFile = defineError('policy.not_a_file', 400, '{file} {problem}', {
  blame: 'operator',
  hint: 'what is not to be part of the policy stands elsewhere, or has a name that begins with a dot; until then the policy that is in force goes on',
})
export const PolicyExists = defineError('policy.exists', 409, '{folder} holds a policy already', {
  blame: 'operator',
  hint: 'change its files; `akko policy show` says what is in force',
})
export const EditsLost = defineError(
  'policy.edits_lost',
  409,
  'the files in {folder} say something else than revision {revision}, which is in force',
  {
    blame: 'operator',
    hint: '`akko policy apply` first, or copy them elsewhere; with --yes they are lost',
  },
)
export const NothingBefore = defineError('policy.nothing_before', 409, 'no policy was in force before this one', {
  blame: 'operator',
  hint: 'see `akko policy history`',
})
export const NoSuchRevision = defineError('policy.no_revision', 404, 'there is no revision {revision} of the policy', {
  hint: 'see `akko policy history`',
})

export const NoRoleInPolicy = defineError('policy.no_role', 404, 'the policy in force has no role {role}', {
  hint: 'see `akko policy show`',
})

type Home = Pick<Machine, 'paths'>

/** Cases beside the policy (`akko policy test`). */
const CASES = '.test.yaml'
const isPolicy = (name: string): boolean => name.endsWith('.yaml') && !name.endsWith(CASES) && !isHidden(name)
const isCases = (name: string): boolean => name.endsWith(CASES) && !isHidden(name)
/** Of editors, of version control. */
const isHidden = (name: string): boolean => name.startsWith('.')

/** Undefined where there is no such folder, nor a link to nowhere in its place. @throws NoPolicyFiles, NotPolicyFile */
export function readPolicyFiles(folder: string): readonly PolicyText[] | undefined {
  if (!lstatSync(folder, { throwIfNoEntry: false })) return undefined
  if (!existsSync(folder)) throw NoPolicyFiles({ folder })
  const unread = readdirSync(folder, { withFileTypes: true }).find(
    (entry) => !isHidden(entry.name) && (entry.isDirectory() || (/\.ya?ml$/i.test(entry.name) && !entry.name.endsWith('.yaml'))),
  )
  if (unread) throw NotPolicyFile({ file: join(folder, unread.name), problem: 'is no *.yaml, and would not be read' })
  const files = readThose(folder, isPolicy)
  if (files.length === 0) throw NoPolicyFiles({ folder })
  return files
}

export const readPolicyCases = (folder: string): readonly PolicyText[] => (existsSync(folder) ? readThose(folder, isCases) : [])

function readThose(folder: string, wanted: (name: string) => boolean): PolicyText[] {
  return readdirSync(folder)
    .filter(wanted)
    .sort()
    .map((name) => ({ name, text: readText(join(folder, name)) }))
}

/** Bytes. */
const LARGEST = 4 * 1024 * 1024

/** @throws NotPolicyFile: letters that are not understood would name something else */
function readText(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats?.isFile()) throw NotPolicyFile({ file, problem: 'is no file' })
  if (stats.size > LARGEST) throw NotPolicyFile({ file, problem: `is larger than ${LARGEST} bytes` })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch {
    throw NotPolicyFile({ file, problem: 'is no UTF-8 text' })
  }
}

/** Judged by the tables that there are too, where these are known. @throws PolicyInvalid */
export async function compileWhole(files: readonly PolicyText[], ofTables?: PolicyContext['ofTables']): Promise<Policy> {
  const { compilePolicy } = await import('#platform/policy/source')
  return compilePolicy(files, { ...(await policyContext()), ...(ofTables ? { ofTables } : {}) })
}

async function policyContext(): Promise<PolicyContext> {
  const [{ problemOfRule }, { COLUMN }] = await Promise.all([import('#parts/sql/rules'), import('#platform/policy/source')])
  return {
    grantable: Object.fromEntries(RESOURCE_KINDS.map((one) => [one.kind, grantable(one)])),
    catalogs: SQL_CATALOGS,
    flat: SQL_CATALOGS.filter((catalog) => catalog !== ICEBERG_CATALOG),
    problemOf: (text, use) => problemOfRule({ use, text: text.replaceAll(COLUMN, quoteName(COLUMN)), column: COLUMN }),
  }
}

export interface Change {
  readonly author: string
  /** Default: that the files were changed. */
  readonly reason?: string | undefined
}

/** Of a change that nobody gave a reason for. */
const NO_REASON = 'the files were changed'

/**
 * Puts the home's files in force where they say something else than what is. Answers what is in force then, and whether it was changed.
 * `record` is told of another policy before it is in force. @throws PolicyInvalid, NoPolicyFiles: then what was in force goes on
 */
export async function putInForce(
  machine: Home,
  change: Change,
  record: (next: KeptPolicy) => Promise<void> = async () => {},
): Promise<{ readonly kept: KeptPolicy; readonly changed: boolean }> {
  return inTurn(
    `${policyRecords(machine)}.lock`,
    () => {},
    async () => {
      // In turn too: who read before another changed and applied them would put the older ones in force.
      const { author, reason } = change
      const next = readPolicyFiles(policyFolder(machine)) ?? SHIPPED.files
      const before = readInForce(machine)
      if (JSON.stringify(next) === JSON.stringify(before.files))
        return { kept: await explained(machine, before, change, record), changed: false }
      const policy = await compileWhole(next)
      const isOther = JSON.stringify(policy.model) !== JSON.stringify(before.model)
      const changed = isOther ? { revision: before.revision + 1, at: new Date().toISOString(), author, reason: reason ?? NO_REASON } : {}
      const kept = { ...before, ...policy, ...changed, files: next }
      if (isOther) await record(kept)
      keep(machine, kept)
      return { kept, changed: isOther }
    },
  )
}

/** What the watch has put in force meanwhile is given the reason that comes after it. */
async function explained(
  machine: Home,
  before: KeptPolicy,
  { author, reason }: Change,
  record: (next: KeptPolicy) => Promise<void>,
): Promise<KeptPolicy> {
  if (reason === undefined || before.reason !== NO_REASON) return before
  const kept = { ...before, author, reason }
  await record(kept)
  keep(machine, kept)
  return kept
}

/** @throws EditsLost where the files hold what neither is in force nor in the history */
export function assertNoEdits(machine: Home): void {
  const folder = policyFolder(machine)
  const { files, revision } = readInForce(machine)
  const there = existsSync(folder) ? readThose(folder, isPolicy) : files
  const texts = (all: readonly PolicyText[]) => JSON.stringify(all.map(({ text }) => text))
  if (texts(there) !== texts(files)) throw EditsLost({ folder, revision })
}

/** Read by the cells, which may be another user's; no secret is in it. */
function keep(machine: Home, kept: KeptPolicy): void {
  const history = join(policyRecords(machine), 'history')
  for (const folder of [policyRecords(machine), history]) if (!existsSync(folder)) makePassage(folder)
  const text = `${JSON.stringify(kept)}\n`
  write(join(history, `${String(kept.revision).padStart(6, '0')}.json`), text, 0o644)
  write(policyFile(machine), text, 0o644)
}

function write(file: string, text: string, mode: number): void {
  const temporary = `${file}.new`
  writeFileSync(temporary, text, { mode, flush: true })
  chmodSync(temporary, mode) // whatever the umask of who runs this
  renameSync(temporary, file)
}

/** The newest first; the shipped policy is the last. */
export function readHistory(machine: Home): KeptPolicy[] {
  const folder = join(policyRecords(machine), 'history')
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const kept = names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as KeptPolicy)
  return [...kept.filter(({ revision }) => revision > SHIPPED.revision).reverse(), SHIPPED]
}

/** @throws NoSuchRevision */
export function revisionOf(machine: Home, revision: number): KeptPolicy {
  const found = readHistory(machine).find((kept) => kept.revision === revision)
  if (!found) throw NoSuchRevision({ revision })
  return found
}

/** Begins a policy of the owner's with the shipped one. @throws PolicyExists */
export function beginPolicy(machine: Home): string {
  const folder = policyFolder(machine)
  if (existsSync(folder) && readdirSync(folder).length > 0) throw PolicyExists({ folder })
  writePolicyFiles(machine, [shippedText])
  // By its settings, even none, an `up` knows the home of somebody who begins with the policy.
  if (!existsSync(machine.paths.config)) writeFileSync(machine.paths.config, '', { mode: 0o600 })
  return join(folder, FIRST)
}

/** What the shipped policy is called among an owner's files. */
const FIRST = 'policy.yaml'

/** The folder holds these policies then and no others; cases stay. */
export function writePolicyFiles(machine: Home, given: readonly PolicyText[]): void {
  const folder = policyFolder(machine)
  const files = given.map((file) => (file === shippedText ? { ...file, name: FIRST } : file))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const { name, text } of files) write(join(folder, name), text, 0o600)
  const others = readdirSync(folder).filter((name) => isPolicy(name) && !files.some((file) => file.name === name))
  for (const name of others) rmSync(join(folder, name))
}
