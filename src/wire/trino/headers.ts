// The X-Trino-* headers of the client protocol: what a request carries, and what an answer asks the client to remember.
import { dictionary } from '#kit/dictionary'

export interface ClientContext {
  readonly user: string | undefined
  readonly source: string | undefined
  readonly catalog: string | undefined
  readonly schema: string | undefined
  readonly timeZone: string | undefined
  readonly language: string | undefined
  readonly clientInfo: string | undefined
  readonly traceToken: string | undefined
  readonly clientTags: readonly string[]
  readonly capabilities: ReadonlySet<string>
  readonly session: Readonly<Record<string, string>>
  /** Name -> SQL text. */
  readonly prepared: Readonly<Record<string, string>>
  readonly transactionId: string | undefined
}

/** What a statement changes in the client's session; each becomes a response header. */
export interface SessionUpdates {
  catalog?: string
  schema?: string
  setSession?: Record<string, string>
  clearSession?: string[]
  addedPrepare?: Record<string, string>
  deallocatedPrepare?: string[]
  startedTransaction?: string
  clearTransaction?: boolean
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

export function parseClientHeaders(headers: Headers): ClientContext {
  const one = (name: string) => {
    const value = headers[`x-trino-${name}`]
    const text = (Array.isArray(value) ? value[0] : value)?.trim()
    return text === '' ? undefined : text
  }
  const transaction = one('transaction-id')
  return {
    user: one('user'),
    source: one('source'),
    catalog: decode(one('catalog')),
    schema: decode(one('schema')),
    timeZone: one('time-zone'),
    language: one('language'),
    clientInfo: one('client-info'),
    traceToken: one('trace-token'),
    clientTags: list(headers['x-trino-client-tags']),
    capabilities: new Set(list(headers['x-trino-client-capabilities']).map((c) => c.toUpperCase())),
    session: pairs(headers['x-trino-session']),
    prepared: pairs(headers['x-trino-prepared-statement']),
    transactionId: transaction === undefined || transaction.toUpperCase() === 'NONE' ? undefined : transaction,
  }
}

export function printSessionUpdates(updates: SessionUpdates): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  const put = (name: string, values: readonly string[]) => {
    if (values.length > 0) headers[`X-Trino-${name}`] = [...values]
  }
  if (updates.catalog !== undefined) headers['X-Trino-Set-Catalog'] = encodeURIComponent(updates.catalog)
  if (updates.schema !== undefined) headers['X-Trino-Set-Schema'] = encodeURIComponent(updates.schema)
  put('Set-Session', entries(updates.setSession))
  put('Clear-Session', updates.clearSession ?? [])
  put('Added-Prepare', entries(updates.addedPrepare))
  put('Deallocated-Prepare', (updates.deallocatedPrepare ?? []).map(encode))
  if (updates.startedTransaction !== undefined) headers['X-Trino-Started-Transaction-Id'] = updates.startedTransaction
  if (updates.clearTransaction) headers['X-Trino-Clear-Transaction-Id'] = 'true'
  return headers
}

function entries(values: Record<string, string> | undefined): string[] {
  return Object.entries(values ?? {}).map(([name, value]) => `${encode(name)}=${encode(value)}`)
}

/** As `application/x-www-form-urlencoded`, which is what the drivers decode. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+')
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function list(value: string | string[] | undefined): string[] {
  return (Array.isArray(value) ? value : [value ?? '']).flatMap((v) => v.split(',')).flatMap((v) => v.trim() || [])
}

function pairs(value: string | string[] | undefined): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const item of list(value)) {
    const at = item.indexOf('=')
    if (at > 0) found.set(decode(item.slice(0, at).trim()) as string, decode(item.slice(at + 1).trim()) ?? '')
  }
  return dictionary(found)
}
