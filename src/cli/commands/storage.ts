// akko storage: buckets, objects and keys of the machine's object storage, with the rights of who asks.
import { accountIn, rolesIn, tokenFor } from '#cli/as-user'
import { type Flags, foreignFlag } from '#cli/flags'
import { printJson } from '#cli/output'
import { buckets } from '#cli/storage/buckets'
import { copy } from '#cli/storage/copy'
import { keys } from '#cli/storage/keys'
import { mirror } from '#cli/storage/mirror'
import { list, presign, printable, remove, usage } from '#cli/storage/objects'
import { placeOf, StorageUsage } from '#cli/storage/place'
import { bytesText, type Progress, report, showProgress } from '#cli/storage/progress'
import { printUsage } from '#cli/storage/usage'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import { storageAccess } from '#runtime/buckets'
import { requireRunning } from '#runtime/client'
import { rolesCover } from '#runtime/key-owners'
import type { Machine } from '#runtime/machine'
import { policyModel } from '#runtime/policy'
import { createFileSecretStore } from '#runtime/secrets'
import { rotateKey, scrub } from '#runtime/storage-upkeep'
import { coverableBuckets, ensureUserKey, UnknownBucket } from '#runtime/user-keys'
import { createS3Client, type S3Access } from '#wire/s3/client'
import { createS3Objects } from '#wire/s3/objects'

const NoRights = defineError('storage.no_rights', 403, 'the roles of {user} allow no bucket', { hint: 'name another --user' })

/** The person's access; the places that are named are looked at before. */
type Access = (...places: readonly (string | undefined)[]) => Promise<S3Access>

/** What is done with the person's own key, or by his session from another machine. */
export const objectVerbs: Readonly<Record<string, (access: Access, flags: Flags, args: readonly string[]) => Promise<void>>> = {
  ls: async (access, flags, [at]) => list(await access(at), flags, at),
  du: async (access, flags, [at]) => usage(await access(at), flags.json === true, at),
  rm: async (access, flags, [at]) => remove(await access(at), flags, at),
  presign: async (access, flags, [at]) => presign(await access(at), flags, at),
  cp: copyBetween,
  mirror: mirrorTo,
  usage: async (access, flags) => printUsage(await access(), flags),
}

const HOME_VERBS: Readonly<Record<string, (machine: Machine, flags: Flags, args: readonly string[]) => Promise<void>>> = {
  key: (machine, flags, [verb, name]) => keys(machine, flags, verb, name),
  bucket: (machine, flags, [verb, name]) => buckets(machine, flags, verb, name),
  'rotate-key': rotate,
  scrub: scrubAll,
}

/** The flags of single verbs: one that does nothing here is refused. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  key: ['bucket', 'readOnly'],
  ls: ['recursive'],
  rm: ['recursive'],
  cp: ['recursive'],
  presign: ['expires'],
  mirror: ['delete', 'dryRun'],
}
const SPELLED = {
  bucket: '--bucket',
  readOnly: '--read-only',
  recursive: '--recursive',
  expires: '--expires',
  delete: '--delete',
  dryRun: '--dry-run',
}

/** @throws StorageUsage */
export function assertFlags(flags: Flags, noun: string): void {
  const foreign = foreignFlag(flags, SPELLED, own(TAKEN, noun))
  if (foreign !== undefined) throw StorageUsage({ problem: `storage ${noun} takes no ${foreign}` })
}

export async function storage(machine: Machine, flags: Flags, noun: string, args: readonly string[] = []): Promise<void> {
  const ofObjects = own(objectVerbs, noun)
  const ofHome = own(HOME_VERBS, noun)
  if (!ofObjects && !ofHome) throw StorageUsage({ problem: `there is no "storage ${noun}"` })
  assertFlags(flags, noun)
  await requireRunning(machine)
  if (ofObjects) await ofObjects((...places) => accessOf(machine, flags, ...places), flags, args)
  else await ofHome?.(machine, flags, args)
}

/**
 * With the key of the person who asks: what his roles allow is for the storage to say. But his key names the buckets that there are, so of one that is missing
 * it would say that he may not. @throws UnknownBucket
 */
