// What the account's own key asks of the store itself, by forms like those of IAM under names that are none of Amazon's.
import type { Store } from '#parts/storage/request'
import { scrub } from '#parts/storage/scrub'
import type { XmlFields } from '#wire/s3/xml'

type Upkeep = (store: Store) => Promise<XmlFields>

export const UPKEEP: Readonly<Record<string, Upkeep>> = {
  AkkoScrub: async (store) => {
    const { objects, bytes, broken } = await scrub(store)
    return {
      Objects: objects,
      Bytes: bytes,
      Broken: { member: broken.map(({ bucket, key, version }) => ({ Bucket: bucket, Key: key, VersionId: version })) },
    }
  },
  AkkoRotateKey: async ({ rotation }) => ({ Files: await rotation.rotate() }),
}
