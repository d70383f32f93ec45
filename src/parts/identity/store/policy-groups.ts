// What the policy says of the realm's groups: which roles their members have, kept beside what the realm itself gives them.
import { randomUUID } from 'node:crypto'
import type { Db } from '#parts/identity/store/db'

/** Names of realm roles by the path of a group. */
export type GroupRoles = Readonly<Record<string, readonly string[]>>

export interface PolicyGroupStore {
  /** Takes the place of what was said before. Roles that the realm has not yet are made; groups are not: one that is made later has them then. */
  replace(realm: string, groups: GroupRoles): Promise<void>
}

export function createPolicyGroupStore(db: Db): PolicyGroupStore {
  return {
    replace: (realm, groups) => {
      const pairs = Object.entries(groups).flatMap(([path, roles]) => roles.map((role) => [path, role] as const))
      const names = [...new Set(pairs.map(([, role]) => role))]
      const columns = [pairs.map(([path]) => path), pairs.map(([, role]) => role)]
      return db.transaction(async ({ t, schema, run }) => {
        await run(`LOCK TABLE ${t.policy_groups} IN SHARE ROW EXCLUSIVE MODE`)
        await run(`DELETE FROM ${t.policy_groups} WHERE realm = $1`, [realm])
        await run(
          `INSERT INTO ${t.policy_groups} SELECT DISTINCT $1, path, role FROM unnest($2::text[], $3::text[]) AS said (path, role)`,
          [...[realm, ...columns]],
        )
        await run(
          `INSERT INTO ${t.roles} (id, realm, name, description) SELECT id, $1, name, 'Of the policy'
           FROM unnest($2::text[], $3::text[]) AS said (id, name) ON CONFLICT DO NOTHING`,
          [realm, names.map(() => randomUUID()), names],
        )
        await run(`SELECT ${schema}.settle_policy_groups()`)
      })
    },
  }
}
