// What a policy says of one question and why, and how what it says differs from what another does.
import type { Action, Caller, Decision, Resource } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { own } from '#kit/own'
import { decideByRoles, indexKinds } from '#parts/policy/index'
import { fold } from '#parts/policy/patterns'
import type { Policy } from '#platform/policy/source'
import { rolesCover } from '#runtime/key-owners'
import { RESOURCE_KINDS } from '#runtime/policy'

const KINDS = indexKinds(RESOURCE_KINDS)

export interface Thing {
  readonly kind: string
  readonly path: readonly string[]
  /** Of a table: those that somebody asks about. It may have others. */
  readonly columns?: readonly string[]
  /** Of a table of which all columns are known, and the fields in them: then it is asked as the SQL door asks. */
  readonly form?: Required<Pick<Resource, 'columns' | 'nested'>>
}

export interface Asked {
  readonly user: string
  readonly roles: readonly string[]
  readonly action: Action
  readonly thing: Thing
}

/** A rule that had a part in it. */
export interface Cause {
  /** In the model: `roles.akko-user.read.0`. */
  readonly rule: string
  readonly says: string
  /** `file:line`. */
  readonly at: string
}

export interface Explanation extends Decision {
  readonly because: readonly Cause[]
}

export function explain({ model, places }: Policy, { user, roles, action, thing }: Asked): Explanation {
  const caller: Caller = { sub: user, roles, via: 'bearer', requestId: 'policy' }
  const rules = new Set<string>()
  const note = (rule: string) => void rules.add(rule)
  const { kind, path, form } = thing
  const decision = asked(thing, decideByRoles(model, KINDS, caller, action, { kind, path, ...form }, note))
  const { allow } = decision
  // Of buckets nothing is decided by roles, but by the key that a person has for his.
  if (!allow && kind === 'bucket' && BUCKET.has(action) && rolesCover(model, roles, path[0] ?? '')) {
    for (const role of roles) {
      const at = own(model.roleGrants, role)?.buckets?.indexOf(path[0] ?? '') ?? -1
      if (at >= 0) note(`roleGrants/${role}/buckets/${at}`)
    }
    return { allow: true, because: causes(places, model, thing, rules) }
  }
  return { ...decision, because: causes(places, model, thing, rules) }
}

/** What a person's key may do with a bucket that his roles name. */
const BUCKET: ReadonlySet<Action> = new Set(['list', 'read', 'write'])

/** Of the columns those that somebody asks about, by his spelling. */
function asked({ columns }: Thing, decision: Decision): Decision {
  const { columnMasks, visibleColumns } = decision
  if (columns === undefined) return decision
  const masks = new Map(Object.entries(columnMasks ?? {}).map(([name, mask]) => [fold(name), mask]))
  const wanted = columns.flatMap((name) => {
    const mask = masks.get(fold(name))
    return mask === undefined ? [] : [[name, mask] as const]
  })
  const visible = new Set(visibleColumns)
  return {
    ...decision,
    ...(columnMasks ? { columnMasks: Object.fromEntries(wanted) } : {}),
    ...(visibleColumns ? { visibleColumns: columns.filter((name) => visible.has(fold(name))) } : {}),
  }
}

function causes(places: Policy['places'], model: AccessModel, thing: Thing, rules: ReadonlySet<string>): Cause[] {
  return [...rules]
    .filter((rule) => isOf(thing, model, rule))
    .map((rule) => {
      const place = places[rule]
      return { rule: spelled(rule), says: textOf(model, rule), at: place === undefined ? '' : `${place.file}:${place.line}` }
    })
}

/** A class, and a filter, count where the table has their column: of a class one that somebody asks about. */
function isOf({ columns, form }: Thing, { classified, rowFilters }: AccessModel, rule: string): boolean {
  const [list, i] = rule.split('/')
  const isFilter = list === 'rowFilters'
  const known = form ? [...form.columns, ...Object.values(form.nested).flat()] : isFilter ? undefined : columns
  if ((list !== 'classified' && !isFilter) || known === undefined) return true
  const { column } = (isFilter ? rowFilters : classified)[Number(i)] as { readonly column: string }
  return known.some((name) => fold(name) === fold(column))
}

const spelled = (rule: string): string => rule.replaceAll('/', '.').replace(/^roleGrants\./, 'roles.')

function textOf(model: AccessModel, rule: string): string {
  const value = rule.split('/').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], model)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** `user` is one who has this role alone. */
export interface Difference {
  readonly role: string
  readonly what: string
  readonly before: string
  readonly after: string
}

/** A name that no pattern means. */
const ANY = 'any'

