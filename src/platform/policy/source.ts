// The policy as its owner writes it: YAML files that are one policy together, checked as a whole, and each rule's place in them.
import { z } from 'zod'
import type { AccessModel, Grant, RoleGrants } from '#kit/access-model'
import { defineError } from '#kit/errors'
import { nearOf } from '#kit/nearest'
import { own } from '#kit/own'
import { ROLES, WAREHOUSE_BUCKET } from '#platform/names'
import { parseYaml, worded, type YamlFile } from '#platform/yaml'

export const PolicyInvalid = defineError('policy.invalid', 400, '{count} problem(s) in the policy:\n{problems}', {
  blame: 'operator',
  hint: 'correct {places}, and look with `akko policy check`; until then the policy that is in force goes on',
})

/** A file below the folder of the policy. */
export interface PolicyText {
  readonly name: string
  readonly text: string
}

/** Where a rule is written. */
export interface RulePlace {
  readonly file: string
  readonly line: number
}

/** A policy whole, and where each of its rules is written: by its path in the model, as `roleGrants/akko-user/read/0`. */
export interface Policy {
  readonly model: AccessModel
  readonly places: Readonly<Record<string, RulePlace>>
}

/** What the platform knows beside the files. */
export interface PolicyContext {
  /** The kinds of things, and of each the actions that may be granted by name. */
  readonly grantable: Readonly<Record<string, readonly string[]>>
  /** What is wrong with a mask or a filter whatever table it is for; undefined where nothing is. */
  readonly problemOf: (expression: string, use: 'mask' | 'filter') => string | undefined
  /** What a pattern may begin with. */
  readonly catalogs: readonly string[]
  /** Those whose schemas lie in no other: there a third level is a table. */
  readonly flat?: readonly string[]
  /** What the tables that there are say of a file; without it, they are not asked. */
  readonly ofTables?: (source: PolicySource, model: AccessModel) => readonly Omit<Problem, 'file'>[]
}

const pattern = z
  .string()
  .regex(/^(\*|[^.*"\s\p{C}]+)(\.(\*|[^.*"\s\p{C}]+))*$/u)
  .describe('Levels of a schema, `catalogue.schema`; `*` stands for one level')
const patterns = z.array(pattern).nonempty()
const tablePattern = z
  .string()
  .regex(/^(\*|[^.*"\s\p{C}]+)(\.(\*|[^.*"\s\p{C}]+)){2,}$/u)
  .describe('Levels of the whole name of a table, `catalogue.schema.table`; `*` stands for one level')
