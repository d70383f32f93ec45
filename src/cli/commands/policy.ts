// akko policy: the home's own policy, what is in force, and why somebody may or may not.
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { rolesIn, tokenFor } from '#cli/as-user'
import { peopleFor } from '#cli/commands/user'
import { type Flags, foreignFlag } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { nearOf } from '#kit/nearest'
import { own } from '#kit/own'
import { ACTIONS, aTable, type Policy, type PolicyContext, policyJsonSchema } from '#platform/policy/source'
import { recordAsked } from '#runtime/audit'
import { supervisorStatus } from '#runtime/client'
import { createHome } from '#runtime/home'
import type { Machine } from '#runtime/machine'
import { NoSuchPerson, type PersonAccount } from '#runtime/people-admin'
import { type KeptPolicy, readInForce, SHIPPED } from '#runtime/policy'
import { runCases } from '#runtime/policy-cases'
import { differences, explain } from '#runtime/policy-explain'
import { policyFolder } from '#runtime/policy-folder'
import {
  assertNoEdits,
  beginPolicy,
  compileWhole,
  NoPolicyFiles,
  NothingBefore,
  putInForce,
  readHistory,
  readPolicyCases,
  readPolicyFiles,
  revisionOf,
  writePolicyFiles,
} from '#runtime/policy-store'
import { thingOf } from '#runtime/policy-things'
import { wordsOf } from '#runtime/policy-words'
import { createFileSecretStore } from '#runtime/secrets'

const PolicyUsage = defineError('policy.usage', 400, '{problem}', {
  hint: 'akko policy init | check [DIR] | apply | show | why USER OBJECT | view-as USER [TABLE] | test [DIR] | diff [REVISION|DIR] | history | undo [REVISION] | schema',
})
const NoCases = defineError('policy.no_cases', 422, '{folder} holds no cases: nothing was tested', {
  hint: 'write what you expect of the policy into a file *.test.yaml beside it; see docs/guide/policy.md',
})
const CasesFailed = defineError('policy.cases_failed', 422, '{count} of {all} cases do not hold', {
  hint: 'correct the policy or the cases; `akko policy why` tells which rule decides',
})

/** Who writes the files. */
const OWNER = 'owner'

type Verb = (machine: Machine, flags: Flags, args: readonly string[]) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = {
  init: async (machine, flags) => {
    createHome(machine.home)
    const file = beginPolicy(machine)
    tell(flags, { file }, `${file} holds what is in force; change it, and look with \`akko policy check\``)
  },
  check: async (machine, flags, [folder]) => {
    const asked = flags.tables ? await (await import('#cli/policy/tables')).tableJudge(machine) : undefined
    const { files, policy } = await wanted(machine, folder, asked?.judge)
    const { roleGrants, masks, classified, rowFilters } = policy.model
    const counts = {
      roles: Object.keys(roleGrants).length,
      masks: Object.keys(masks).length,
      classified: classified.length,
      rowFilters: rowFilters.length,
    }
    const names = files.map(({ name }) => name)
    const notices = [...(asked?.notices ?? nestedIn(policy)), ...unfilteredIn(policy)]
    for (const notice of notices) say(notice)
    tell(
      flags,
      { valid: true, files: names, ...counts, notices },
      `${names.join(', ')}: ${counts.roles} roles, ${counts.masks} masks, ${counts.classified} classified columns, ${counts.rowFilters} row filters`,
    )
  },
  apply: async (machine, flags) => {
    const reason = typeof flags.reason === 'string' ? flags.reason : undefined
    const { kept, changed } = await putInForce(machine, { author: author(), reason }, recorder(machine))
    tell(
      flags,
      { changed, revision: kept.revision, reason: kept.reason },
      `revision ${kept.revision} is in force${changed ? '' : ' already'}: ${kept.reason}`,
    )
  },
  show: async (machine, flags) => {
    const kept = readInForce(machine)
    const { revision, at, author: who, reason, files, model } = kept
    if (flags.json) printJson({ revision, at, author: who, reason, files: files.map(({ name }) => name), model })
    else show(kept)
  },
  why,
  test: async (machine, flags, [folder]) => {
    const { policy, at } = await wanted(machine, folder)
    const outcomes = runCases(policy, readPolicyCases(at))
    if (outcomes.length === 0) throw NoCases({ folder: at })
    const failed = outcomes.filter(({ problems }) => problems.length > 0)
    if (flags.json) printJson({ cases: outcomes.length, failed })
    else {
      for (const { at: place, text, problems } of failed) process.stdout.write(`${place}  ${text}: ${problems.join('; ')}\n`)
      say(`${outcomes.length - failed.length} of ${outcomes.length} cases hold`)
    }
    if (failed.length > 0) throw CasesFailed({ count: failed.length, all: outcomes.length })
  },
  diff: async (machine, flags, [given]) => {
    const folder = given !== undefined && !/^\d+$/.test(given) ? given : undefined
    const before = given === undefined || folder !== undefined ? readInForce(machine) : revisionOf(machine, numberOf(given))
    const after = (await wanted(machine, folder)).policy
    const found = differences(before.model, after.model)
    if (flags.json) return printJson({ before: before.revision, differences: found })
    if (found.length === 0) return say(`the files say what revision ${before.revision} says`)
    printTable(
      ['ROLE', 'WHAT', `REVISION ${before.revision}`, 'FILES'],
      found.map(({ role, what, before: was, after: is }) => [role, what, was, is]),
    )
  },
  history: async (machine, flags) => {
    const all = readHistory(machine).map(({ revision, at, author: who, reason, files }) => ({
      ...{ revision, at, author: who, reason },
      files: files.map(({ name }) => name),
    }))
    if (flags.json) return printJson({ revisions: all })
    printTable(
      ['REVISION', 'SINCE', 'AUTHOR', 'REASON'],
      all.map(({ revision, at, author: who, reason }) => [String(revision), at, who, reason]),
      [0],
    )
  },
  undo: async (machine, flags, [given]) => {
    const now = readInForce(machine)
    if (given === undefined && now.revision === SHIPPED.revision) throw NothingBefore()
    if (flags.yes !== true) assertNoEdits(machine)
    const to = revisionOf(machine, given === undefined ? Math.max(0, now.revision - 1) : numberOf(given))
    writePolicyFiles(machine, to.files)
    const reason = typeof flags.reason === 'string' ? flags.reason : `as revision ${to.revision}`
    const { kept, changed } = await putInForce(machine, { author: author(), reason }, recorder(machine))
    tell(
      flags,
      { changed, revision: kept.revision, as: to.revision },
      `the files are those of revision ${to.revision} again; revision ${kept.revision} is in force`,
    )
  },
  'view-as': async (machine, flags, [user, object]) => {
    if (user === undefined) throw PolicyUsage({ problem: 'policy view-as takes a USER, and perhaps a TABLE' })
    await (await import('#cli/policy/view-as')).viewAs(machine, flags, user, object)
  },
  schema: async () => printJson(policyJsonSchema()),
}

