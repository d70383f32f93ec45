// Which client sends a form: by HTTP Basic or its fields, as at the token endpoint.
import type { IncomingMessage } from 'node:http'
import { readText } from '#kit/body'
import type { RealmRuntime } from '#parts/identity/context'

export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(req, 64 * 1024))
}

/** Its id; undefined when it is unknown or did not prove who it is. A public client has nothing to prove with. */
export async function clientOf(
  realm: RealmRuntime,
  req: IncomingMessage,
  form: URLSearchParams,
  { confidential = false }: { readonly confidential?: boolean } = {},
): Promise<string | undefined> {
  const [id, secret] = basicCredentials(req) ?? [form.get('client_id') ?? '', form.get('client_secret') ?? '']
  const client = id ? await realm.provider.Client.find(id).catch(() => undefined) : undefined
  if (!client) return undefined
  if (client.clientSecret === undefined) return confidential ? undefined : id
  return secret && (await client.compareClientSecret(secret)) ? id : undefined
}

function basicCredentials(req: IncomingMessage): [string, string] | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(req.headers.authorization ?? '')?.[1]
  if (!encoded) return undefined
  const [id = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  try {
    return [decodeURIComponent(id), decodeURIComponent(rest.join(':'))]
  } catch {
    return [id, rest.join(':')]
  }
}
