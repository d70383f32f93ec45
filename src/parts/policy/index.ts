// The authoriser that answers from roles and grants. The policy engine will stand behind the same port later.

import type { Action, Authoriser, Caller, Decision, Entitlement, Resource } from '#kit/access'
import type { AccessModel, RoleGrants } from '#kit/access-model'
import { own } from '#kit/own'
import type { ResourceKind, Standing } from '#kit/resource-kind'
import { coveredBy, fold, levelsOf } from '#parts/policy/patterns'
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
  const index = indexKinds(kinds)
  return { decide: async (caller, action, resource) => decideByRoles(model, index, caller, action, resource) }
}

/** Pure: the same question always gets the same answer. What no part declared is denied to everyone, our own cells included. */
export function decideByRoles(model: AccessModel, kinds: Kinds, caller: Caller, action: Action, resource: Resource): Decision {
  const rules = kinds.get(resource.kind)?.rules
  if (!rules) return DENY(`there is no resource of the kind ${resource.kind}`)
  const rule = Object.hasOwn(rules, action) ? rules[action] : undefined
  if (!rule) return DENY(`there is no way to ${action} a ${resource.kind}`)
  if (caller.via === 'internal') return ALLOW
  if (entitled(caller.entitlements ?? [], action, resource)) return ALLOW
  if (caller.via === 'sigv4' || caller.via === 'session') return DENY('this access key does not cover it')
  const roles = caller.roles.flatMap((role) => own(model.roleGrants, role) ?? [])
  if (roles.some((r) => r.all)) return ALLOW
  return rule(standingOf(model, caller, roles), resource)
}

function standingOf(model: AccessModel, caller: Caller, roles: readonly RoleGrants[]): Standing {
  return {
    caller,
    isMember: roles.length > 0,
    covers: (use, path) => {
      const levels = levelsOf(path)
      return (use === 'read' ? readersOf(roles, levels) : roles.filter((r) => coveredBy(r.write, levels))).length > 0
    },
    isGranted: (kind, action, path) => {
      const levels = path.map(fold)
      return roles.some(({ grants = {} }) => {
        const actions = own(grants, kind)
        return actions !== undefined && Object.hasOwn(actions, action) && coveredBy(actions[action], levels)
      })
    },
    hidden: (table) => {
      const levels = levelsOf(table.path)
      const readers = readersOf(roles, levels)
      const filters = readers.some((r) => !r.filtered) ? [] : model.rowFilters.filter((f) => coveredBy(f.schemas, levels))
      const classes = readers.some((r) => r.clear) ? [] : model.classified.filter((c) => coveredBy(c.schemas, levels))
      const unreachable = filters.find((f) => spellings(f.column, table.columns).length === 0 && holders(f.column, table).length > 0)
      if (unreachable)
        return DENY(`your roles see marked rows only, and here ${unreachable.column}, their mark, lies nested in another column`)
      return { ...ALLOW, rowFilters: filtersOf(filters, table), columnMasks: masksOf(model, classes, filters, table) }
    },
  }
}

function readersOf(roles: readonly RoleGrants[], levels: readonly string[]): readonly RoleGrants[] {
  return roles.filter((r) => coveredBy(r.read, levels) || coveredBy(r.write, levels))
}

/** The table's own spellings of a column of the model; the model's where the table's columns are not known. */
function spellings(column: string, columns: readonly string[] | undefined): readonly string[] {
  return columns === undefined ? [column] : columns.filter((c) => fold(c) === fold(column))
}

/** The columns of the table whose type holds a field of this name. */
function holders(field: string, { nested = {} }: Resource): readonly string[] {
  return Object.keys(nested).filter((column) => nested[column]?.some((name) => fold(name) === fold(field)))
}

/** What holds a classified field, or the mark of a filter, is taken whole. Where two classes name one column, the first declared counts. */
function masksOf(
  model: AccessModel,
  classes: AccessModel['classified'],
  filters: AccessModel['rowFilters'],
  table: Resource,
): Readonly<Record<string, string>> {
  const masks = new Map<string, string>()
  for (const { column } of [...classes, ...filters]) for (const name of holders(column, table)) masks.set(name, 'NULL')
  for (const { column, as } of classes)
    for (const name of spellings(column, table.columns)) {
      const mask = own(model.masks, as) ?? 'NULL'
      if (!masks.has(name))
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

/** The last element of what is granted of them is the beginning of a key. */
const ENDS_WITH_PREFIX: ReadonlySet<string> = new Set(['object', 'object-version'])

function entitled(entitlements: readonly Entitlement[], action: Action, resource: Resource): boolean {
  return entitlements.some((e) => {
    if (e.kind !== resource.kind || !e.actions.includes(action) || e.path.length > resource.path.length) return false
    return e.path.every((segment, i) => {
      const actual = resource.path[i] as string
      return ENDS_WITH_PREFIX.has(resource.kind) && i === resource.path.length - 1 ? actual.startsWith(segment) : actual === segment
    })
  })
}
