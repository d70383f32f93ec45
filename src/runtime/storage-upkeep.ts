// What an administrator asks of the whole store, by its own administrator's key.
import { defineError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { ROLES, secretName } from '#platform/names'
import { recordAsked } from '#runtime/audit'
import { storageAccess } from '#runtime/buckets'
import type { Machine } from '#runtime/machine'
import { recordedAct } from '#runtime/recorded-act'
import { requiredSecret, splitPair } from '#runtime/secrets'
import type { Holder } from '#runtime/user-keys'
import { accepted, createS3Client } from '#wire/s3/client'
import { parseXml } from '#wire/s3/xml'

export const AdministratorsOnly = defineError('storage.administrators_only', 403, '{user} may not {what}: an administrator does')

/** Milliseconds: all that is encrypted is gone through, or all that there is. */
const SILENCE = 3600 * 1000

/** Gives how many files’ keys were sealed by the new one. @throws AdministratorsOnly, S3Refused */
export async function rotateKey(machine: Machine, secrets: SecretStore, holder: Holder): Promise<number> {
  const text = await asked(machine, secrets, holder, { does: 'replace the key of the store', form: 'AkkoRotateKey', path: ['sealing'] })
  return Number(/<Files>(\d+)</.exec(text)?.[1])
}

export interface Scrubbed {
  readonly objects: number
  readonly bytes: number
  readonly broken: readonly { readonly bucket: string; readonly key: string; readonly version: string }[]
}

/** Reads all that is stored; what is not as it was written is not given out any more. @throws AdministratorsOnly, S3Refused */
export async function scrub(machine: Machine, secrets: SecretStore, holder: Holder): Promise<Scrubbed> {
  const text = await asked(machine, secrets, holder, { does: 'scrub the store', form: 'AkkoScrub', path: ['scrub'] })
  const result = parseXml(text, 'AkkoScrubResponse').AkkoScrubResult as Record<string, unknown>
  const { member } = (typeof result.Broken === 'object' ? result.Broken : {}) as {
    member?: Record<string, unknown> | Record<string, unknown>[]
  }
  return {
    objects: Number(result.Objects),
    bytes: Number(result.Bytes),
    broken: [member ?? []]
      .flat()
      .map(({ Bucket, Key, VersionId }) => ({ bucket: String(Bucket), key: String(Key), version: String(VersionId) })),
  }
}

interface Asking {
  readonly does: string
  readonly form: string
  readonly path: readonly string[]
}

async function asked(machine: Machine, secrets: SecretStore, holder: Holder, { does, form, path }: Asking): Promise<string> {
  const what = { part: 'storage', action: 'manage', kind: 'key', path } as const
  if (!holder.roles.includes(ROLES.admin)) {
    await recordAsked(machine, secrets, holder, { what, outcome: 'denied', reason: 'no role of his covers it' })
    throw AdministratorsOnly({ user: holder.username, what: does })
  }
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  const client = createS3Client(storageAccess(machine, root), { attempts: 1, silence: SILENCE })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return recordedAct(
    (facts) => recordAsked(machine, secrets, holder, facts),
    { what },
    async () =>
      (await accepted(does, await client.send({ service: 'iam', method: 'POST', path: '/', headers, body: `Action=${form}` }))).text(),
  )
}