const text = z.string().min(1)
/** Nothing at its ends or within it that a reader does not see. */
const column = z.string().regex(/^(?=[^\s"])\P{C}*(?<=[^\s"])$/u)
const table = z
  .string()
  .regex(/^(\*|[^.*"\s\p{C}]+)$/u)
  .describe('The name of a table; `*` for any')
const tableToWrite = z.strictObject({ table: tablePattern })
const tableToRead = z.strictObject({
  table: tablePattern,
  columns: z.array(column).nonempty().optional().describe('Those that may be selected, in any case; without it, all'),
})
const grants = <T extends z.ZodType>(ofTable: T) => z.array(z.union([pattern, ofTable])).nonempty()
/** Of which tables something is said. */
const scope = {
  schemas: patterns,
  tables: z.array(table).nonempty().optional().describe('Those of the schemas that are meant; without it, all'),
}
const bucket = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
const name = z.string().regex(/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/)
const groupPath = z
  .string()
  .regex(/^(\/[^/\p{C}]+)+$/u)
  .describe('The path of a group of the realm, `/risk` or `/risk/desk`')
export const ACTIONS = ['list', 'read', 'write', 'create', 'drop', 'manage'] as const
/** In an expression: whoever asks puts the table's own spelling in its place, quoted. */
export const COLUMN = '{column}'
const expression = text.describe(`Trino SQL; ${COLUMN} is the column`)

const role = z.strictObject({
  all: z.boolean().optional().describe('Everything, including managing the platform'),
  read: grants(tableToRead).optional().describe('Schemas whose tables it reads, and single tables'),
  write: grants(tableToWrite).optional().describe('Schemas whose tables it reads and changes, and single tables'),
  clear: z
    .union([z.boolean(), z.array(name).nonempty()])
    .optional()
    .describe('Whether personal data is shown as it is: all, or these classes of it, by their masks'),
  filtered: z.boolean().optional().describe('Whether only rows marked for general use are seen'),
  buckets: z.array(bucket).nonempty().optional().describe("Buckets, not the warehouse, that its users' own keys may cover"),
  grants: z
    .record(text, z.partialRecord(z.enum(ACTIONS), patterns))
    .optional()
    .describe('Of other kinds of things, by kind and action: patterns over the elements of their path, `*` for one element'),
})

export const policySchema = z.strictObject({
  roles: z.record(name, role).optional().describe('What each role may'),
  groups: z
    .record(groupPath, z.array(name).nonempty())
    .optional()
    .describe('Roles that members of a group of the realm have, and of the groups below it'),
  masks: z.record(name, expression).optional().describe('How a class of personal data is shown'),
  classified: z
    .array(z.strictObject({ ...scope, column, as: text }))
    .optional()
    .describe('Columns that hold personal data, by name in any case; the first that names one counts'),
  rowFilters: z
    .array(
      z.strictObject({
        ...scope,
        column,
        filter: expression,
        roles: z.array(name).nonempty().optional().describe('Filtered roles for which it holds; without it, all of them'),
      }),
    )
    .optional()
    .describe('Rows that a filtered role sees, in tables that have the column'),
})

/** What one file says. */
export type PolicySource = z.infer<typeof policySchema>

/** The JSON Schema for editors (`# yaml-language-server: $schema=...`). */
export function policyJsonSchema(): object {
  return { ...z.toJSONSchema(policySchema, { target: 'draft-7', io: 'input' }), title: 'AKKO policy' }
}

export interface Problem {
  readonly file: string
  readonly path: readonly PropertyKey[]
  readonly problem: string
}

interface Read {
  readonly name: string
  readonly yaml: YamlFile
  readonly source: PolicySource
}

/** @throws PolicyInvalid with every problem, each with its file, line and column: then nothing of it may be put in force */
export function compilePolicy(files: readonly PolicyText[], context?: PolicyContext): Policy {
  const problems: Problem[] = []
  const read = files.flatMap((file) => readOne(file, problems))
  const policy = joined(read, problems)
  if (problems.length === 0 && context) for (const one of read) problems.push(...problemsIn(one, policy.model, context))
  if (problems.length === 0 && !own(policy.model.roleGrants, ROLES.admin)?.all)
    problems.push({
      file: read[0]?.name ?? 'policy',
      path: ['roles'],
      problem: `${ROLES.admin} has no \`all: true\`: the account that every platform begins with has that role, and nobody could manage it`,
    })
  if (problems.length > 0) throw invalid(problems, read)
  return policy
}

function readOne({ name, text }: PolicyText, problems: Problem[]): Read[] {
  let yaml: YamlFile
  try {
    yaml = parseYaml(text, (reason) => new Error(reason))
  } catch (error) {
    problems.push({ file: name, path: [], problem: (error as Error).message })
    return []
  }
  for (const path of namesOfObjects(yaml.value)) problems.push({ file: name, path, problem: 'it cannot be a name' })
  const parsed = policySchema.safeParse(yaml.value)
  if (parsed.success) return [{ name, yaml, source: parsed.data }]
  problems.push(...parsed.error.issues.flatMap((issue) => describe(issue).map((found) => ({ file: name, ...found }))))
  return [{ name, yaml, source: {} }]
}

/** Where the schema would pass over what is written. */
function namesOfObjects(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, below]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    return key === '__proto__' ? [at] : namesOfObjects(below, at)
  })
}

/** Of an unknown word, which right one is nearest. */
function describe(issue: z.core.$ZodIssue): Omit<Problem, 'file'>[] {
  if (issue.code === 'unrecognized_keys') {
    const known = wordsAt(issue.path)
    return issue.keys.map((key) => ({ path: [...issue.path, key], problem: `unknown word ${key}${nearOf(key, known)}` }))
  }
  if (issue.code === 'invalid_union') return ofForm(issue)
  if (issue.code === 'invalid_key')
    return [{ path: issue.path, problem: `${String(issue.path.at(-1))} cannot be a name here${keysAt(issue)}` }]
  return [{ path: issue.path, problem: worded(issue) }]
}

/** Of the forms that a value may have, what is wrong with the one that it has. */
function ofForm({ path, errors }: z.core.$ZodIssueInvalidUnion): Omit<Problem, 'file'>[] {
  const meant = errors.find((issues) => !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0))
  if (!meant) return [{ path, problem: `it is ${formsAt(path)}` }]
  return meant.flatMap((issue) => describe({ ...issue, path: [...path, ...issue.path] }))
}

