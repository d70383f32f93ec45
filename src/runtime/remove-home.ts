// What a platform keeps, on all its places: for who is done with one.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROLES } from '#platform/names'
import { forgetCode } from '#runtime/code'
import { locateHome } from '#runtime/home'
import { assertOwner } from '#runtime/pointer'

/** Names in a home that are the platform's own; all else in it is somebody's. */
const OWN = [
  'state',
  'secrets',
  'ca',
  'logs',
  'objects',
  'spool',
  'people',
  'pg',
  'run.json',
  'location.json',
  'supervisor.lock',
  'config.yaml',
  'policy',
  'lock',
]

export interface Removed {
  readonly removed: readonly string[]
  /** What lies in the home and is not the platform's. */
  readonly left: readonly string[]
}

/** What `removeHome` would remove, for a question. */
export function placesOf(home: string): string[] {
  const { paths } = locateHome(home)
  return [...new Set([home, paths.data, paths.postgres, paths.sockets])].filter((path) => existsSync(path))
}

/** True when an `up` has been here, or somebody has begun with the policy: other folders are never taken for a home. */
export function isHome(home: string): boolean {
  return ['run.json', 'location.json', join('state', 'plan.json')].some((name) => existsSync(join(home, name))) || isBegun(home)
}

/** What `akko policy init` leaves before any `up`: settings, and a policy of ours, beside nothing else. */
function isBegun(home: string): boolean {
  if (!existsSync(join(home, 'config.yaml')) || !existsSync(join(home, 'policy'))) return false
  const policies = readdirSync(join(home, 'policy')).filter((name) => name.endsWith('.yaml'))
  const isOurs = policies.some((name) => readFileSync(join(home, 'policy', name), 'utf8').includes(`${ROLES.admin}:`))
  return isOurs && readdirSync(home).every((name) => OWN.includes(name))
}

/**
 * Removes the home of a stopped platform with what lies outside of it: the data of a platform that root started, and sockets. The settings and the lock go
 * last, so that an interrupted removal can be run again. Files that are not the platform's stay, and so does the home then. @throws HomeCopied
 */
export function removeHome(home: string): Removed {
  if (!existsSync(home)) return { removed: [], left: [] }
  assertOwner(home, locateHome(home).paths.data)
  const outside = placesOf(home).filter((path) => path !== home)
  const plan = join(locateHome(home).paths.records, 'plan.json')
  const text = existsSync(plan) ? readFileSync(plan, 'utf8') : ''
  for (const path of outside) rmSync(path, { recursive: true, force: true })
  forgetCode(text)
  const own = OWN.map((name) => join(home, name)).filter((path) => existsSync(path))
  for (const path of own) rmSync(path, { recursive: true, force: true })
  const left = readdirSync(home)
  if (left.length === 0) rmdirSync(home)
  return { removed: [...outside, ...(left.length === 0 ? [home] : own)], left: left.map((name) => join(home, name)) }
}
