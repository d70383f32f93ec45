// Where something lies, as commands name it: `s3://bucket/key`, a path, or `-` for the standard streams.
import { defineError } from '#kit/errors'

export const StorageUsage = defineError('storage.usage', 400, '{problem}', {
  hint: 'akko storage ls|du|rm s3://BUCKET/PREFIX | cp FROM TO | mirror FROM TO | usage | presign s3://BUCKET/KEY | bucket create|ls|rm NAME | key create|list|revoke NAME | rotate-key | scrub',
})

export type Place =
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stream' }

export function placeOf(text: string): Place {
  if (text === '-') return { kind: 'stream' }
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text)
  if (match) return { kind: 'object', bucket: match[1] as string, key: match[2] ?? '' }
  if (text.startsWith('s3:')) throw StorageUsage({ problem: `${text} names no bucket` })
  return { kind: 'file', path: text }
}

/** A bucket, and the key or prefix in it. */
export function inStorage(text: string | undefined, verb: string): { readonly bucket: string; readonly key: string } {
  const place = placeOf(text ?? '')
  if (place.kind !== 'object') throw StorageUsage({ problem: `${verb} takes s3://BUCKET/KEY` })
  return place
}

/** What keys of things in this folder begin with; of the whole bucket nothing. */
export function below(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`
}
