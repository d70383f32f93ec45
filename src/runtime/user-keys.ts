// S3 keys of people and of their scripts: IAM users with one key each, never over the warehouse, whose rows belong to SQL's policy.

import { join } from 'node:path'
import { applyKey, type IamUser, type StorageAdmin } from '#ensure/index'
import { decide } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import type { AuditFacts } from '#kit/audit'
import { defineError } from '#kit/errors'
import { inTurn } from '#kit/file-lock'
import type { Secret, SecretStore } from '#kit/secret'
import { requestId } from '#kit/trace'
import { secretName, WAREHOUSE_BUCKET } from '#platform/names'
import type { ResourceOf } from '#platform/resources'
import { type Asker, recordAsked } from '#runtime/audit'
import { createEnsureContext } from '#runtime/ensure-context'
import { type KeyOwner, openBuckets, ownerOf, ownerPath, personalKey, rolesCover } from '#runtime/key-owners'
import type { Machine } from '#runtime/machine'
import { createPolicy, policyModel } from '#runtime/policy'
import { recordedAct } from '#runtime/recorded-act'
import { type FileSecretStore, requiredSecret, splitPair } from '#runtime/secrets'

type Key = ResourceOf<'key'>
/** Whom a key is made for, as a token of now says. */
export type Holder = Required<KeyOwner> & Pick<ResourceOf<'user'>, 'roles'>

export const WarehouseRefused = defineError('storage.warehouse_key', 403, 'a key may not cover {bucket}: it holds the tables', {
  hint: 'read tables through SQL or the catalogue, which apply the policy and lend short-lived credentials',
})
export const UnknownBucket = defineError('storage.unknown_bucket', 404, 'there is no bucket {bucket}', {
  hint: 'buckets: {known}',
})
export const UnknownKey = defineError('storage.unknown_key', 404, 'there is no key {name}', { hint: 'see `akko storage key list`' })
export const ForeignKey = defineError('storage.foreign_key', 403, 'the key {name} is not a key of {user}', {
  hint: 'see `akko storage key list`; who may manage the platform revokes all keys',
})
export const KeyTaken = defineError('storage.key_taken', 409, 'there is a key {name} already, which is not a key of {user}', {
  hint: 'choose another name; who may manage the platform can revoke that key',
})
export const NotAllowed = defineError('storage.roles_do_not_cover', 403, 'the roles of {user} do not allow a key over {bucket}', {
  hint: 'name another bucket, or another --user',
})

export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

/** A person's own key: made for all that roles may ever allow, worth what his roles allow at each request. Undefined when they allow nothing now. */
export async function ensureUserKey(machine: Machine, secrets: SecretStore, user: Holder): Promise<AccessKey | undefined> {
  const [buckets, model] = [await coverableBuckets(machine, secrets), policyModel(machine)]
  if (!buckets.some((bucket) => rolesCover(model, user.roles, bucket))) return undefined
  const name = personalKey(user.username)
  const key = { name, owner: user, buckets: buckets.map((bucket) => ({ name: bucket, mode: 'write' as const })) }
  return makeKey(machine, secrets, key, async (path) => {
    if (path !== ownerPath(user)) await recordAsked(machine, secrets, user, { what: keyEvent('create', name), outcome: 'allowed' })
  })
}

/** Declared or made by an administrator: all that keys of people may cover. */
export async function coverableBuckets(machine: Machine, secrets: SecretStore): Promise<string[]> {
  const made = await withStorage(machine, secrets, (s3) => s3.buckets())
  return [...new Set([...openBuckets(machine), ...made])].filter((bucket) => bucket !== WAREHOUSE_BUCKET)
}

/**
 * A named key of a person's for a script: it opens these buckets while his roles allow them. One of the name that he has already stays what it is, over these
 * buckets now; one that is another's stays his, unless he had the person's name before.
 */
export async function createKey(
  machine: Machine,
  secrets: SecretStore,
  key: Pick<Key, 'name' | 'buckets'>,
  owner: Holder,
): Promise<AccessKey & { readonly existed: boolean }> {
  const known = await coverableBuckets(machine, secrets)
  const what = keyEvent('create', key.name)
  const over = `over ${key.buckets.map(({ name, mode }) => `${name} (${mode})`).join(', ')}`
  const refuse = async (refusal: Error) => {
    await recordAsked(machine, secrets, owner, { what, outcome: 'denied', reason: `${over}: ${refusal.message}` })
    throw refusal
  }
  for (const { name: bucket } of key.buckets) {
    const refusal = refusalOf(policyModel(machine), owner, bucket, known)
    if (refusal) await refuse(refusal)
  }
  let existed = false
  const made = await makeKey(machine, secrets, { ...key, owner }, async (path) => {
    const before = path === undefined ? owner : ownerOf(key.name, path)
    if (!isHis(owner, before) && before?.username !== owner.username) await refuse(KeyTaken({ name: key.name, user: owner.username }))
    existed = path === ownerPath(owner)
    await recordAsked(machine, secrets, owner, { what, outcome: 'allowed', reason: over })
  })
  return { ...made, existed }
}