const formsAt = (path: readonly PropertyKey[]): string =>
  path.at(-1) === 'clear' ? 'true, or a list of classes' : 'a pattern of a schema, or { table: catalogue.schema.table }'

const keysAt = ({ path }: z.core.$ZodIssue): string => (path.includes('grants') ? `; actions: ${ACTIONS.join(', ')}` : '')

function wordsAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(policySchema.shape)
  if (path[0] === 'roles' && path.length === 2) return Object.keys(role.shape)
  if (path[0] === 'roles' && path[2] !== 'grants') return Object.keys((path[2] === 'write' ? tableToWrite : tableToRead).shape)
  if (path[0] === 'classified' || path[0] === 'rowFilters') return Object.keys(policySchema.shape[path[0]].unwrap().element.shape)
  return ACTIONS
}

/** Roles and masks stand in one file only; lists follow each other in the order of the files. */
function joined(read: readonly Read[], problems: Problem[]): Policy {
  const places: Record<string, RulePlace> = {}
  const owners = new Map<string, string>()
  const isFirst = (file: string, path: readonly string[]): boolean => {
    const key = path.join('/')
    const first = owners.get(key)
    if (first !== undefined) problems.push({ file, path, problem: `${path[1]} is declared in ${first} already` })
    else owners.set(key, file)
    return first === undefined
  }
  const roleGrants: Record<string, RoleGrants> = {}
  const groupRoles: Record<string, readonly string[]> = {}
  const masks: Record<string, string> = {}
  const classified: AccessModel['classified'][number][] = []
  const rowFilters: AccessModel['rowFilters'][number][] = []
  for (const { name: file, yaml, source } of read) {
    const place = (model: readonly PropertyKey[], path: readonly PropertyKey[]) => {
      places[model.join('/')] = { file, line: yaml.placeOf(path)?.line ?? 1 }
    }
    for (const [role, grants] of Object.entries(source.roles ?? {}))
      if (isFirst(file, ['roles', role])) {
        roleGrants[role] = toGrants(grants)
        for (const path of pathsIn(grants)) place(['roleGrants', role, ...path], ['roles', role, ...path])
      }
    for (const [group, roles] of Object.entries(source.groups ?? {}))
      if (isFirst(file, ['groups', group])) {
        groupRoles[group] = roles
        for (const i of roles.keys()) place(['groupRoles', group, i], ['groups', group, i])
      }
    for (const [mask, sql] of Object.entries(source.masks ?? {}))
      if (isFirst(file, ['masks', mask])) {
        masks[mask] = sql
        place(['masks', mask], ['masks', mask])
      }
    for (const [i, rule] of (source.classified ?? []).entries()) {
      place(['classified', classified.length], ['classified', i])
      classified.push(rule)
    }
    for (const [i, rule] of (source.rowFilters ?? []).entries()) {
      place(['rowFilters', rowFilters.length], ['rowFilters', i])
      rowFilters.push(rule)
    }
  }
  const ofGroups = Object.keys(groupRoles).length > 0 ? { groupRoles } : {}
  return { model: { roleGrants, ...ofGroups, masks, classified, rowFilters }, places }
}

/** `false` says what saying nothing says. */
const toGrants = (role: NonNullable<PolicySource['roles']>[string]): RoleGrants =>
  Object.fromEntries(Object.entries(role).filter(([, value]) => value !== false && value !== undefined))

/** Of everything that is said in it, lists item by item, and of the whole. */
function pathsIn(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  const below = Array.isArray(value) ? [...value.entries()] : typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [path, ...below.flatMap(([key, inner]) => pathsIn(inner, [...path, key]))]
}

