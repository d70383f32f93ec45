// S3 keys of people and scripts: IAM users with one key each, never over the warehouse, whose rows belong to SQL's policy.

import { applyKey, type IamUser, type StorageAdmin } from '#ensure/index'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import type { Secret, SecretStore } from '#kit/secret'
import { roleGrants } from '#platform/access'
import { secretName, WAREHOUSE_BUCKET } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { Key, User } from '#platform/resources'
import { createEnsureContext } from '#runtime/ensure-context'
import type { Machine } from '#runtime/machine'
import { requiredSecret, splitPair } from '#runtime/secrets'

export const WarehouseRefused = defineError('storage.warehouse_key', 403, 'a key may not cover {bucket}: it holds the tables', {
  hint: 'read tables through SQL or the catalogue, which apply the policy and lend short-lived credentials',
})
export const UnknownBucket = defineError('storage.unknown_bucket', 404, 'there is no declared bucket {bucket}', {
  hint: 'buckets: {known}',
})

export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

/** A person's own key, over the buckets that the roles allow. Undefined when they allow none; a key of before is revoked then. */
export async function ensureUserKey(
  machine: Machine,
  secrets: SecretStore,
  user: Pick<User, 'username' | 'roles'>,
): Promise<AccessKey | undefined> {
  const grants = user.roles.flatMap((role) => own(roleGrants, role) ?? [])
  const names = grants.some((g) => g.all)
    ? bucketNames(machine).filter((b) => b !== WAREHOUSE_BUCKET)
    : [...new Set(grants.flatMap((g) => g.buckets ?? []))]
  const name = `user-${user.username}`
  if (names.length === 0) {
    if ((await listKeys(machine, secrets)).some((u) => u.name === name)) await revokeKey(machine, secrets, name)
    return undefined
  }
  return makeKey(
    machine,
    secrets,
    name,
    names.map((name) => ({ name, mode: 'write' as const })),
  )
}

/** A named key for a script; refused when it would cover the warehouse. */
export async function createKey(machine: Machine, secrets: SecretStore, name: string, buckets: Key['buckets']): Promise<AccessKey> {
  for (const bucket of buckets) {
    if (bucket.name === WAREHOUSE_BUCKET) throw WarehouseRefused({ bucket: bucket.name })
    if (!bucketNames(machine).includes(bucket.name)) throw UnknownBucket({ bucket: bucket.name, known: bucketNames(machine).join(', ') })
  }
  return makeKey(machine, secrets, name, buckets)
}

/** Everybody who has a key, the platform's own parts included. */
export async function listKeys(machine: Machine, secrets: SecretStore): Promise<IamUser[]> {
  return withStorage(machine, secrets, (s3) => s3.users())
}

/** The key stops working at once. */
export async function revokeKey(machine: Machine, secrets: SecretStore, name: string): Promise<void> {
  return withStorage(machine, secrets, (s3) => s3.removeUser(name))
}

async function withStorage<T>(machine: Machine, secrets: SecretStore, body: (s3: StorageAdmin) => Promise<T>): Promise<T> {
  const context = await createEnsureContext(machine, secrets)
  try {
    return await body(context.clients.s3())
  } finally {
    await context.close()
  }
}

async function makeKey(machine: Machine, secrets: SecretStore, name: string, buckets: Key['buckets']): Promise<AccessKey> {
  const secret = secretName.key(name)
  const context = await createEnsureContext(machine, secrets)
  try {
    await applyKey({ kind: 'key', name, secret, buckets }, context)
  } finally {
    await context.close()
  }
  return splitPair(await requiredSecret(secrets, secret))
}

function bucketNames(machine: Machine): string[] {
  return resourcesOf(machine.site).flatMap((r) => (r.kind === 'bucket' ? [r.name] : []))
}
