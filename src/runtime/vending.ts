// Lends keys for a table's files: sealed session tokens that the storage opens without asking anyone.
import { defineError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import type { Vend } from '#parts/catalog/index'
import { mintSession } from '#wire/s3/session'
import { parseS3Uri } from '#wire/s3/uri'

const NotLendable = defineError('catalog.not_lendable', 500, 'no keys are lent for {uri}: it is not a folder of a bucket')

export function createVend(options: { sessionKey: Secret; ttlSeconds: number; client: Readonly<Record<string, string>> }): Vend {
  return async ({ sub, prefixes, mode }) => {
    const entitlements = prefixes.map((uri) => {
      // Taken apart as the store does it, letter by letter: what one reader of URLs resolves or decodes would lend another folder.
      const folder = parseS3Uri(uri)
      if (!folder?.key.endsWith('/')) throw NotLendable({ uri })
      return { bucket: folder.bucket, prefix: folder.key, mode }
    })
    const session = mintSession(options.sessionKey, { sub, entitlements, ttlSeconds: options.ttlSeconds })
    return {
      ...options.client,
      's3.access-key-id': session.accessKeyId,
      's3.secret-access-key': session.secretAccessKey,
      's3.session-token': session.sessionToken,
      's3.session-token-expires-at-ms': String(session.expiration.getTime()),
    }
  }
}