/** What the form cannot say: names that nothing bears, and SQL that is none. */
function problemsIn({ name: file, source }: Read, model: AccessModel, context: PolicyContext): Problem[] {
  const { grantable, problemOf, catalogs, flat = [], ofTables } = context
  const found: Problem[] = (ofTables?.(source, model) ?? []).map((problem) => ({ file, ...problem }))
  const tell = (path: readonly PropertyKey[], problem: string) => found.push({ file, path, problem })
  const kinds = Object.keys(grantable)
  const assertCatalogs = (path: readonly PropertyKey[], granted: readonly Grant[] = []) => {
    for (const [i, grant] of granted.entries()) {
      const [pattern, at] = typeof grant === 'string' ? [grant, [...path, i]] : [grant.table, [...path, i, 'table']]
      const [catalog = '', ...levels] = pattern.toLowerCase().split('.')
      if (catalog !== '*' && !catalogs.includes(catalog)) tell(at, `there is no catalogue ${catalog}${nearOf(catalog, catalogs)}`)
      else if (levels.length > (typeof grant === 'string' ? 1 : 2) && flat.includes(catalog))
        tell(at, `no schema of ${catalog} lies in another${levels.length === 2 ? `; ${aTable(path, pattern)}` : ''}`)
    }
  }
  const classes = Object.keys(model.masks)
  const assertClass = (path: readonly PropertyKey[], name: string) => {
    if (!Object.hasOwn(model.masks, name)) tell(path, `there is no mask ${name}${nearOf(name, classes)}`)
  }
  for (const [role, { all, clear, filtered, read, write, grants = {}, buckets = [] }] of Object.entries(source.roles ?? {})) {
    assertCatalogs(['roles', role, 'read'], read)
    assertCatalogs(['roles', role, 'write'], write)
    for (const [i, name] of Array.isArray(clear) ? clear.entries() : []) assertClass(['roles', role, 'clear', i], name)
    for (const [i, grant] of (read ?? []).entries())
      for (const [j, column] of (typeof grant === 'string' ? [] : (grant.columns ?? [])).entries())
        if (column.startsWith('$'))
          tell(['roles', role, 'read', i, 'columns', j], `${column} tells of the whole table: it goes with the table alone`)
    if (all && filtered) tell(['roles', role, 'filtered'], 'who may everything sees all rows')
    if (all && clear !== undefined && clear !== true) tell(['roles', role, 'clear'], 'who may everything sees personal data as it is')
    for (const [kind, actions] of Object.entries(grants)) {
      const at = ['roles', role, 'grants', kind]
      const known = own(grantable, kind)
      if (!known) tell(at, `there is no kind of thing ${kind}${nearOf(kind, kinds)}`)
      for (const action of known ? Object.keys(actions) : [])
        if (!known?.includes(action)) tell([...at, action], `to ${action} a ${kind} is granted to nobody by its name`)
    }
    for (const [i, bucket] of buckets.entries())
      if (bucket === WAREHOUSE_BUCKET) tell(['roles', role, 'buckets', i], `${bucket} holds the tables, which \`read\` and \`write\` open`)
  }
  for (const [group, roles] of Object.entries(source.groups ?? {}))
    for (const [i, role] of roles.entries())
      if (!Object.hasOwn(model.roleGrants, role))
        tell(['groups', group, i], `there is no role ${role}${nearOf(role, Object.keys(model.roleGrants))}`)
  for (const [mask, sql] of Object.entries(source.masks ?? {})) {
    const problem = problemOf(sql, 'mask')
    if (problem !== undefined) tell(['masks', mask], problem)
  }
  for (const [i, { as, schemas }] of (source.classified ?? []).entries()) {
    assertCatalogs(['classified', i, 'schemas'], schemas)
    assertClass(['classified', i, 'as'], as)
  }
  for (const [i, { filter, schemas, roles = [] }] of (source.rowFilters ?? []).entries()) {
    assertCatalogs(['rowFilters', i, 'schemas'], schemas)
    for (const [j, role] of roles.entries()) {
      const known = own(model.roleGrants, role)
      if (!known) tell(['rowFilters', i, 'roles', j], `there is no role ${role}${nearOf(role, Object.keys(model.roleGrants))}`)
      else if (!known.filtered) tell(['rowFilters', i, 'roles', j], `${role} is not \`filtered: true\`: it sees all rows`)
    }
    const problem = problemOf(filter, 'filter')
    if (problem !== undefined) tell(['rowFilters', i, 'filter'], problem)
  }
  return found
}

/** How a table is named where a schema stands. */
export const aTable = ([list]: readonly PropertyKey[], name: string): string =>
  list === 'roles' ? `a table is { table: ${name} }` : `tables of a schema are named by \`tables: [${name.split('.').at(-1)}]\``

function invalid(problems: readonly Problem[], read: readonly Read[]): Error {
  const lines = problems.map(({ file, path, problem }) => {
    const at = read.find(({ name }) => name === file)?.yaml.placeOf(path)
    const where = at === undefined ? file : `${file}:${at.line}:${at.column}`
    return `  ${where}: ${path.length === 0 ? '' : `${path.join('.')}: `}${problem}`
  })
  return PolicyInvalid({
    count: problems.length,
    problems: lines.join('\n'),
    places: [...new Set(problems.map(({ file }) => file))].join(' and '),
  })
}
