// Reports and their versions in PostgreSQL, schema akko_docs.
import type pg from 'pg'
import { migrate } from '#kit/migrate'
import { inTransaction } from '#kit/transaction'
import type { Report, ReportFile, ReportStore, Version } from '#parts/docs/ports'

const SCHEMA = 'akko_docs'
const STEPS: readonly string[] = [
  `CREATE TABLE ${SCHEMA}.report (
     id uuid PRIMARY KEY,
     slug text NOT NULL UNIQUE,
     author text NOT NULL,
     title text NOT NULL,
     readers text[] NOT NULL DEFAULT '{}',
     created timestamptz NOT NULL DEFAULT now(),
     updated timestamptz NOT NULL DEFAULT now()
   );
   CREATE TABLE ${SCHEMA}.version (
     report uuid NOT NULL REFERENCES ${SCHEMA}.report ON DELETE CASCADE,
     number int NOT NULL,
     author text NOT NULL,
     created timestamptz NOT NULL DEFAULT now(),
     folder text NOT NULL,
     files jsonb NOT NULL,
     PRIMARY KEY (report, number)
   )`,
  `ALTER TABLE ${SCHEMA}.report ADD COLUMN account text`,
]

const REPORT = `r.id, r.slug, r.author, r.account, r.title, r.readers, r.created, r.updated,
  (SELECT max(v.number) FROM ${SCHEMA}.version v WHERE v.report = r.id) AS latest`
const VERSION = 'number, author, created, folder, files'

export function createReportStore(pool: pg.Pool): ReportStore {
  const find = async (slug: string): Promise<Report | undefined> =>
    (await pool.query<Report>(`SELECT ${REPORT} FROM ${SCHEMA}.report r WHERE slug = $1`, [slug])).rows[0]

  return {
    start: () => migrate(pool, { schema: SCHEMA, steps: STEPS }),
    find,
    list: async () => (await pool.query<Report>(`SELECT ${REPORT} FROM ${SCHEMA}.report r ORDER BY updated DESC, slug`)).rows,
    versions: async (id) =>
      (await pool.query<Row>(`SELECT ${VERSION} FROM ${SCHEMA}.version WHERE report = $1 ORDER BY number DESC`, [id])).rows.map(toVersion),
    version: async (id, number) => {
      const { rows } = await pool.query<Row>(`SELECT ${VERSION} FROM ${SCHEMA}.version WHERE report = $1 AND number = $2`, [id, number])
      return rows[0] && toVersion(rows[0])
    },
    publish: async ({ id, slug, author, account, title, readers, folder, files }) => {
      const published = await inTransaction(pool, async (client) => {
        // The row is the lock: versions of one report are numbered one after the other.
        const { rows } = await client.query<{ id: string }>(
          `INSERT INTO ${SCHEMA}.report (id, slug, author, title, readers, account) VALUES ($1, $2, $3, $4, $5, $8)
           ON CONFLICT (slug) DO UPDATE SET updated = now(), title = coalesce($6, report.title), readers = coalesce($7, report.readers)
           WHERE report.id = $1 RETURNING id`,
          [id, slug, author, title ?? slug, readers ?? [], title ?? null, readers ?? null, account ?? null],
        )
        if (rows.length === 0) return false
        await client.query(
          `INSERT INTO ${SCHEMA}.version (report, number, author, folder, files)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4 FROM ${SCHEMA}.version WHERE report = $1`,
          [id, author, folder, JSON.stringify(files)],
        )
        return true
      })
      if (!published) return false
      return (await find(slug)) ?? false
    },
    change: async (id, { title, readers }) => {
      await pool.query(
        `UPDATE ${SCHEMA}.report SET title = coalesce($2, title), readers = coalesce($3, readers), updated = now() WHERE id = $1`,
        [id, title ?? null, readers ?? null],
      )
    },
    remove: async (id) => void (await pool.query(`DELETE FROM ${SCHEMA}.report WHERE id = $1`, [id])),
  }
}

type Row = Omit<Version, 'bytes'>

function toVersion(row: Row): Version {
  return { ...row, bytes: row.files.reduce((sum: number, f: ReportFile) => sum + f.size, 0) }
}
