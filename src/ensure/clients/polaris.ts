// Polaris' management API and the Iceberg REST catalogue's namespaces, as the catalogue's administrator.

import { type AdminHttp, createAdminHttp, requestToken } from '#ensure/clients/http'
import { createMemo, type Memo } from '#ensure/memo'
import type { Secret } from '#kit/secret'

export interface PolarisEndpoint {
  /** `http://127.0.0.1:8181/api`; the paths below it are Polaris' own. */
  readonly url: string
  readonly root: { readonly clientId: string; readonly clientSecret: Secret }
  /** Added to the storage settings of a new catalogue, e.g. the S3 endpoint that Polaris shall use. */
  readonly storage?: Readonly<Record<string, unknown>>
}

export interface PolarisClient extends AdminHttp {
  readonly memo: Memo
  readonly storage: Readonly<Record<string, unknown>>
  /** Whether these credentials get a token. */
  opens(clientId: string, clientSecret: Secret): Promise<boolean>
}

const TOKENS = '/catalog/v1/oauth/tokens'

export function createPolarisClient({ url, root, storage = {} }: PolarisEndpoint): PolarisClient {
  const form = (id: string, secret: Secret) => ({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret.reveal(),
    scope: 'PRINCIPAL_ROLE:ALL',
  })
  const http = createAdminHttp({ base: url, token: () => requestToken(url + TOKENS, form(root.clientId, root.clientSecret)) })
  return Object.assign(Object.create(http) as AdminHttp, {
    memo: createMemo(),
    storage,
    opens: async (id: string, secret: Secret) => {
      const response = await fetch(url + TOKENS, {
        method: 'POST',
        body: new URLSearchParams(form(id, secret)),
        signal: AbortSignal.timeout(30_000),
      })
      await response.text()
      if (response.status >= 500) throw new Error(`the catalogue answered ${response.status} to a request for a token`)
      return response.ok
    },
  })
}

/** A path of the management API, each part encoded. */
export function management(...parts: readonly string[]): string {
  return `/management/v1/${parts.map(encodeURIComponent).join('/')}`
}

/** Names of a list, asked once. */
export function names(client: PolarisClient, key: string, path: string, field: string): Promise<ReadonlySet<string>> {
  return client.memo.once(key, async () => {
    const body = await client.read<Record<string, readonly { name: string }[]>>(path)
    return new Set(body?.[field]?.map((e) => e.name))
  })
}
