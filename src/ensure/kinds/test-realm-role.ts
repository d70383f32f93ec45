// The laws of `realmRole`.
import { realm } from '#ensure/kinds/test-realm'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const realmRole = (s: string, name: string): ResourceOf<'realmRole'> => ({
  kind: 'realmRole',
  realm: realm(s).name,
  name,
  description: `What ${name} may`,
})

export const laws = lawsOf('realmRole', 'identity', {
  make: (s) => [realm(s), realmRole(s, 'writer'), realmRole(s, 'reader')],
  remove: async ({ call }, r) => void (await call('DELETE', `/admin/realms/${r.realm}/roles/reader`)),
  change: (r) => ({ ...r, description: 'Something else' }),
})
