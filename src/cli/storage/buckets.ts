// akko storage bucket create|ls|rm.
import { accountIn, rolesIn, tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { printJson, printTable } from '#cli/output'
import { StorageUsage } from '#cli/storage/place'
import { report } from '#cli/storage/progress'
import { createBucket, declaredBuckets, removeBucket } from '#runtime/buckets'
import { rolesCover } from '#runtime/key-owners'
import type { Machine } from '#runtime/machine'
import { policyModel } from '#runtime/policy'
import { createFileSecretStore } from '#runtime/secrets'
import { coverableBuckets, ensureUserKey } from '#runtime/user-keys'

export async function buckets(machine: Machine, flags: Flags, verb = '', name?: string): Promise<void> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const json = flags.json === true
  const token = await tokenFor(machine, flags)
  const holder = { username: token.user, account: accountIn(token), roles: rolesIn(token) }
  if (verb === 'ls') {
    const declared = declaredBuckets(machine)
    const model = policyModel(machine)
    const seen = (await coverableBuckets(machine, secrets)).filter((bucket) => rolesCover(model, holder.roles, bucket))
    const rows = seen.map((bucket) => ({ name: bucket, declared: declared.has(bucket) }))
    if (json) printJson({ buckets: rows })
    else
      printTable(
        ['NAME', 'MADE BY'],
        rows.map((r) => [r.name, r.declared ? 'the platform' : 'an administrator']),
      )
    return
  }
  if (!name || (verb !== 'create' && verb !== 'rm')) throw StorageUsage({ problem: 'bucket takes create NAME, ls, or rm NAME' })
  if (verb === 'create') await createBucket(machine, secrets, holder, name)
  else await removeBucket(machine, secrets, holder, name)
  // His own key opens it from now on, or does not name it any more.
  await ensureUserKey(machine, secrets, holder)
  if (json) printJson(verb === 'create' ? { created: name } : { removed: name })
  else report(json, `${verb === 'create' ? 'created' : 'removed'} ${name}`)
}
