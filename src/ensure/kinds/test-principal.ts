// The laws of `principal`.
import { principalRole } from '#ensure/kinds/test-principal-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

const principal = (s: string, name: string): ResourceOf<'principal'> => ({
  kind: 'principal',
  name: `${name}-${s}`,
  secret: `principal.${s}.${name}`,
  roles: [`engines-${s}`],
})

export const laws = lawsOf('principal', 'catalog', {
  make: (s) => [principalRole(`${s}b`), principalRole(s), principal(s, 'spark'), principal(s, 'trino')],
  remove: async ({ call }, { name }) => void (await call('DELETE', `/api/management/v1/principals/${name}`)),
  secret: ({ secret }) => secret,
  change: (r) => ({ ...r, roles: [...r.roles, `${r.roles[0]}b`] }),
})