/** Of each role, over each schema, bucket and grant that either of them names: what one says and the other does not. */
export function differences(before: AccessModel, after: AccessModel): Difference[] {
  const roles = [...new Set([...Object.keys(before.roleGrants), ...Object.keys(after.roleGrants)])]
  const has = ({ groupRoles = {} }: AccessModel, group: string, role: string) => own(groupRoles, group)?.includes(role) === true
  const groups = [...new Set([before, after].flatMap(({ groupRoles = {} }) => Object.keys(groupRoles)))]
  const tables = tablesOf(before, after)
  return roles.flatMap((role) => {
    const say = (model: AccessModel) => new Map([...ofRole(model, role), ...tables.flatMap((table) => ofTable(model, role, table))])
    const [was, is] = [say(before), say(after)]
    const members = groups.flatMap((group): Difference[] => {
      const [from, to] = [has(before, group, role), has(after, group, role)].map((yes) => (yes ? 'yes' : 'no')) as [string, string]
      return from === to ? [] : [{ role, what: `members of ${group}`, before: from, after: to }]
    })
    const rights = [...new Set([...was.keys(), ...is.keys()])].flatMap((what) => {
      const [from, to] = [was.get(what) ?? lacking(was, what), is.get(what) ?? lacking(is, what)]
      return from === to ? [] : [{ role, what, before: from, after: to }]
    })
    return [...members, ...rights]
  })
}

/** A table in each schema that a pattern names, and each that is named itself. */
function tablesOf(...models: readonly AccessModel[]): Thing[] {
  const grants = models.flatMap((m) => Object.values(m.roleGrants).flatMap(({ read = [], write = [] }) => [...read, ...write]))
  const rules = models.flatMap((m) => [...m.classified, ...m.rowFilters])
  const ofRules = rules.flatMap(({ schemas, tables = ['*'] }) =>
    schemas.flatMap((schema) => tables.map((table) => [schema, table] as const)),
  )
  const ofGrants = grants.map((grant) => (typeof grant === 'string' ? ([grant, '*'] as const) : splitLast(grant.table)))
  const named = [...ofRules, ...ofGrants].map(([schema, table]) => JSON.stringify([...pathOf(schema), table].map(anyFor)))
  return [...new Set(named)].map((path) => ({ kind: 'table', path: JSON.parse(path) as string[] }))
}

const splitLast = (name: string): readonly [string, string] => {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}

const pathOf = (pattern: string): string[] => {
  const [catalog = ANY, ...schema] = pattern.split('.')
  return [catalog, schema.join('.') || ANY]
}

const anyFor = (name: string): string => name.replaceAll('*', ANY)

const ROWS_OF = 'rows of '

/** How it reads where a role has not got it: of a table that it reads, no filter is all rows. */
function lacking(has: ReadonlyMap<string, string>, what: string): string {
  return what.startsWith(ROWS_OF) && has.has(`read ${what.slice(ROWS_OF.length)}`) ? 'all' : 'no'
}

function ofTable(model: AccessModel, role: string, table: Thing): [string, string][] {
  const ask = (action: Action) => explain({ model, places: {} }, { user: ANY, roles: [role], action, thing: table })
  const name = (table.path.at(-1) === ANY ? table.path.slice(0, -1) : table.path).join('.')
  const { allow, rowFilters = [], columnMasks = {}, visibleColumns } = ask('read')
  if (!allow) return []
  return [
    [`read ${name}`, visibleColumns ? visibleColumns.join(', ') : 'yes'],
    ...(ask('write').allow ? [[`write ${name}`, 'yes'] as [string, string]] : []),
    ...(rowFilters.length > 0 ? [[`${ROWS_OF}${name}`, rowFilters.join(' AND ')] as [string, string]] : []),
    ...Object.entries(columnMasks).map(([column, mask]): [string, string] => [`${column} in ${name}`, mask]),
  ]
}

function ofRole({ roleGrants }: AccessModel, role: string): [string, string][] {
  const grants = Object.hasOwn(roleGrants, role) ? roleGrants[role] : undefined
  return [
    ...(grants?.all ? [['everything', 'yes'] as [string, string]] : []),
    ...(grants?.buckets ?? []).map((bucket): [string, string] => [`bucket ${bucket}`, 'yes']),
    ...Object.entries(grants?.grants ?? {}).flatMap(([kind, actions]) =>
      Object.entries(actions).flatMap(([action, names = []]) =>
        names.map((name): [string, string] => [`${action} ${kind} ${name}`, 'yes']),
      ),
    ),
  ]
}
