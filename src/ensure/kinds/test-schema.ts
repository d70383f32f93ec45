// The laws of `schema`.
import { database } from '#ensure/kinds/test-database'
import { role } from '#ensure/kinds/test-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const schema = (s: string): ResourceOf<'schema'> => ({
  kind: 'schema',
  server: 'postgresql',
  database: database(s).name,
  name: 'things',
  owner: `role_${s}`,
})

export const laws = lawsOf('schema', 'postgresql', {
  make: (s) => [role(`${s}b`), role(s), database(s), schema(s)],
  remove: async ({ sql }, r) => void (await sql(r.database, 'DROP SCHEMA things')),
  change: (r) => ({ ...r, owner: `${r.owner}b` }),
})
