// Users, access keys and policies, beside the index in LMDB. A change is durable before its promise resolves.
import { randomBytes } from 'node:crypto'
import type { Database, RootDatabase } from 'lmdb'
import type { Entitlement } from '#kit/access'
import { Secret } from '#kit/secret'
import type { Durably } from '#parts/storage/commits'
import { POLICY_ACTIONS } from '#parts/storage/protocol/actions'
import { afterPrefix } from '#parts/storage/records'
import { PolicyError, parsePolicy } from '#wire/s3/policy'
import { base32 } from '#wire/s3/session'

export interface UserRecord {
  readonly id: string
  readonly path: string
  readonly created: number
}

export interface KeyRecord {
  readonly user: string
  readonly secret: string
  readonly created: number
}

export interface Identities {
  user(name: string): UserRecord | undefined
  users(): { name: string; record: UserRecord }[]
  createUser(name: string, path: string): Promise<UserRecord | undefined>
  /** `keys` or `policies`: what must be deleted first. */
  deleteUser(name: string): Promise<'done' | 'missing' | 'access keys' | 'policies'>
  key(accessKeyId: string): KeyRecord | undefined
  keys(user: string): { accessKeyId: string; record: KeyRecord }[]
  /** Undefined when there is no such user. */
  createKey(user: string): Promise<{ accessKeyId: string; secret: Secret; record: KeyRecord } | undefined>
  deleteKey(user: string, accessKeyId: string): Promise<boolean>
  policy(user: string, name: string): string | undefined
  policies(user: string): string[]
  putPolicy(user: string, name: string, document: string): Promise<boolean>
  deletePolicy(user: string, name: string): Promise<boolean>
  /** What all policies of the user grant together. */
  entitlements(user: string): readonly Entitlement[]
}

/** Characters of an access key, as in IAM; the database cannot look for much longer ones. */
const LONGEST_KEY = 128

export function openIdentities(env: RootDatabase, durably: Durably): Identities {
  const users: Database<UserRecord, string> = env.openDB('users', {})
  const keys: Database<KeyRecord, string> = env.openDB('keys', {})
  const policies: Database<string, Buffer> = env.openDB('policies', { keyEncoding: 'binary' })
  const parsed = new Map<string, readonly Entitlement[]>()

  const policyKey = (user: string, name: string) => Buffer.from(`${user}\0${name}`)
  const policyRange = (user: string) => {
    const start = policyKey(user, '')
    return policies.getRange({ start, end: afterPrefix(start) })
  }
  const keysOf = (user: string) =>
    [...keys.getRange()].filter(({ value }) => value.user === user).map(({ key, value }) => ({ accessKeyId: key, record: value }))
  const changePolicies = async (user: string, change: () => boolean) => {
    const changed = await durably(change)
    parsed.delete(user)
    return changed
  }

  return {
    user: (name) => users.get(name),
    users: () => [...users.getRange()].map(({ key, value }) => ({ name: key, record: value })),
    createUser: (name, path) =>
      durably(() => {
        if (users.get(name)) return undefined
        const record = { id: `AIDA${base32(randomBytes(10))}`, path, created: Date.now() }
        users.put(name, record)
        return record
      }),
    deleteUser: async (name) => {
      const outcome = await durably(() => {
        if (!users.get(name)) return 'missing'
        if (keysOf(name).length > 0) return 'access keys'
        if ([...policyRange(name)].length > 0) return 'policies'
        users.remove(name)
        return 'done'
      })
      parsed.delete(name)
      return outcome
    },
    key: (accessKeyId) => (accessKeyId.length > LONGEST_KEY ? undefined : keys.get(accessKeyId)),
    keys: keysOf,
    createKey: (user) =>
      durably(() => {
        if (!users.get(user)) return undefined
        const accessKeyId = `AKIA${base32(randomBytes(10))}`
        const record = { user, secret: randomBytes(30).toString('base64url'), created: Date.now() }
        keys.put(accessKeyId, record)
        return { accessKeyId, secret: new Secret(record.secret), record }
      }),
    deleteKey: (user, accessKeyId) =>
      durably(() => {
        if (keys.get(accessKeyId)?.user !== user) return false
        keys.remove(accessKeyId)
        return true
      }),
    policy: (user, name) => policies.get(policyKey(user, name)),
    policies: (user) => [...policyRange(user)].map(({ key }) => Buffer.from(key).toString('utf8', Buffer.byteLength(user) + 1)),
    putPolicy: (user, name, document) =>
      changePolicies(user, () => {
        if (!users.get(user)) return false
        policies.put(policyKey(user, name), document)
        return true
      }),
    deletePolicy: (user, name) =>
      changePolicies(user, () => {
        if (policies.get(policyKey(user, name)) === undefined) return false
        policies.remove(policyKey(user, name))
        return true
      }),
    entitlements: (user) => {
      let known = parsed.get(user)
      if (!known) {
        known = [...policyRange(user)].flatMap(({ value }) => granted(value))
        parsed.set(user, known)
      }
      return known
    },
  }
}

/** A policy that was kept before and is malformed by the rules of now grants nothing. */
function granted(document: string): readonly Entitlement[] {
  try {
    return parsePolicy(document, POLICY_ACTIONS)
  } catch (error) {
    if (error instanceof PolicyError) return []
    throw error
  }
}
