// Metadata files in an S3 store, with the catalogue's own key.
import { FileTooLarge, NoSuchFile } from '#parts/catalog/errors'
import { metadataText } from '#parts/catalog/metadata-text'
import { LARGEST_METADATA, type MetadataFiles } from '#parts/catalog/ports'
import type { S3Access } from '#wire/s3/client'
import { createS3Objects } from '#wire/s3/objects'

export function createS3MetadataFiles(access: S3Access): MetadataFiles {
  const objects = createS3Objects(access)

  const read = async (uri: string): Promise<string> => {
    const { bucket, key } = parseUri(uri)
    const object = await objects.get(bucket, key)
    if (!object) throw NoSuchFile({ uri })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of object.body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > LARGEST_METADATA) throw FileTooLarge({ uri, limit: LARGEST_METADATA })
      chunks.push(chunk)
    }
    return metadataText(uri, Buffer.concat(chunks))
  }

  return {
    scheme: 's3',
    read,
    write: async (uri, text) => {
      const { bucket, key } = parseUri(uri)
      if (await objects.put(bucket, key, text, { headers: { 'content-type': 'application/json' }, onlyNew: true })) return
      // A retry after a lost answer finds its own file.
      if ((await read(uri)) !== text) throw new Error(`could not write ${uri}: another file is there`)
    },
    remove: async (uris) => {
      const parsed = uris.map(parseUri)
      for (const bucket of new Set(parsed.map((p) => p.bucket)))
        await objects.remove(
          bucket,
          parsed.filter((p) => p.bucket === bucket).map((p) => p.key),
        )
    },
    removeBelow: async (uri) => {
      const { bucket, key } = parseUri(`${uri.replace(/\/+$/, '')}/`)
      await objects.removeBelow(bucket, key)
    },
  }
}

function parseUri(uri: string): { readonly bucket: string; readonly key: string } {
  const match = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri)
  if (!match?.[1]) throw new Error(`${uri} is not an s3:// address`)
  return { bucket: match[1], key: match[2] ?? '' }
}
