// Buckets that people make beside the declared ones: with the administrator's roles, by the storage's own administrator.
import { defineError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { REGION, secretName, WAREHOUSE_BUCKET } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { recordAsked } from '#runtime/audit'
import { rolesCover } from '#runtime/key-owners'
import { HOST, type Machine, port } from '#runtime/machine'
import { policyModel } from '#runtime/policy'
import { recordedAct } from '#runtime/recorded-act'
import { requiredSecret, splitPair } from '#runtime/secrets'
import { type Holder, NotAllowed } from '#runtime/user-keys'
import { accepted, createS3Client, type S3Access } from '#wire/s3/client'

export const DeclaredBucket = defineError('storage.declared_bucket', 409, 'the bucket {bucket} belongs to the platform', {
  hint: 'remove only buckets that you made; see `akko storage bucket ls`',
})

/** The storage's address with a key. */
export function storageAccess(machine: Machine, key: { readonly id: string; readonly secret: S3Access['secretAccessKey'] }): S3Access {
  return { endpoint: `http://${HOST}:${port(machine, 'storage')}`, region: REGION, accessKeyId: key.id, secretAccessKey: key.secret }
}

export function declaredBuckets({ site }: Pick<Machine, 'site'>): ReadonlySet<string> {
  return new Set([WAREHOUSE_BUCKET, ...resourcesOf(site).flatMap((r) => (r.kind === 'bucket' ? [r.name] : []))])
}

/** Throws S3Refused, as for a name that is taken. */
export async function createBucket(machine: Machine, secrets: SecretStore, holder: Holder, bucket: string): Promise<void> {
  await asRoot(machine, secrets, holder, { bucket, method: 'PUT', action: 'create' })
}

/** Throws S3Refused, as for one that is not empty. */
export async function removeBucket(machine: Machine, secrets: SecretStore, holder: Holder, bucket: string): Promise<void> {
  if (declaredBuckets(machine).has(bucket)) throw DeclaredBucket({ bucket })
  await asRoot(machine, secrets, holder, { bucket, method: 'DELETE', action: 'drop' })
}

interface Change {
  readonly bucket: string
  readonly method: string
  readonly action: 'create' | 'drop'
}

async function asRoot(machine: Machine, secrets: SecretStore, holder: Holder, { bucket, method, action }: Change): Promise<void> {
  const what = { part: 'storage', action, kind: 'bucket', path: [bucket] }
  if (!rolesCover(policyModel(machine), holder.roles, bucket)) {
    await recordAsked(machine, secrets, holder, { what, outcome: 'denied', reason: 'no role of his covers it' })
    throw NotAllowed({ user: holder.username, bucket })
  }
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  await recordedAct(
    (facts) => recordAsked(machine, secrets, holder, facts),
    { what },
    async () => {
      const answer = await createS3Client(storageAccess(machine, root)).send({ method, path: `/${encodeURIComponent(bucket)}` })
      ;(await accepted(`${action === 'create' ? 'create' : 'remove'} the bucket ${bucket}`, answer)).body.resume()
    },
  )
}
