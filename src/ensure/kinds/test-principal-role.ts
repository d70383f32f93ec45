// The laws of `principalRole`.
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const principalRole = (s: string): ResourceOf<'principalRole'> => ({ kind: 'principalRole', name: `engines-${s}` })

export const laws = lawsOf('principalRole', 'catalog', {
  make: (s) => [principalRole(`${s}b`), principalRole(s)],
  remove: async ({ call }, { name }) => void (await call('DELETE', `/api/management/v1/principal-roles/${name}`)),
})