function refusalOf(model: AccessModel, { username, roles }: Holder, bucket: string, known: readonly string[]): Error | undefined {
  if (bucket === WAREHOUSE_BUCKET) return WarehouseRefused({ bucket })
  if (!known.includes(bucket)) return UnknownBucket({ bucket, known: known.join(', ') })
  return rolesCover(model, roles, bucket) ? undefined : NotAllowed({ user: username, bucket })
}

const keyEvent = (action: 'create' | 'drop', name: string) => ({ part: 'storage', action, kind: 'key', path: [name] })

/** A person's own keys; for who may manage the platform everybody's, the platform's own parts included. */
export async function listKeys(
  machine: Machine,
  secrets: SecretStore,
  asker: Asking,
): Promise<(IamUser & { readonly owner: string | undefined })[]> {
  const users = await withStorage(machine, secrets, (s3) => s3.users())
  const all = await manages(machine, asker)
  return users.flatMap((user) => {
    const owner = ownerOf(user.name, user.path)
    return all || isHis(asker, owner) ? [{ ...user, owner: owner?.username }] : []
  })
}

/** The key stops working at once: one of his own, or any for who may manage the platform. */
export async function revokeKey(machine: Machine, secrets: FileSecretStore, asker: Asking, name: string): Promise<void> {
  const revoke = async (s3: StorageAdmin) => {
    const path = await s3.userPath(name)
    if (path === undefined) throw UnknownKey({ name })
    const owner = ownerOf(name, path)
    const what = keyEvent('drop', name)
    const reason = `of ${owner?.username ?? 'nobody'}`
    const isAllowed = isHis(asker, owner) || (await manages(machine, asker))
    const record = (facts: Omit<AuditFacts, 'who'>) => recordAsked(machine, secrets, asker, facts)
    if (!isAllowed) {
      await record({ what, outcome: 'denied', reason })
      throw ForeignKey({ name, user: asker.username })
    }
    await recordedAct(record, { what, reason }, async () => {
      await s3.removeUser(name)
      await secrets.remove(secretName.key(name))
    })
  }
  return oneAtATime(machine, () => withStorage(machine, secrets, revoke))
}

type Asking = Asker & Required<KeyOwner>

function isHis({ username, account }: Asking, owner: KeyOwner | undefined): boolean {
  return owner !== undefined && (owner.account === undefined ? owner.username === username : owner.account === account)
}

async function manages(machine: Machine, { username, roles }: Asking): Promise<boolean> {
  const caller = { sub: username, roles, via: 'bearer', requestId: requestId() } as const
  return (await decide(createPolicy(machine).authoriser, caller, 'manage', { kind: 'platform', path: [] })).allow
}

async function withStorage<T>(machine: Machine, secrets: SecretStore, body: (s3: StorageAdmin) => Promise<T>): Promise<T> {
  const context = await createEnsureContext(machine, secrets)
  try {
    return await body(context.clients.s3())
  } finally {
    await context.close()
  }
}

/** A key of one who had the name before is not handed on: this one's is a new one. What is not to be made is refused by `before`, which is told whose it was. */
async function makeKey(
  machine: Machine,
  secrets: SecretStore,
  key: Pick<Key, 'name' | 'buckets'> & { readonly owner: Required<KeyOwner> },
  before: (path: string | undefined) => Promise<void>,
): Promise<AccessKey> {
  const { name, buckets, owner } = key
  const secret = secretName.key(name)
  return oneAtATime(machine, async () => {
    const context = await createEnsureContext(machine, secrets)
    try {
      const s3 = context.clients.s3()
      const path = await s3.userPath(name)
      await before(path)
      if (path !== undefined && path !== ownerPath(owner)) await s3.removeUser(name)
      await applyKey({ kind: 'key', name, secret, buckets, path: ownerPath(owner) }, context)
    } finally {
      await context.close()
    }
    return splitPair(await requiredSecret(secrets, secret))
  })
}

/** Of all commands: whose a key is, is looked at, and the key made or removed, before another looks. */
function oneAtATime<T>({ paths }: Machine, change: () => Promise<T>): Promise<T> {
  return inTurn(join(paths.records, 'keys.lock'), () => {}, change)
}
