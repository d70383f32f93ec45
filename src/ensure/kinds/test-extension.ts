// The laws of `extension`.
import { database } from '#ensure/kinds/test-database'
import { role } from '#ensure/kinds/test-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

const extension = (s: string, name: string): ResourceOf<'extension'> => ({
  kind: 'extension',
  server: 'postgresql',
  database: database(s).name,
  name,
})

export const laws = lawsOf('extension', 'postgresql', {
  make: (s) => [role(s), database(s), extension(s, 'pg_trgm'), extension(s, 'hstore')],
  remove: async ({ sql }, r) => void (await sql(r.database, 'DROP EXTENSION hstore')),
})
