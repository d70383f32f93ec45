// What the page asks its server, and the SQL engine for names; each question bounded.
import type {
  DifferencesAnswer,
  EventsAnswer,
  HistoryAnswer,
  MatrixAnswer,
  MineAnswer,
  PeopleAnswer,
  Persona,
  PolicyAnswer,
  RolesAnswer,
  TableForm,
  WhyAnswer,
} from '#wire/governance'
import { plainName, quoteText } from '#wire/trino/names'
import { getJson, postJson } from '~/lib/http'
import type { TableName } from '~/lib/sql/complete'
import { queryObjects } from '~/lib/trino/client'
import { METADATA_SOURCE } from '~/lib/trino/names'

const API = '/api/governance'
/** Milliseconds: a policy that is put in force is seen by the next look. */
const FRESH = { staleTime: 5000 }

/** Tables beside each other on one page. */
export const TABLES = 15

const query = (fields: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

const reading = <T>(path: string) => ({
  queryKey: [API, path],
  queryFn: ({ signal }: { signal: AbortSignal }) => getJson<T>(`${API}/${path}`, signal),
  ...FRESH,
})

export const ask = {
  mine: () => reading<MineAnswer>('mine'),
  people: (text: string, offset: number) => reading<PeopleAnswer>(`people${query({ text, offset })}`),
  roles: (text: string, offset: number) => reading<RolesAnswer>(`roles${query({ text, offset })}`),
  policy: (revision: number | undefined) => reading<PolicyAnswer>(`files${query({ revision })}`),
  history: (offset: number) => reading<HistoryAnswer>(`history${query({ offset })}`),
  differences: (before: number, after: number) => reading<DifferencesAnswer>(`differences${query({ before, after })}`),
  events: (user: string | undefined, table: string | undefined) => reading<EventsAnswer>(`events${query({ user, table })}`),
  matrix: (personas: readonly Persona[], tables: readonly TableForm[]) => ({
    queryKey: [API, 'matrix', personas, tables],
    queryFn: ({ signal }: { signal: AbortSignal }) => postJson<MatrixAnswer>(`${API}/matrix`, { personas, tables }, signal),
    ...FRESH,
  }),
  why: (persona: Persona, table: TableForm) => ({
    queryKey: [API, 'why', persona, table],
    queryFn: ({ signal }: { signal: AbortSignal }) => postJson<WhyAnswer>(`${API}/why`, { persona, table }, signal),
    ...FRESH,
  }),
  /** One more than is shown, so that it is known whether there are others. */
  tables: (user: string, { catalog, text, offset }: { readonly catalog: string; readonly text: string; readonly offset: number }) => ({
    queryKey: [API, 'tables', user, catalog, text, offset],
    queryFn: async () => {
      const found = text === '' ? '' : ` AND strpos(lower(table_schema || '.' || table_name), ${quoteText(text.toLowerCase())}) > 0`
      const sql =
        `SELECT table_schema, table_name FROM ${plainName(catalog)}.information_schema.tables ` +
        `WHERE table_schema <> 'information_schema'${found} ORDER BY 1, 2 OFFSET ${offset} LIMIT ${TABLES + 1}`
      const rows = await queryObjects({ sql, user, source: METADATA_SOURCE })
      return rows.map((row): TableName => ({ catalog, schema: String(row.table_schema), table: String(row.table_name) }))
    },
    staleTime: 60_000,
  }),
}
