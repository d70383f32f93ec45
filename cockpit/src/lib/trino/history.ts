// What was run on this platform: the SQL part's own history table.
import { own } from '~/lib/own'
import { queryObjects } from '~/lib/trino/client'
import { METADATA_SOURCE } from '~/lib/trino/names'

export interface PastQuery {
  readonly queryId: string
  readonly user: string
  readonly source: string
  readonly state: string
  readonly query: string
  /** Milliseconds since the epoch. */
  readonly created: number | undefined
  readonly elapsedMs: number | undefined
  readonly rows: number | undefined
  readonly scannedBytes: number | undefined
  readonly errorName: string | undefined
  readonly errorMessage: string | undefined
  readonly requestId: string | undefined
}

/** The newest 200, without what the cockpit asked for itself. */
const HISTORY_SQL = `SELECT * FROM system.history.queries WHERE source IS NULL OR source <> '${METADATA_SOURCE}' ORDER BY created DESC LIMIT 200`

export const historyQuery = (user: string) => ({
  queryKey: ['history', user],
  queryFn: async () => (await queryObjects({ sql: HISTORY_SQL, user, source: METADATA_SOURCE })).map(toPastQuery),
  staleTime: 10_000,
})

export function toPastQuery(row: Record<string, unknown>): PastQuery {
  const text = (key: string) => {
    const value = own(row, key)
    return value === null || value === undefined ? undefined : String(value)
  }
  const number = (key: string) => (text(key) === undefined ? undefined : Number(text(key)))
  return {
    queryId: text('query_id') ?? '',
    user: text('user') ?? '',
    source: text('source') ?? '',
    state: text('state') ?? 'UNKNOWN',
    query: text('query') ?? '',
    created: parseTimestamp(text('created')),
    elapsedMs: number('elapsed_ms'),
    rows: number('rows'),
    scannedBytes: number('scanned_bytes'),
    errorName: text('error_name'),
    errorMessage: text('error_message'),
    requestId: text('request_id'),
  }
}

/** Trino's `2026-11-20 23:25:05.123456 UTC` (or without a zone: UTC) in milliseconds. */
export function parseTimestamp(text: string | undefined): number | undefined {
  const match = text ? /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d+)?\s*(.*)$/.exec(text) : null
  if (!match) return undefined
  const [, date, time, fraction = '', zone = ''] = match
  const offset = zone === '' || /^(UTC|Z|Etc\/UTC)$/i.test(zone) ? 'Z' : /^[+-]\d{2}:\d{2}$/.test(zone) ? zone : 'Z'
  const at = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${offset}`)
  return Number.isNaN(at) ? undefined : at
}
