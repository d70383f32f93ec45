// What has ended before its tokens did: sessions, grants, single tokens, and the rights that a user had; and whose rights grew. Rows come from
// triggers, too (migrations.ts).
import type { Db } from '#parts/identity/store/db'
import type { EndedEntry } from '#wire/oidc/ended'

/** No access token lives longer; after this a row is of no use. Seconds. */
export const LONGEST_TOKEN = 12 * 3600

export type EndedRow = (EndedEntry | { readonly kind: 'rights'; readonly id: string }) & {
  /** Unique; not in the order in which rows become visible. */
  readonly row: string
}

export interface EndedStore {
  add(kind: 'session' | 'token', id: string): Promise<void>
  /** Whether one of these has ended. */
  has(ids: readonly EndedEntry[]): Promise<boolean>
  /** Rows of the last so many seconds, default all that count. */
  list(seconds?: number): Promise<EndedRow[]>
  removeExpired(): Promise<number>
}

interface Row {
  row: string
  kind: EndedRow['kind']
  id: string
  below: number | null
}

export function createEndedStore(db: Db): EndedStore {
  const { t } = db
  return {
    add: async (kind, id) => {
      await db.run(`INSERT INTO ${t.ended} (kind, id) VALUES ($1, $2)`, [kind, id])
    },
    has: async (ids) => {
      const rows = await db.query(
        `SELECT 1 FROM ${t.ended} e JOIN unnest($1::text[], $2::text[]) AS g (kind, id) USING (kind, id) LIMIT 1`,
        [ids.map(({ kind }) => kind), ids.map(({ id }) => id)],
      )
      return rows.length > 0
    },
    list: async (seconds = LONGEST_TOKEN) => {
      const rows = await db.query<Row>(
        `SELECT "row"::text, kind, id, below FROM ${t.ended} WHERE at > now() - make_interval(secs => $1) ORDER BY "row"`,
        [seconds],
      )
      return rows.map(({ below, ...rest }) => ({ ...rest, ...(below === null ? {} : { below }) }))
    },
    removeExpired: () => db.run(`DELETE FROM ${t.ended} WHERE at < now() - make_interval(secs => $1)`, [LONGEST_TOKEN + 3600]),
  }
}
