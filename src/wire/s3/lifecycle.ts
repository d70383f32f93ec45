// Rules of lifecycle: what they are for, and when what they are for ends.
import { hasTags, type Tags } from '#wire/s3/tags'

export interface LifecycleRule {
  readonly id: string
  readonly enabled: boolean
  readonly prefix: string
  /** Whether the prefix stands outside a filter, as before filters were. */
  readonly legacy?: boolean
  readonly tags: Tags
  /** Bytes, exclusive. */
  readonly largerThan?: number
  readonly smallerThan?: number
  readonly expiration?: Expiration
  readonly noncurrent?: { readonly days: number; readonly newer?: number }
  /** Days after which an upload that nobody ended is aborted. */
  readonly abortDays?: number
}

export interface Expiration {
  readonly days?: number
  /** Milliseconds since the epoch. */
  readonly date?: number
  /** A marker that no version is left behind goes too. */
  readonly markers?: boolean
}

export interface Aging {
  readonly key: string
  readonly size: number
  readonly tags: Tags
}

export const DAY_MS = 24 * 3600 * 1000

/** Days are whole: what happened within one counts from the next midnight (UTC), as in S3. */
export function afterDays(since: number, days: number): number {
  return Math.ceil((since + days * DAY_MS) / DAY_MS) * DAY_MS
}

export function isFor(rule: LifecycleRule, { key, size, tags }: Aging): boolean {
  return (
    rule.enabled &&
    key.startsWith(rule.prefix) &&
    hasTags(tags, rule.tags) &&
    size > (rule.largerThan ?? -1) &&
    size < (rule.smallerThan ?? Number.POSITIVE_INFINITY)
  )
}

/** When the newest version of a key expires, and by which rule: the earliest of all. */
export function expiryOf(
  rules: readonly LifecycleRule[],
  of: Aging,
  modified: number,
): { readonly at: number; readonly rule: string } | undefined {
  return rules
    .filter((rule) => isFor(rule, of))
    .flatMap(({ id, expiration }) => {
      const at = expiration?.date ?? (expiration?.days === undefined ? undefined : afterDays(modified, expiration.days))
      return at === undefined ? [] : [{ at, rule: id }]
    })
    .sort((a, b) => a.at - b.at)[0]
}

/** Whether an older version is done with. `since`: when it was replaced; `newer`: how many older versions are newer than it. */
export function isDone(rules: readonly LifecycleRule[], of: Aging, since: number, newer: number, now: number): boolean {
  return rules.some(
    (rule) =>
      rule.noncurrent !== undefined &&
      isFor(rule, of) &&
      newer >= (rule.noncurrent.newer ?? 0) &&
      afterDays(since, rule.noncurrent.days) <= now,
  )
}

/** Whether a marker that stands alone goes. */
export function isLonely(rules: readonly LifecycleRule[], key: string, modified: number, now: number): boolean {
  return rules.some(({ enabled, prefix, tags, expiration }) => {
    if (!enabled || !expiration || tags.length > 0 || !key.startsWith(prefix)) return false
    if (expiration.markers) return true
    return (expiration.date ?? (expiration.days === undefined ? Number.POSITIVE_INFINITY : afterDays(modified, expiration.days))) <= now
  })
}

/** When an upload is aborted, and by which rule. */
export function abortOf(
  rules: readonly LifecycleRule[],
  key: string,
  initiated: number,
): { readonly at: number; readonly rule: string } | undefined {
  return rules
    .flatMap(({ id, enabled, prefix, abortDays }) =>
      enabled && abortDays !== undefined && key.startsWith(prefix) ? [{ at: afterDays(initiated, abortDays), rule: id }] : [],
    )
    .sort((a, b) => a.at - b.at)[0]
}
