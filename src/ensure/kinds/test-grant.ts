// The laws of `grant`.
import { catalog } from '#ensure/kinds/test-catalog'
import { catalogRole } from '#ensure/kinds/test-catalog-role'
import { namespace } from '#ensure/kinds/test-namespace'
import { principalRole } from '#ensure/kinds/test-principal-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

const grant = (s: string, privilege: string, more: { readonly namespace?: string } = {}): ResourceOf<'grant'> => ({
  kind: 'grant',
  catalog: `catalog-${s}`,
  catalogRole: 'content',
  privilege,
  ...more,
})

export const laws = lawsOf('grant', 'catalog', {
  make: (s, server) => [
    catalog(s, server),
    namespace(s, 'raw'),
    principalRole(s),
    catalogRole(s),
    grant(s, 'CATALOG_MANAGE_CONTENT'),
    grant(s, 'TABLE_READ_DATA', { namespace: 'raw' }),
  ],
  remove: async ({ call }, r) => {
    const path = `/api/management/v1/catalogs/${r.catalog}/catalog-roles/content/grants`
    await call('POST', path, { grant: { type: 'namespace', privilege: 'TABLE_READ_DATA', namespace: ['raw'] } })
  },
})
