// The laws of `catalogRole`.
import { catalog } from '#ensure/kinds/test-catalog'
import { principalRole } from '#ensure/kinds/test-principal-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const catalogRole = (s: string): ResourceOf<'catalogRole'> => ({
  kind: 'catalogRole',
  catalog: `catalog-${s}`,
  name: 'content',
  principalRoles: [`engines-${s}`],
})

export const laws = lawsOf('catalogRole', 'catalog', {
  make: (s, server) => [catalog(s, server), principalRole(`${s}b`), principalRole(s), catalogRole(s)],
  remove: async ({ call }, r) => void (await call('DELETE', `/api/management/v1/catalogs/${r.catalog}/catalog-roles/content`)),
  change: (r) => ({ ...r, principalRoles: [...r.principalRoles, `${r.principalRoles[0]}b`] }),
})
