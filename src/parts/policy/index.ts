// The authoriser that answers from roles and grants. The policy engine will stand behind the same port later.
import type { Action, Authoriser, Caller, Decision, Entitlement, Resource } from '#kit/access'

export interface RoleGrants {
  readonly all?: true
  readonly read?: readonly string[]
  readonly write?: readonly string[]
  readonly clear?: true
  readonly filtered?: true
  readonly buckets?: readonly string[]
}

export interface AccessModel {
  readonly roleGrants: Readonly<Record<string, RoleGrants>>
  readonly masks: Readonly<Record<string, string>>
  readonly classified: readonly { readonly schemas: readonly string[]; readonly column: string; readonly as: string }[]
  readonly rowFilters: readonly { readonly schemas: readonly string[]; readonly column: string; readonly filter: string }[]
}

const READS: readonly Action[] = ['list', 'read']
const DENY = (reason: string): Decision => ({ allow: false, reason })
const ALLOW: Decision = { allow: true }

export function createRolePolicy(model: AccessModel): Authoriser {
  return { decide: async (caller, action, resource) => decideByRoles(model, caller, action, resource) }
}

/** Pure: the same question always gets the same answer. */
export function decideByRoles(model: AccessModel, caller: Caller, action: Action, resource: Resource): Decision {
  if (caller.via === 'internal') return ALLOW
  if (covers(caller.entitlements ?? [], action, resource)) return ALLOW
  if (caller.via === 'sigv4' || caller.via === 'session') return DENY('this access key does not cover it')
  const roles = caller.roles.flatMap((role) => model.roleGrants[role] ?? [])
  if (roles.some((r) => r.all)) return ALLOW
  switch (resource.kind) {
    case 'catalog':
      return action === 'list' || action === 'read'
        ? anyOf(roles.length > 0, 'you have no role on this platform')
        : DENY('only akko-admin may')
    case 'schema':
      return decideSchema(roles, action, resource)
    case 'table':
    case 'files':
      return decideTable(model, roles, action, resource)
    case 'query':
      return anyOf(resource.path[1] === caller.sub, 'it is the query of another user')
    case 'user':
      return anyOf(resource.path[0] === caller.sub && action !== 'manage', 'you may only act as yourself')
    case 'platform':
      return action === 'list' || action === 'read'
        ? anyOf(roles.length > 0, 'you have no role on this platform')
        : DENY('only akko-admin may')
    default:
      return DENY(`no role of yours covers this ${resource.kind}`)
  }
}

function decideSchema(roles: readonly RoleGrants[], action: Action, resource: Resource): Decision {
  const schema = resource.path.slice(0, 2).join('.')
  if (READS.includes(action))
    return anyOf(
      roles.some((r) => matches(r.read, schema) || matches(r.write, schema)),
      `no role of yours reads ${schema}`,
    )
  if (action === 'create' || action === 'write')
    return anyOf(
      roles.some((r) => matches(r.write, schema)),
      `no role of yours writes ${schema}`,
    )
  return DENY('only akko-admin may')
}

function decideTable(model: AccessModel, roles: readonly RoleGrants[], action: Action, resource: Resource): Decision {
  const schema = resource.path.slice(0, 2).join('.')
  if (!READS.includes(action))
    return anyOf(
      roles.some((r) => matches(r.write, schema)),
      `no role of yours writes ${schema}`,
    )
  const readers = roles.filter((r) => matches(r.read, schema) || matches(r.write, schema))
  if (readers.length === 0) return DENY(`no role of yours reads ${schema}`)
  const has = (column: string) => resource.columns === undefined || resource.columns.includes(column)
  const quoted = (column: string) => `"${column.replaceAll('"', '""')}"`
  const columnMasks = readers.some((r) => r.clear)
    ? {}
    : Object.fromEntries(
        model.classified
          .filter((c) => c.schemas.includes(schema) && has(c.column))
          .map((c) => [c.column, (model.masks[c.as] ?? 'NULL').replaceAll('{column}', quoted(c.column))]),
      )
  const rowFilters = readers.some((r) => !r.filtered)
    ? []
    : model.rowFilters
        .filter((f) => f.schemas.includes(schema) && has(f.column))
        .map((f) => f.filter.replaceAll('{column}', quoted(f.column)))
  return { allow: true, rowFilters, columnMasks }
}

function covers(entitlements: readonly Entitlement[], action: Action, resource: Resource): boolean {
  return entitlements.some((e) => {
    if (e.kind !== resource.kind || !e.actions.includes(action) || e.path.length > resource.path.length) return false
    return e.path.every((segment, i) => {
      const actual = resource.path[i] as string
      return resource.kind === 'object' && i === resource.path.length - 1 ? actual.startsWith(segment) : actual === segment
    })
  })
}

function matches(patterns: readonly string[] | undefined, schema: string): boolean {
  const [catalog, name] = schema.split('.')
  return (patterns ?? []).some((pattern) => {
    const [c, n] = pattern.split('.')
    return (c === '*' || c === catalog) && (n === '*' || n === name)
  })
}

function anyOf(condition: boolean, reason: string): Decision {
  return condition ? ALLOW : DENY(reason)
}
