// Everything that this part keeps, behind one port.
import type pg from 'pg'
import type { Secret } from '#kit/secret'
import { type ActionLinkStore, createActionLinkStore } from '#parts/identity/store/action-links'
import { type ClientStore, createClientStore } from '#parts/identity/store/clients'
import { createDb, type Db } from '#parts/identity/store/db'
import { createEndedStore, type EndedStore } from '#parts/identity/store/ended'
import { createFailureStore, type FailureStore } from '#parts/identity/store/failures'
import { migrate } from '#parts/identity/store/migrations'
import { createOpenSessionStore, endSessions, type OpenSessionStore, removeExpired, revokeGrant } from '#parts/identity/store/oidc-rows'
import { createPasswordStore, type PasswordStore } from '#parts/identity/store/passwords'
import { createPolicyGroupStore, type PolicyGroupStore } from '#parts/identity/store/policy-groups'
import { createRealmStore, type RealmStore } from '#parts/identity/store/realms'
import { createRoleStore, type RoleStore } from '#parts/identity/store/roles'
import { createSecondFactorStore, type SecondFactorStore } from '#parts/identity/store/second-factors'
import { createSessionStore, type SessionStore } from '#parts/identity/store/sessions'
import { createUserStore, type UserStore } from '#parts/identity/store/users'

export interface Store {
  readonly db: Db
  readonly realms: RealmStore
  readonly roles: RoleStore
  readonly policyGroups: PolicyGroupStore
  readonly clients: ClientStore
  readonly users: UserStore
  readonly passwords: PasswordStore
  readonly actionLinks: ActionLinkStore
  readonly secondFactors: SecondFactorStore
  readonly sessions: SessionStore
  readonly failures: FailureStore
  readonly ended: EndedStore
  readonly openSessions: OpenSessionStore
  /** Brings the schema up to date. */
  migrate(): Promise<void>
  removeExpired(): Promise<number>
  /** A person's sessions in browsers and terminals, with their tokens, and those that others got for him. */
  endSessions(realm: string, userId: string): Promise<void>
  /** A grant with its tokens. */
  revokeGrant(realm: string, grantId: string): Promise<void>
}

export function createStore(pool: pg.Pool, schema: string, secondFactorKey: Secret): Store {
  const db = createDb(pool, schema)
  const ended = createEndedStore(db)
  const failures = createFailureStore(db)
  return {
    db,
    realms: createRealmStore(db),
    roles: createRoleStore(db),
    policyGroups: createPolicyGroupStore(db),
    clients: createClientStore(db),
    users: createUserStore(db),
    passwords: createPasswordStore(db),
    actionLinks: createActionLinkStore(db),
    secondFactors: createSecondFactorStore(db, secondFactorKey),
    sessions: createSessionStore(db),
    failures,
    ended,
    openSessions: createOpenSessionStore(db),
    migrate: () => migrate(pool, db),
    removeExpired: async () =>
      (await removeExpired(db)) +
      (await ended.removeExpired()) +
      (await createActionLinkStore(db).removeExpired()) +
      (await failures.removeExpired()),
    endSessions: (realm, userId) => endSessions(db, realm, userId),
    revokeGrant: (realm, grantId) => revokeGrant(db, realm, grantId),
  }
}
