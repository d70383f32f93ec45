// The authoriser that answers from roles and grants. The policy engine will stand behind the same port later.

import type { Action, Authoriser, Caller, Decision, Entitlement, Resource } from '#kit/access'
import type { AccessModel, Grant, RoleGrants, RowFilter, TableScope } from '#kit/access-model'
import { own } from '#kit/own'
import type { ResourceKind, Standing } from '#kit/resource-kind'
import { type Columns, columnsNamed, has, includes, isEmpty, union } from '#parts/policy/columns'
import { appliesTo, covers, fold, isOf, reaches } from '#parts/policy/patterns'
import { quoteName } from '#wire/trino/names'

const DENY = (reason: string): Decision => ({ allow: false, reason })
const ALLOW: Decision = { allow: true }

export type Kinds = ReadonlyMap<string, ResourceKind>

/** Throws when two parts declare one kind. */
export function indexKinds(kinds: readonly ResourceKind[]): Kinds {
  const index = new Map<string, ResourceKind>()
  for (const kind of kinds) {
    if (index.has(kind.kind)) throw new Error(`the resource kind ${kind.kind} is declared twice`)
    index.set(kind.kind, kind)
  }
  return index
}

export function createRolePolicy(model: AccessModel, kinds: readonly ResourceKind[]): Authoriser {
  return createLivePolicy(() => model, kinds)
}

/** The model may be another at each question. */
export function createLivePolicy(model: () => AccessModel, kinds: readonly ResourceKind[]): Authoriser {
  const index = indexKinds(kinds)
  const by = (current: () => AccessModel): Authoriser => ({
    decide: async (caller, action, resource) => decideByRoles(current(), index, caller, action, resource),
    pinned: () => {
      const now = current()
      return by(() => now)
    },
  })
  return by(model)
}

/** Told each rule that had a part in an answer, by its path in the model: `roleGrants/akko-user/read/0`. */
export type Note = (rule: string) => void

const UNNOTED: Note = () => {}

/** Pure: the same question always gets the same answer. What no part declared is denied to everyone, our own cells included. */
export function decideByRoles(
  model: AccessModel,
  kinds: Kinds,
  caller: Caller,
  action: Action,
  resource: Resource,
  note: Note = UNNOTED,
): Decision {
  const rules = kinds.get(resource.kind)?.rules
  if (!rules) return DENY(`there is no resource of the kind ${resource.kind}`)
  const rule = Object.hasOwn(rules, action) ? rules[action] : undefined
  if (!rule) return DENY(`there is no way to ${action} a ${resource.kind}`)
  if (caller.via === 'internal') return ALLOW
  if (entitled(caller.entitlements ?? [], action, resource)) return ALLOW
  if (caller.via === 'sigv4' || caller.via === 'session') return DENY('this access key does not cover it')
  const roles = caller.roles.flatMap((name) => {
    const grants = own(model.roleGrants, name)
    return grants ? [{ name, grants }] : []
  })
  const whole = roles.find(({ grants }) => grants.all)
  if (whole) {
    note(`roleGrants/${whole.name}/all`)
    return ALLOW
  }
  return rule(standingOf(model, caller, roles, note), resource)
}

interface Held {
  readonly name: string
  readonly grants: RoleGrants
}

/** A role that reads a table, and what it sees of it. */
interface Reader extends Held {
  readonly columns: Columns
}

function standingOf(model: AccessModel, caller: Caller, roles: readonly Held[], note: Note): Standing {
  const isIn = (list: string, grants: readonly Grant[] | undefined, test: (grant: Grant) => boolean): boolean => {
    const found = (grants ?? []).findIndex(test)
    if (found >= 0) note(`${list}/${found}`)
    return found >= 0
  }
  const readersOf = (path: readonly string[]): Reader[] =>
    roles.flatMap((held) => {
      const columns = read(held, path, note)
      return isEmpty(columns) ? [] : [{ ...held, columns }]
    })
  const inRole = (use: 'read' | 'write', { name, grants }: Held, test: (grant: Grant) => boolean) =>
    isIn(`roleGrants/${name}/${use}`, grants[use], test)
  return {
    caller,
    isMember: roles.length > 0,
    covers: (use, path) =>
      use === 'read' ? readersOf(path).length > 0 : roles.filter((held) => inRole('write', held, (grant) => isOf(grant, path))).length > 0,
    knows: (schema) => {
      const isThere = (grant: Grant) => reaches(grant, schema)
      return roles.filter((held) => inRole('read', held, isThere) || inRole('write', held, isThere)).length > 0
    },
    isGranted: (kind, action, path) => {
      const levels = path.map(fold)
      return roles.some(({ name, grants: { grants = {} } }) => {
        const actions = own(grants, kind)
        const wanted = actions && Object.hasOwn(actions, action) ? actions[action] : undefined
        return isIn(`roleGrants/${name}/grants/${kind}/${action}`, wanted, (grant) => typeof grant === 'string' && covers(grant, levels))
      })
    },
    hidden: (table) => {
      const readers = readersOf(table.path)
      const visible = union(readers.map(({ columns }) => columns))
      const marked = <R extends TableScope>(list: string, rules: readonly R[], isOff: (rule: R) => boolean): R[] =>
        rules.filter((rule, i) => {
          const applies = appliesTo(rule, table.path) && !isOff(rule)
          if (applies) note(`${list}/${i}`)
          return applies
        })
      const seesAll = includes(union(readers.flatMap(({ grants, columns }) => (grants.filtered ? [] : [columns]))), visible)
      const filtered = readers.filter(({ grants }) => grants.filtered)
      const filters = marked('rowFilters', model.rowFilters, (rule) => seesAll || !filtered.some(({ name }) => isFor(rule, name)))
      const clear = (name: string): Columns => union(readers.flatMap(({ grants, columns }) => (clears(grants, name) ? [columns] : [])))
      const classes = marked('classified', model.classified, ({ as }) => includes(clear(as), visible))
      const unreachable = filters.find((f) => spellings(f.column, table.columns).length === 0 && holders(f.column, table).length > 0)
      if (unreachable)
        return DENY(`your roles see marked rows only, and here ${unreachable.column}, their mark, lies nested in another column`)
      const masks = masksOf(model, { classes, filters, isClear: (as, column) => has(clear(as), column) }, table)
      const columnMasks = Object.fromEntries(Object.entries(masks).filter(([column]) => has(visible, column)))
      // Rows of a role are shown in the columns of all of them: only one that reads them all adds its rows to those of another.
      const whole = filtered.filter(({ columns }) => includes(columns, visible)).map(({ name }) => name)
      const isSame = filters.every((rule) => filtered.every(({ name }) => isFor(rule, name)))
      const rowFilters = isSame || whole.length === 0 ? filtersOf(filters, table) : eitherOf(filters, whole, table)
      return { ...ALLOW, rowFilters, columnMasks, ...shown(visible, table) }
    },
  }
}

