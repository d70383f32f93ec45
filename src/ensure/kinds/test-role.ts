// The laws of `role`.
import pg from 'pg'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const role = (s: string): ResourceOf<'role'> => ({
  kind: 'role',
  server: 'postgresql',
  name: `role_${s}`,
  secret: `role.${s}`,
  memberOf: ['pg_read_all_stats'],
})

export const laws = lawsOf('role', 'postgresql', {
  make: (s) => [role(`${s}b`), role(s)],
  remove: async ({ sql }, { name }) => void (await sql('postgres', `DROP ROLE ${pg.escapeIdentifier(name)}`)),
  secret: ({ secret }) => secret,
  change: (r) => ({ ...r, memberOf: ['pg_read_all_stats', 'pg_monitor'] }),
})
