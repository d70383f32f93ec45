// Addresses of a version's files that open without a cookie, for a while: what a sandboxed page can load, since it has no origin of its own.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '#kit/secret'
import { LinkExpired } from '#parts/docs/errors'

/** Long enough for a page to load all it needs; whoever loses the right to read keeps what he has opened this long. */
export const LINK_SECONDS = 600

export interface Opened {
  readonly report: string
  readonly version: number
}

export function signLink(key: Secret, { report, version }: Opened, now = Date.now()): string {
  const payload = Buffer.from(JSON.stringify([report, version, Math.floor(now / 1000) + LINK_SECONDS])).toString('base64url')
  return `${payload}.${macOf(key, payload)}`
}

/** @throws LinkExpired for one that has ended, and for one that we never gave. */
export function openLink(key: Secret, link: string, now = Date.now()): Opened {
  const [payload = '', mac = ''] = link.split('.')
  const [given, right] = [Buffer.from(mac), Buffer.from(macOf(key, payload))]
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw LinkExpired()
  const [report, version, ends] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number, number]
  if (ends * 1000 <= now) throw LinkExpired()
  return { report, version }
}

function macOf(key: Secret, payload: string): string {
  return createHmac('sha256', key.reveal()).update(`report link ${payload}`).digest('base64url')
}
