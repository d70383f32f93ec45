// The text of a metadata file: UTF-8, or gzip of it (spec, "File System Tables": `.gz.metadata.json`).
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { FileTooLarge, NotReadable } from '#parts/catalog/errors'
import { LARGEST_METADATA } from '#parts/catalog/ports'

const unzip = promisify(gunzip)

/** By its first bytes, since writers name such files in more than one way. @throws NotReadable, FileTooLarge */
export async function metadataText(uri: string, bytes: Buffer): Promise<string> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8')
  try {
    return (await unzip(bytes, { maxOutputLength: LARGEST_METADATA })).toString('utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw FileTooLarge({ uri, limit: LARGEST_METADATA }, error)
    throw NotReadable({ uri }, error)
  }
}