/** The flags of single verbs, and how many words they take: what does nothing here is refused. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  check: ['tables'],
  apply: ['reason'],
  undo: ['reason', 'yes'],
  why: ['role', 'action', 'columns'],
}
const SPELLED = { tables: '--tables', reason: '--reason', yes: '--yes', role: '--role', action: '--action', columns: '--columns' }
const MOST: Readonly<Record<string, number>> = { check: 1, test: 1, diff: 1, undo: 1, why: 2, 'view-as': 2 }

export async function policy(machine: Machine, flags: Flags, verb: string, args: readonly string[] = []): Promise<void> {
  const work = own(VERBS, verb)
  if (!work) throw PolicyUsage({ problem: `there is no "policy ${verb}"` })
  const foreign = foreignFlag(flags, SPELLED, own(TAKEN, verb))
  if (foreign !== undefined) throw PolicyUsage({ problem: `policy ${verb} takes no ${foreign}` })
  if (args.length > (own(MOST, verb) ?? 0)) throw PolicyUsage({ problem: `policy ${verb} takes no ${args.at(-1)}` })
  await work(machine, flags, args)
}

/** A role that is filtered by nothing sees all rows: somebody has forgotten the filter. */
function unfilteredIn({ model: { roleGrants, rowFilters } }: Policy): string[] {
  return Object.entries(roleGrants)
    .filter(([role, { filtered }]) => filtered && !rowFilters.some(({ roles }) => roles === undefined || roles.includes(role)))
    .map(([role]) => `${role} is \`filtered: true\`, and no row filter is for it: it sees all rows`)
}

/** Patterns that somebody might take for tables': whether they are is known by the tables (`--tables`). */
function nestedIn({ model: { roleGrants, classified, rowFilters }, places }: Policy): string[] {
  const ofRoles = Object.entries(roleGrants).flatMap(([role, grants]) =>
    (['read', 'write'] as const).flatMap((use) =>
      (grants[use] ?? []).map((grant, i) => ({ pattern: typeof grant === 'string' ? grant : '', rule: `roleGrants/${role}/${use}/${i}` })),
    ),
  )
  const ofRules = Object.entries({ classified, rowFilters }).flatMap(([list, rules]) =>
    rules.flatMap(({ schemas }, i) => schemas.map((pattern) => ({ pattern, rule: `${list}/${i}` }))),
  )
  return [...ofRoles, ...ofRules]
    .filter(({ pattern }) => pattern.split('.').length > 2)
    .map(({ pattern, rule }) => {
      const { file, line } = places[rule] ?? { file: 'policy', line: 1 }
      return `${file}:${line}: ${pattern} is a schema within another; ${aTable(rule.split('/').map(listed), pattern)}`
    })
}

const listed = (key: string): string => key.replace('roleGrants', 'roles')

