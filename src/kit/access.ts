// The one authoriser port. Every part asks it before it touches anything; no part decides by itself.
import { AccessDenied, AkkoError, AuthoriserSilent } from '#kit/errors'

/** Who asks, as verified by the port that took the request. */
export interface Caller {
  /** The user's name (`preferred_username`), or the owner of a key. */
  readonly sub: string
  /** Id of the account, where the proof names one: who gets its name later is another. */
  readonly account?: string
  /** How often the account's rights had been narrowed when the proof was made, where it says so. */
  readonly rightsVersion?: number
  readonly roles: readonly string[]
  /** The proof that was verified. `internal` = one of our own cells over its private socket. */
  readonly via: 'bearer' | 'sigv4' | 'session' | 'principal' | 'scram' | 'header' | 'internal'
  readonly requestId: string
  /** What the credential itself grants (a key's buckets, a principal's privileges); the authoriser weighs it. */
  readonly entitlements?: readonly Entitlement[]
}

export interface Entitlement {
  readonly kind: string
  /** A prefix of the resource's path; for `object`, `object-version` and `object-setting`, the last element is a prefix of the key. `[]` covers all of the kind. */
  readonly path: readonly string[]
  readonly actions: readonly Action[]
}

/** Verbs, by resource kind. */
export type Action =
  | 'list' // see that it exists
  | 'read' // its rows, bytes or settings
  | 'write' // change its rows or bytes
  | 'create' // make one below it (a table in a namespace, an object in a bucket)
  | 'drop'
  | 'manage' // its settings, its grants
  | 'impersonate'

export interface Resource {
  /** One that a part declared by `defineResourceKind`; any other is denied. */
  readonly kind: string
  readonly path: readonly string[]
  /** Of what something is to be made in: what that is to be. */
  readonly made?: { readonly kind: string; readonly name: string }
  /** The table's column names where the asker knows them, so that only masks and filters that apply come back. */
  readonly columns?: readonly string[]
  /** By top-level column: the names of the fields that it holds, at any depth of its type (row, array, map). */
  readonly nested?: Readonly<Record<string, readonly string[]>>
}

export interface Decision {
  readonly allow: boolean
  /** For the caller: why not, and the way out. */
  readonly reason?: string
  /** SQL boolean expressions over the table's columns; all must hold. */
  readonly rowFilters?: readonly string[]
  /** Column name -> SQL expression that replaces it. */
  readonly columnMasks?: Readonly<Record<string, string>>
  /** The columns that may be selected, where that is not the whole table: its own spellings where its columns were told. */
  readonly visibleColumns?: readonly string[]
}

/** What a decision keeps from him who asked. */
export type Restriction = Pick<Decision, 'rowFilters' | 'columnMasks' | 'visibleColumns'>

export interface Authoriser {
  decide(caller: Caller, action: Action, resource: Resource): Promise<Decision>
  /** Told what was decided for an attempt, before it is acted on; what it throws ends the attempt. Never told of mere looks. */
  record?(caller: Caller, action: Action, resource: Resource, decision: Decision): Promise<void>
  /** One that goes on answering by the rules of this moment, for who asks several times about one act. */
  pinned?(): Authoriser
}

/** Turns a bearer token into a Caller; throws NotAuthenticated. */
export interface Authenticator {
  bearer(token: string): Promise<Caller>
}

export interface DecideOptions {
  /** How long the authoriser may take before the answer is no; milliseconds. */
  readonly deadlineMs?: number
}

export interface AuthoriseOptions extends DecideOptions {
  /** What a refusal calls the thing; default its path. For paths that tell more than the caller may know. */
  readonly named?: string
  /** What a refusal says is acted on, where that is not what was asked about: a table that would be made in a schema. */
  readonly thing?: string
}

/**
 * Asks what to show: filters of listings, flags of an answer. A silent or failing authoriser denies. Does not throw for "no", and leaves no
 * record: whoever goes on to do something, or refuses it, asks by `attempt` or `authorise`.
 */
export async function decide(
  authoriser: Authoriser,
  caller: Caller,
  action: Action,
  resource: Resource,
  { deadlineMs = 2000 }: DecideOptions = {},
): Promise<Decision> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(AuthoriserSilent({ action, resource: namedPath(resource.path).join('.') })), deadlineMs)
  })
  try {
    return await Promise.race([authoriser.decide(caller, action, resource), silence])
  } catch (error) {
    const why = error instanceof AkkoError ? error : AuthoriserSilent({ action, resource: namedPath(resource.path).join('.') }, error)
    return { allow: false, reason: why.hint ?? why.message }
  } finally {
    clearTimeout(timer)
  }
}

/** Asks about what is then done, or refused, and has it recorded. Does not throw for "no". */
export async function attempt(
  authoriser: Authoriser,
  caller: Caller,
  action: Action,
  resource: Resource,
  options?: DecideOptions,
): Promise<Decision> {
  const decision = await decide(authoriser, caller, action, resource, options)
  await authoriser.record?.(caller, action, resource, decision)
  return decision
}

/** Attempts, and throws AccessDenied for "no"; returns the decision with its filters and masks. */
export async function authorise(
  authoriser: Authoriser,
  caller: Caller,
  action: Action,
  resource: Resource,
  { named, thing, ...options }: AuthoriseOptions = {},
): Promise<Decision> {
  const decision = await attempt(authoriser, caller, action, resource, options)
  if (!decision.allow) throw denied(caller, action, resource, decision, { named, thing })
  return decision
}

/** What is told of a "no". */
export function denied(
  { sub }: Caller,
  action: Action,
  { kind, path }: Resource,
  { reason = 'ask an administrator for a role that allows it' }: Decision,
  { named = namedPath(path).join('.'), thing = `${kind} ${named}`.trimEnd() }: Pick<AuthoriseOptions, 'named' | 'thing'> = {},
): AkkoError {
  return AccessDenied({ user: sub, action, resource: thing, reason })
}

/** As messages and records name it: what is asked of all that lies in a thing has an empty last element (a listing's prefix). */
export function namedPath(path: readonly string[]): readonly string[] {
  return path.at(-1) === '' ? path.slice(0, -1) : path
}

/** The owner of a thing, as its path names it to the authoriser: not by the caller's name when that was another account's then. */
export function ownerFor(caller: Caller, owner: { readonly sub: string; readonly account?: string | null | undefined }): string {
  const known = typeof owner.account === 'string' && caller.account !== undefined
  const isGone = owner.sub === caller.sub && known && owner.account !== caller.account
  return isGone ? `${owner.sub} (account ${owner.account})` : owner.sub
}

/** True when the decision hides rows or columns: such a caller gets no direct file access. */
export function isRestricted({ rowFilters = [], columnMasks = {}, visibleColumns }: Restriction): boolean {
  return rowFilters.length > 0 || Object.keys(columnMasks).length > 0 || visibleColumns !== undefined
}
