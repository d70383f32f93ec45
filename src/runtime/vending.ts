// Lends keys for a table's files: sealed session tokens that the storage opens without asking anyone.
import type { Caller } from '#kit/access'
import { defineError } from '#kit/errors'
import type { Secret } from '#kit/secret'
import type { Vend } from '#parts/catalog/index'
import { sessionOwner } from '#runtime/key-owners'
import type { PeopleFeed } from '#runtime/people'
import type { KeptPolicy } from '#runtime/policy'
import { isServiceAccount } from '#wire/oidc/claims'
import { mintSession, type SessionOwner } from '#wire/s3/session'
import { parseS3Uri } from '#wire/s3/uri'

const NotLendable = defineError('catalog.not_lendable', 500, 'no keys are lent for {uri}: it is not a folder of a bucket')

export interface VendOptions {
  readonly sessionKey: Secret
  readonly ttlSeconds: number
  readonly client: Readonly<Record<string, string>>
  readonly people: Pick<PeopleFeed, 'named'>
  readonly inForce: () => Pick<KeptPolicy, 'revision'>
}

export function createVend(options: VendOptions): Vend {
  const ownerOf = ({ sub, account, rightsVersion = 0 }: Caller): SessionOwner | undefined => {
    if (account === undefined) return undefined
    // Whoever is not a client is taken for a person: one who is not known of now may be disabled, or not heard of yet, and the storage asks again.
    const isPerson = !isServiceAccount(sub) || options.people.named(sub)?.id === account
    return isPerson ? sessionOwner({ username: sub, account, rightsVersion }, options.inForce()) : undefined
  }
  return (caller) => {
    const owner = ownerOf(caller)
    return async (request) => lend(caller, owner, request)
  }

  function lend(
    { sub }: Caller,
    owner: SessionOwner | undefined,
    { prefixes, mode }: Parameters<ReturnType<Vend>>[0],
  ): Readonly<Record<string, string>> {
    const entitlements = prefixes.map((uri) => {
      // Taken apart as the store does it, letter by letter: what one reader of URLs resolves or decodes would lend another folder.
      const folder = parseS3Uri(uri)
      if (!folder?.key.endsWith('/')) throw NotLendable({ uri })
      return { bucket: folder.bucket, prefix: folder.key, mode }
    })
    const session = mintSession(options.sessionKey, {
      sub,
      ...(owner ? { owner } : {}),
      entitlements,
      ttlSeconds: options.ttlSeconds,
    })
    return {
      ...options.client,
      's3.access-key-id': session.accessKeyId,
      's3.secret-access-key': session.secretAccessKey,
      's3.session-token': session.sessionToken,
      's3.session-token-expires-at-ms': String(session.expiration.getTime()),
    }
  }
}
