// The X-Trino-* headers of the client protocol: what a request carries, and what an answer asks the client to remember.
import { dictionary } from '#kit/dictionary'
import { own } from '#kit/own'

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

/** What a client carries from one statement to the next. */
export type SessionState = Partial<Pick<ClientContext, 'catalog' | 'schema' | 'session' | 'prepared' | 'transactionId'>>

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

/** Headers of names with values, which Trino refuses when they are not that. */
const PAIRED: readonly string[] = ['X-Trino-Session', 'X-Trino-Prepared-Statement']

/** The first of the headers that Trino answers with 400: each item is a name, one `=` and a value whose escapes are whole. */
export function malformedHeader(headers: Headers): string | undefined {
  return PAIRED.find((header) => {
    const isProperty = header === 'X-Trino-Session'
    return list(own(headers, header.toLowerCase())).some((item) => {
      const [name = '', value, ...more] = item.split('=').map((part) => part.trim())
      return value === undefined || more.length > 0 || !isEscaped(value) || (isProperty && !/^[^.](.*[^.])?$/.test(name))
    })
  })
}

const isEscaped = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text)

/** The other side of `parseClientHeaders`. */
export function printClientHeaders(client: Partial<ClientContext>): Record<string, string> {
  const values: Readonly<Record<string, string | undefined>> = {
    user: client.user,
    source: client.source,
    catalog: plain(client.catalog),
    schema: plain(client.schema),
    'time-zone': client.timeZone,
    language: client.language,
    'client-info': client.clientInfo,
    'trace-token': client.traceToken,
    'client-tags': client.clientTags?.join(','),
    'client-capabilities': client.capabilities && [...client.capabilities].join(','),
    session: entries(client.session).join(','),
    'prepared-statement': entries(client.prepared).join(','),
    'transaction-id': client.transactionId,
  }
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[`x-trino-${name}`, value]] : [])))
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

/** The other side of `printSessionUpdates`: the session after an answer with these headers; the same object when they ask for nothing. */
export function updateSession(state: SessionState, headers: { get(name: string): string | null }): SessionState {
  const value = (name: string) => headers.get(`x-trino-${name}`) ?? undefined
  const catalog = decode(value('set-catalog'))
  const schema = decode(value('set-schema'))
  const session = changed(state.session, value('set-session'), value('clear-session'))
  const prepared = changed(state.prepared, value('added-prepare'), value('deallocated-prepare'))
  const started = value('started-transaction-id')
  const ended = value('clear-transaction-id') !== undefined
  if ([catalog, schema, session, prepared, started].every((change) => change === undefined) && !ended) return state
  return {
    ...state,
    ...(catalog === undefined ? {} : { catalog }),
    ...(schema === undefined ? {} : { schema }),
    ...(session === undefined ? {} : { session }),
    ...(prepared === undefined ? {} : { prepared }),
    ...(started === undefined && !ended ? {} : { transactionId: started }),
  }
}

function changed(
  held: Readonly<Record<string, string>> = {},
  set: string | undefined,
  cleared: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (set === undefined && cleared === undefined) return undefined
  const gone = list(cleared).map(decode)
  return dictionary([...Object.entries(held).filter(([name]) => !gone.includes(name)), ...Object.entries(pairs(set))])
}

/** Drivers send names of catalogues and schemas bare; only what a header cannot carry, or a server would decode, is encoded. */
function plain(text: string | undefined): string | undefined {
  return text === undefined || /^[ -$&-*,-~]*$/.test(text) ? text : encode(text)
}

function entries(values: Readonly<Record<string, string>> | undefined): string[] {
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
