// The laws of `user`.
import type { LiveRole } from '#ensure/clients/keycloak'
import { realm } from '#ensure/kinds/test-realm'
import { realmRole } from '#ensure/kinds/test-realm-role'
import { lawsOf } from '#ensure/test-laws'
import type { ResourceOf } from '#platform/resources'

const user = (s: string, username: string): ResourceOf<'user'> => ({
  kind: 'user',
  realm: realm(s).name,
  username,
  email: `${username.replace('@', '.')}@Example.test`,
  firstName: 'Ada',
  lastName: 'Lovelace',
  secret: `user.${s}.${username}`,
  roles: ['reader'],
})

export const laws = lawsOf('user', 'identity', {
  make: (s) => [realm(s), realmRole(s, 'reader'), realmRole(s, 'writer'), user(s, 'grace'), user(s, 'ada@lab')],
  remove: async ({ call }, { realm: name, username }) => {
    const query = new URLSearchParams({ username, exact: 'true' })
    const [found] = (await call('GET', `/admin/realms/${name}/users?${query}`)) as LiveRole[]
    await call('DELETE', `/admin/realms/${name}/users/${found?.id}`)
  },
  change: (r) => ({ ...r, lastName: 'King' }),
})
