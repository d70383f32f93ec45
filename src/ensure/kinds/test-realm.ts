// The laws of `realm`.
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

export const realm = (s: string): ResourceOf<'realm'> => ({
  kind: 'realm',
  name: `realm-${s}`,
  passwordPolicy: 'length(10) and notUsername(undefined)',
})

export const laws = lawsOf('realm', 'identity', {
  make: (s) => [realm(`${s}b`), realm(s)],
  remove: async ({ call }, { name }) => void (await call('DELETE', `/admin/realms/${name}`)),
})
