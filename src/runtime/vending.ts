// Lends keys for a table's files: sealed session tokens that the storage opens without asking anyone.
import type { Secret } from '#kit/secret'
import type { Vend } from '#parts/catalog/index'
import { mintSession } from '#wire/s3/session'

export function createVend(options: { sessionKey: Secret; ttlSeconds: number; client: Readonly<Record<string, string>> }): Vend {
  return async ({ sub, prefixes, mode }) => {
    const entitlements = prefixes.map((uri) => {
      const { host, pathname } = new URL(uri)
      return { bucket: host, prefix: decodeURIComponent(pathname.slice(1)), mode }
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
