// The laws of `table`.
import { database } from '#ensure/kinds/test-database'
import { role } from '#ensure/kinds/test-role'
import { schema } from '#ensure/kinds/test-schema'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const table = (s: string): ResourceOf<'table'> => ({
  kind: 'table',
  server: 'postgresql',
  database: database(s).name,
  schema: 'things',
  name: 'one',
  owner: `role_${s}`,
  columns: [
    { name: 'id', type: 'bigint generated always as identity', notNull: true },
    { name: 'note', type: 'text', notNull: true, default: "''" },
  ],
  primaryKey: ['id'],
  indexes: [{ name: 'one_note', using: 'btree', on: 'note' }],
})

export const laws = lawsOf('table', 'postgresql', {
  make: (s) => [role(s), database(s), schema(s), { ...table(s), name: 'two', indexes: [] }, table(s)],
  remove: async ({ sql }, r) => void (await sql(r.database, 'DROP TABLE things.one')),
  change: (r) => ({
    ...r,
    columns: [...r.columns, { name: 'at', type: 'timestamptz' }],
    indexes: [...(r.indexes ?? []), { name: 'one_at', using: 'btree', on: '"at" DESC' }],
  }),
})