/** What the files of a folder say; of the home's where none is given, or what is shipped where it has none. */
async function wanted(machine: Machine, folder: string | undefined, ofTables?: PolicyContext['ofTables']) {
  const at = folder === undefined ? policyFolder(machine) : resolve(folder)
  const found = readPolicyFiles(at)
  if (!found && folder !== undefined) throw NoPolicyFiles({ folder: at })
  const files = found ?? readInForce(machine).files
  return { at, files, policy: await compileWhole(files, ofTables) }
}

async function why(machine: Machine, flags: Flags, args: readonly string[]): Promise<void> {
  // With roles, nobody needs to have them.
  const [user, object] = args.length === 1 && flags.role !== undefined ? ['somebody', args[0]] : args
  if (user === undefined || object === undefined) throw PolicyUsage({ problem: 'policy why takes a USER and an OBJECT' })
  const action = ACTIONS.find((one) => one === (flags.action ?? 'read'))
  if (!action) throw PolicyUsage({ problem: `there is no action ${flags.action}: ${ACTIONS.join(', ')}` })
  const kept = readInForce(machine)
  const named = Array.isArray(flags.role) ? (flags.role as string[]) : undefined
  const known = Object.keys(kept.model.roleGrants)
  const unknown = named?.find((role) => !known.includes(role))
  if (unknown !== undefined) throw PolicyUsage({ problem: `there is no role ${unknown}${nearOf(unknown, known)}` })
  const { roles, byGroup = [] } = named ? { roles: named } : await personNamed(machine, flags, user)
  const columns = typeof flags.columns === 'string' ? { columns: flags.columns.split(',') } : {}
  const thing = { ...thingOf(object), ...columns }
  if (flags.columns !== undefined && thing.kind !== 'table') throw PolicyUsage({ problem: `a ${thing.kind} has no --columns` })
  const said = explain(kept, { user, roles, action, thing })
  if (flags.json)
    return printJson({ user, roles, action, object, revision: kept.revision, ...(byGroup.length > 0 ? { byGroup } : {}), ...said })
  const held = roles.join(', ') || 'no role'
  say(`${user} (${held}) ${said.allow ? 'may' : 'may not'} ${action} ${object}${said.allow ? '' : `: ${said.reason}`}`)
  for (const { role, group, at } of byGroup) process.stdout.write(`  has ${role} because of groups.${group}  ${at}\n`)
  const { visibleColumns } = said
  const denied = visibleColumns && thing.columns?.filter((column) => !visibleColumns.includes(column))
  if (visibleColumns && !denied) process.stdout.write(`  these columns alone can be selected: ${visibleColumns.join(', ')}\n`)
  for (const column of denied ?? []) process.stdout.write(`  ${column} cannot be selected\n`)
  for (const [column, mask] of Object.entries(said.columnMasks ?? {})) process.stdout.write(`  ${column} is shown as ${mask}\n`)
  for (const filter of said.rowFilters ?? []) process.stdout.write(`  only rows where ${filter}\n`)
  for (const { rule, says, at } of said.because) process.stdout.write(`  because of ${rule}: ${says}  ${at}\n`)
}

async function personNamed(machine: Machine, flags: Flags, username: string): Promise<Pick<PersonAccount, 'roles' | 'byGroup'>> {
  const { user: _, ...others } = flags
  const token = await tokenFor(machine, others)
  const people = await peopleFor(machine, { username: token.user, roles: rolesIn(token) })
  const found = (await people.list()).find((person) => person.username === username.toLowerCase())
  if (!found) throw NoSuchPerson({ user: username })
  return found
}

function show(kept: KeptPolicy): void {
  const { revision, at, author: who, reason, model } = kept
  say(`revision ${revision}${at === '' ? '' : `, since ${at}`}, by ${who}: ${reason}`)
  for (const [role, grants] of Object.entries(model.roleGrants)) {
    process.stdout.write(`${role}\n`)
    for (const { what, text } of wordsOf(grants)) process.stdout.write(`  ${what.padEnd(8)}${text}\n`)
  }
}

/** The account of this machine that works on the home. */
function author(): string {
  return userInfo().username
}

/** While the platform runs; there is no audit without it, and no door that could be opened. */
function recorder(machine: Machine): (next: KeptPolicy) => Promise<void> {
  return async ({ revision, author: username, reason }) => {
    if (!(await supervisorStatus(machine))) return
    const what = { part: 'policy', action: 'write' as const, kind: 'policy', path: [`revision ${revision}`] }
    await recordAsked(
      machine,
      createFileSecretStore(machine.paths.secrets),
      { username, roles: [OWNER] },
      { what, outcome: 'allowed', reason },
    )
  }
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw PolicyUsage({ problem: `${text} is no revision` })
  return Number(text)
}

function tell(flags: Flags, result: object, text: string): void {
  if (flags.json) printJson(result)
  else say(text)
}
