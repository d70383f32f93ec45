// The laws of `database`.
import pg from 'pg'
import { role } from '#ensure/kinds/test-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const database = (s: string): ResourceOf<'database'> => ({
  kind: 'database',
  server: 'postgresql',
  name: `db "${s}"`,
  owner: `role_${s}`,
})

export const laws = lawsOf('database', 'postgresql', {
  make: (s) => [role(`${s}b`), role(s), database(`${s}b`), database(s)],
  remove: async ({ sql }, { name }) => void (await sql('postgres', `DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`)),
  change: (r) => ({ ...r, connect: [r.owner, `${r.owner}b`] }),
})
