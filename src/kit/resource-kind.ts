// Kinds of things that the authoriser is asked about. Each is declared beside the part that owns it; what is not declared is denied.
import type { Action, Caller, Decision, Resource } from '#kit/access'

/** What a caller's roles amount to, as the policy tells it to a kind's rule. */
export interface Standing {
  readonly caller: Caller
  /** Whether he has any role of this platform. */
  readonly isMember: boolean
  /** Whether a role of his reads, or writes, what the path names: a schema whole, `[catalog, schema]`, or a table, perhaps in part. */
  covers(use: 'read' | 'write', path: readonly string[]): boolean
  /** Whether a role of his reads the schema, or a table in it. */
  knows(schema: readonly string[]): boolean
  /** Whether a role of his is granted the action on the thing by name (the model's `grants`). */
  isGranted(kind: string, action: Action, path: readonly string[]): boolean
  /** The rows and columns of a table that are hidden from him; denied where a filter of rows cannot be put on it. */
  hidden(table: Resource): Decision
}

/** Pure. Administrators, our own cells and what a credential itself grants were answered before. */
export type Rule = (standing: Standing, resource: Resource) => Decision

/** An answer to each verb; `impersonate` where it has a meaning. */
export type Rules = Readonly<Record<Exclude<Action, 'impersonate'>, Rule> & { impersonate?: Rule }>

export interface ResourceKind {
  readonly kind: string
  /** What the elements of its path are; for readers and for messages. */
  readonly path: readonly string[]
  readonly rules: Rules
}

export function defineResourceKind(kind: string, path: readonly string[], rules: Rules): ResourceKind {
  return { kind, path, rules }
}

const ALLOW: Decision = { allow: true }

export function allowIf(condition: boolean, reason: string): Decision {
  return condition ? ALLOW : { allow: false, reason }
}

/** For administrators only. */
export const administrators: Rule = () => allowIf(false, 'only administrators may')

/** Every verb for administrators only. */
export const ADMINISTRATORS: Rules = {
  list: administrators,
  read: administrators,
  write: administrators,
  create: administrators,
  drop: administrators,
  manage: administrators,
}

/** For everyone who has a role. */
export const members: Rule = ({ isMember }) => allowIf(isMember, 'you have no role on this platform')

/** For nobody but those whose key or credential grants it. */
export const byCredential: Rule = (_, { kind }) => allowIf(false, `no role of yours covers this ${kind}`)

/** For those whose roles read the schema or the table that it is. */
export const readers: Rule = ({ covers }, { path }) => allowIf(covers('read', path), `no role of yours reads ${path.join('.')}`)

/** For those whose roles write it. */
export const writers: Rule = ({ covers }, { path }) => allowIf(covers('write', path), `no role of yours writes ${path.join('.')}`)

/** For those whose roles write the schema, or the table that is to be made in it. */
export const makers: Rule = (standing, { made, ...resource }) =>
  writers(standing, made?.kind === 'table' ? { ...resource, path: [...resource.path, made.name] } : resource)

/** For those who read a schema, or something in it. */
export const acquaintances: Rule = ({ knows }, { path }) => allowIf(knows(path), `no role of yours reads ${path.join('.')}`)

/** Like readers, with what is hidden from them. */
export const tableReaders: Rule = (standing, resource) => {
  const decision = readers(standing, resource)
  return decision.allow ? standing.hidden(resource) : decision
}

/** For whom the element of the path names. */
export const owner =
  (element: number, reason: string): Rule =>
  ({ caller }, { path }) =>
    allowIf(path[element] === caller.sub, reason)

/** The actions on things of the kind that a role may be granted by name: where a grant makes a difference to somebody without rights. */
export function grantable({ kind, path, rules }: ResourceKind): string[] {
  const caller: Caller = { sub: '', roles: [], via: 'bearer', requestId: '' }
  const thing: Resource = { kind, path: path.map((element) => `any ${element}`) }
  const allows = (rule: Rule, isGranted: boolean) =>
    rule({ caller, isMember: false, covers: () => false, knows: () => false, isGranted: () => isGranted, hidden: () => ALLOW }, thing).allow
  return Object.entries(rules).flatMap(([action, rule]) => (allows(rule, true) && !allows(rule, false) ? [action] : []))
}

/** For those to whom a role grants the action on things of this name. */
export const grantees =
  (action: Action): Rule =>
  ({ isGranted }, { kind, path }) =>
    allowIf(isGranted(kind, action, path), `no role of yours may ${action} ${kind} ${path.join('.')}`)