/** What the grants of a role leave of a table, or of a schema; a grant of the whole makes the others mean nothing. */
function read({ name, grants }: Held, path: readonly string[], note: Note): Columns {
  const found = (['read', 'write'] as const).flatMap((use) =>
    (grants[use] ?? []).flatMap((grant, i) => (isOf(grant, path) ? [{ rule: `roleGrants/${name}/${use}/${i}`, grant }] : [])),
  )
  const whole = found.find(({ grant }) => typeof grant === 'string' || grant.columns === undefined)
  const used = whole ? [whole] : found
  for (const { rule } of used) note(rule)
  return union(used.map(({ grant }) => (typeof grant === 'string' || grant.columns === undefined ? 'all' : columnsNamed(grant.columns))))
}

const clears = ({ clear }: RoleGrants, name: string): boolean => clear === true || clear?.includes(name) === true

function shown(visible: Columns, { columns }: Resource): Pick<Decision, 'visibleColumns'> {
  if (visible === 'all') return {}
  return { visibleColumns: columns === undefined ? [...visible] : columns.filter((name) => has(visible, name)) }
}

/** The table's own spellings of a column of the model; the model's where the table's columns are not known. */
function spellings(column: string, columns: readonly string[] | undefined): readonly string[] {
  return columns === undefined ? [column] : columns.filter((c) => fold(c) === fold(column))
}

/** The columns of the table whose type holds a field of this name. */
function holders(field: string, { nested = {} }: Resource): readonly string[] {
  return Object.keys(nested).filter((column) => nested[column]?.some((name) => fold(name) === fold(field)))
}

interface Masked {
  readonly classes: AccessModel['classified']
  readonly filters: AccessModel['rowFilters']
  /** Whether he sees the column clear, were it of this class. */
  isClear(as: string, column: string): boolean
}

/** What holds a classified field, or the mark of a filter, is taken whole. Where two classes name one column, the first declared counts. */
function masksOf(
  { masks: texts, classified }: AccessModel,
  { classes, filters, isClear }: Masked,
  table: Resource,
): Readonly<Record<string, string>> {
  const masks = new Map<string, string>()
  for (const { column } of filters) for (const name of holders(column, table)) masks.set(name, 'NULL')
  for (const { column, as } of classes)
    for (const name of holders(column, table).filter((holder) => !isClear(as, holder))) masks.set(name, 'NULL')
  const first = new Map<string, string>()
  for (const { column, as } of classified.filter((rule) => appliesTo(rule, table.path)))
    if (!first.has(fold(column))) first.set(fold(column), as)
  for (const { column } of classes)
    for (const name of spellings(column, table.columns)) {
      const as = first.get(fold(column)) as string
      const mask = own(texts, as) ?? 'NULL'
      if (!masks.has(name) && !isClear(as, name))
        masks.set(
          name,
          mask.replaceAll('{column}', () => quoteName(name)),
        )
    }
  return Object.fromEntries(masks)
}

function filtersOf(filters: AccessModel['rowFilters'], { columns }: Resource): readonly string[] {
  return filters.flatMap((f) => spellings(f.column, columns).map((name) => f.filter.replaceAll('{column}', () => quoteName(name))))
}

const isFor = ({ roles }: RowFilter, role: string): boolean => roles?.includes(role) ?? true

/** What one role or another leaves, as one filter; in an order that does not depend on that of the roles. */
function eitherOf(filters: AccessModel['rowFilters'], roles: readonly string[], table: Resource): readonly string[] {
  const ways = roles.map((role) =>
    filtersOf(
      filters.filter((rule) => isFor(rule, role)),
      table,
    ),
  )
  if (ways.some((texts) => texts.length === 0)) return []
  return [[...new Set(ways.map((texts) => texts.map((text) => `(${text})`).join(' AND ')))].sort().join(' OR ')]
}

/** The last element of what is granted of them is the beginning of a key. */
const ENDS_WITH_PREFIX: ReadonlySet<string> = new Set(['object', 'object-version', 'object-setting'])

function entitled(entitlements: readonly Entitlement[], action: Action, resource: Resource): boolean {
  return entitlements.some((e) => {
    if (e.kind !== resource.kind || !e.actions.includes(action) || e.path.length > resource.path.length) return false
    return e.path.every((segment, i) => {
      const actual = resource.path[i] as string
      return ENDS_WITH_PREFIX.has(resource.kind) && i === resource.path.length - 1 ? actual.startsWith(segment) : actual === segment
    })
  })
}
