// The laws of `catalog`.
import { lawsOf } from '#ensure/test-laws'
import type { CatalogLawServer } from '#ensure/test-servers'
import type { ResourceOf } from '#platform/resources'

export const catalog = (s: string, { baseLocation }: CatalogLawServer): ResourceOf<'catalog'> => ({
  kind: 'catalog',
  name: `catalog-${s}`,
  baseLocation: `${baseLocation}/${s}`,
})

export const laws = lawsOf('catalog', 'catalog', {
  make: (s, server) => [catalog(`${s}b`, server), catalog(s, server)],
  remove: async ({ call }, { name }) => void (await call('DELETE', `/api/management/v1/catalogs/${name}`)),
  change: (r, { baseLocation }) => ({ ...r, baseLocation: `${baseLocation}/moved-${r.name}` }),
})
