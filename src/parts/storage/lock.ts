// Locks of versions: until when one stays, and who may end that before.
import type { Locked, ObjectLock, Retention } from '#parts/storage/records'

const DAY_MS = 24 * 3600 * 1000
const YEAR_DAYS = 365

/** `bypass`: whoever removes it may end retention by governance. */
export function isLocked({ retention, hold }: Locked, now: number, bypass: boolean): boolean {
  if (hold === 'ON') return true
  return retention !== undefined && retention.until > now && !(bypass && retention.mode === 'GOVERNANCE')
}

/** Of a version written at this time that asks for none. */
export function defaultRetention({ mode, days, years }: ObjectLock, written: number): Retention | undefined {
  return mode && { mode, until: written + (days ?? (years ?? 0) * YEAR_DAYS) * DAY_MS }
}

/** Whether one may take the place of the other: longer always, otherwise or shorter only where it could be ended. */
export function mayReplace(old: Locked, next: Retention | undefined, now: number, bypass: boolean): boolean {
  if (!isLocked({ ...(old.retention ? { retention: old.retention } : {}) }, now, bypass)) return true
  return next !== undefined && next.mode === old.retention?.mode && next.until >= old.retention.until
}
