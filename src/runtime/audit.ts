// The audit of one process of this machine, and the authoriser that each part of it is handed.
import type { Authoriser, Caller, Resource } from '#kit/access'
import { type Audit, auditedAuthoriser } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createQueuedAudit } from '#kit/audit-queue'
import { createLog } from '#kit/log'
import { AUDIT_ROLE, STATE_DATABASES } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { type CellContext, slot } from '#runtime/composition'
import type { Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'

const AUDIT = slot<Promise<Audit>>('audit')
const SERVER = 'postgresql'

/** Opened by the first event: reading, and starting, need no connection. */
export function auditOf(cell: CellContext): Promise<Audit> {
  return cell.once(AUDIT, async () => {
    const { machine, secrets } = cell
    const database = STATE_DATABASES.platform
    const pool = async (role: string) => {
      const { createPool } = await import('#runtime/pools')
      return createPool(machine, secrets, { server: SERVER, database, role, max: 1, waitMs: 2000, queryMs: 2000, idleMs: 3000 })
    }
    const store = createPostgresAuditStore({
      owner: () => pool(database),
      writer: { role: AUDIT_ROLE, pool: () => pool(AUDIT_ROLE) },
    })
    const audit = createQueuedAudit({ store, log: createLog('audit') })
    cell.atEnd(() => audit.close())
    return audit
  })
}

/** The policy, with what a part's callers attempt recorded under its name. */
export async function policyFor(cell: CellContext, part: string): Promise<Authoriser> {
  return auditedAuthoriser(createPolicy(), { part, audit: await auditOf(cell), isKnown: knownOf(cell.machine) })
}

/**
 * The storage's root and the declared keys: services work with them for whom they asked at his door, and the store is filled before there is any
 * database. And what a person does with a query of his own: a SELECT has a folder and is cancelled; all are in the history of queries.
 */
export function knownOf({ site }: Pick<Machine, 'site'>): (caller: Caller, resource: Resource) => boolean {
  const keys = new Set(['root', ...resourcesOf(site).flatMap((r) => (r.kind === 'key' ? [r.name] : []))])
  return ({ via, sub }, { kind, path }) => (via === 'sigv4' && keys.has(sub)) || (kind === 'query' && path[1] === sub)
}
