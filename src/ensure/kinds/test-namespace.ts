// The laws of `namespace`.
import { catalog } from '#ensure/kinds/test-catalog'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const namespace = (s: string, name: string): ResourceOf<'namespace'> => ({ kind: 'namespace', catalog: `catalog-${s}`, name })

export const laws = lawsOf('namespace', 'catalog', {
  make: (s, server) => [catalog(s, server), namespace(s, 'banking'), namespace(s, 'raw.cards')],
  remove: async ({ call }, r) => void (await call('DELETE', `/api/catalog/v1/${r.catalog}/namespaces/raw%1Fcards`)),
})