async function accessOf(machine: Machine, flags: Flags, ...places: readonly (string | undefined)[]): Promise<S3Access> {
  const token = await tokenFor(machine, flags)
  const holder = { username: token.user, account: accountIn(token), roles: rolesIn(token) }
  const secrets = createFileSecretStore(machine.paths.secrets)
  const [known, model] = [await coverableBuckets(machine, secrets), policyModel(machine)]
  for (const place of places) {
    const at = placeOf(place ?? '')
    if (at.kind === 'object' && rolesCover(model, holder.roles, at.bucket) && !known.includes(at.bucket))
      throw UnknownBucket({ bucket: at.bucket, known: known.join(', ') })
  }
  const key = await ensureUserKey(machine, secrets, holder)
  if (!key) throw NoRights({ user: token.user })
  return storageAccess(machine, key)
}

async function rotate(machine: Machine, flags: Flags): Promise<void> {
  const token = await tokenFor(machine, flags)
  const holder = { username: token.user, account: accountIn(token), roles: rolesIn(token) }
  const files = await rotateKey(machine, createFileSecretStore(machine.paths.secrets), holder)
  if (flags.json) printJson({ files })
  else
    report(
      false,
      `a new key is in use; the keys of ${files} encrypted ${files === 1 ? 'file' : 'files'} were sealed by it, and the old one is gone`,
    )
}

/** Exits 1 where something is broken. */
async function scrubAll(machine: Machine, flags: Flags): Promise<void> {
  const token = await tokenFor(machine, flags)
  const holder = { username: token.user, account: accountIn(token), roles: rolesIn(token) }
  const { objects, bytes, broken } = await scrub(machine, createFileSecretStore(machine.paths.secrets), holder)
  if (broken.length > 0) process.exitCode = 1
  if (flags.json) return printJson({ objects, bytes, broken })
  for (const { bucket, key, version } of broken) report(false, `broken: s3://${bucket}/${key} (version ${version})`)
  report(
    false,
    `read ${objects} objects, ${bytesText(bytes)}: ${broken.length === 0 ? 'all as they were written' : `${broken.length} broken, which are not given out any more`}`,
  )
}

async function copyBetween(accessTo: Access, flags: Flags, [from, to]: readonly string[]): Promise<void> {
  if (from === undefined || to === undefined) throw StorageUsage({ problem: 'cp takes two places' })
  const access = await accessTo(from, to)
  const json = flags.json === true
  const progress = showProgress(`${from} -> ${to}`, undefined, json)
  const storage = { client: createS3Client(access), objects: createS3Objects(access) }
  const done = await copy(storage, placeOf(from), placeOf(to), { recursive: flags.recursive === true, onBytes: progress.add }).finally(
    progress.end,
  )
  if (json && to !== '-') printJson(done)
  else report(json, `copied ${done.files} ${done.files === 1 ? 'file' : 'files'}, ${bytesText(done.bytes)}`)
}

async function mirrorTo(accessTo: Access, flags: Flags, [from, to]: readonly string[]): Promise<void> {
  if (from === undefined || to === undefined) throw StorageUsage({ problem: 'mirror takes two places' })
  const access = await accessTo(from, to)
  const [json, dryRun] = [flags.json === true, flags.dryRun === true]
  let progress: Progress | undefined
  const done = await mirror({ client: createS3Client(access), objects: createS3Objects(access) }, placeOf(from), placeOf(to), {
    remove: flags.delete === true,
    dryRun,
    onPlan: (bytes) => {
      progress = showProgress(`${from} -> ${to}`, bytes, json)
    },
    onBytes: (count) => progress?.add(count),
  }).finally(() => progress?.end())
  if (json) return printJson(done)
  if (dryRun) {
    for (const name of done.copied) process.stdout.write(`copy    ${printable(name)}\n`)
    for (const name of done.removed) process.stdout.write(`remove  ${printable(name)}\n`)
  }
  for (const name of done.leftOut) report(false, `left out, since it is no file: ${printable(name)}`)
  const [copied, removed] = dryRun ? ['would copy', 'would remove'] : ['copied', 'removed']
  report(false, `${copied} ${done.copied.length} (${bytesText(done.bytes)}), ${removed} ${done.removed.length}, the same ${done.same}`)
}
