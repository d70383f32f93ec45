// The audit of one process of this machine, and the authoriser that each part of it is handed.
import type { Authoriser, Caller, Resource } from '#kit/access'
import { type AuditEvent, type AuditFacts, AuditUnavailable, auditEvent, auditedAuthoriser } from '#kit/audit'
import { startAnchoring } from '#kit/audit-anchoring'
import { checkAnchors } from '#kit/audit-anchors'
import { type Verified, type VerifyOptions, verifyChain } from '#kit/audit-chain'
import { startForwarding } from '#kit/audit-forward'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { type AuditStore, createQueuedAudit, type QueuedAudit } from '#kit/audit-queue'
import { type AuditQuery, countAudit, readAudit } from '#kit/audit-read'
import { startAuditRetention } from '#kit/audit-retention'
import { defineError } from '#kit/errors'
import { createLog } from '#kit/log'
import type { SecretStore } from '#kit/secret'
import { AUDIT_ROLE, STATE_DATABASES } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { anchorDocuments, anchorKey, anchorPlaces, anchorPublicKey } from '#runtime/audit-anchors'
import { forwardTargets } from '#runtime/audit-forward'
import { recordByCell } from '#runtime/audit-record'
import { type CellContext, slot } from '#runtime/composition'
import type { Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'

const AUDIT = slot<Promise<QueuedAudit>>('audit')
const RETENTION = slot<Promise<void>>('audit retention')
const SERVER = 'postgresql'

const NoAnchorKey = defineError('audit.no_anchor_key', 409, 'the key that signs the anchors of the audit is not there, and anchors are', {
  blame: 'operator',
  hint: 'somebody removed it: take `secrets/audit.key` of the home from a backup',
})

/** Reading, and starting, need no connection; it is open as soon as there is one to be had, and stays so. */
export function auditOf(cell: CellContext): Promise<QueuedAudit> {
  return cell.once(AUDIT, async () => {
    const audit = openAudit(cell.machine, cell.secrets)
    audit.open()
    cell.atEnd(() => audit.close())
    return audit
  })
}

/** To be closed by who opened it. */
export function openAudit(machine: Machine, secrets: SecretStore): QueuedAudit {
  return createQueuedAudit({ store: auditStore(machine, secrets), log: createLog('audit') })
}

/** Whom a command works for, as his token says. */
export interface Asker {
  readonly username: string
  readonly roles: readonly string[]
}

/**
 * What a command does, or is not allowed, by a key of the platform's own: no part asks an authoriser about that. Kept before it is done.
 * `end`: what only takes rights away, which never waits for an audit.
 * @throws AuditUnavailable: then it must not be done
 */
export async function recordAsked(
  machine: Machine,
  secrets: SecretStore,
  { username, roles }: Asker,
  facts: Omit<AuditFacts, 'who'>,
  does: 'change' | 'end' = 'change',
): Promise<void> {
  const event = auditEvent({ who: { sub: username, via: 'bearer', roles }, ...facts })
  try {
    // The database may have no connection left for a command: a process of the platform has one.
    await recordAlone(machine, secrets, event).catch((error: unknown) =>
      recordByCell(machine, event).catch(() => {
        throw error
      }),
    )
  } catch (error) {
    if (event.outcome === 'allowed' && does === 'change') throw AuditUnavailable({ action: event.what.action }, error)
    createLog('audit').warn({ audit: event }, 'an audit event could not be kept')
  }
}

async function recordAlone(machine: Machine, secrets: SecretStore, event: AuditEvent): Promise<void> {
  const store = auditStore(machine, secrets)
  try {
    await store.open()
    const refused = await store.append([event])
    if (refused.length > 0) throw new Error('the store does not take it')
  } finally {
    await store.close()
  }
}

/** Keeps the audit as long as the settings say, makes its anchors and sends it on; by one process of the machine. */
export async function keepAudit(cell: CellContext): Promise<void> {
  await cell.once(RETENTION, async () => {
    const { machine, secrets } = cell
    const audit = await auditOf(cell)
    const owner = () => poolAs(machine, secrets, STATE_DATABASES.platform)
    const stop = startAuditRetention({
      days: machine.config.audit.days,
      log: createLog('audit'),
      owner,
    })
    const anchoring = startAnchoring({
      key: () => anchorKey(secrets),
      owner,
      places: anchorPlaces(machine, secrets),
      log: createLog('audit'),
    })
    const forwarding = startForwarding({ targets: forwardTargets(machine, secrets), owner, log: createLog('audit') })
    cell.atEnd(async () => {
      stop()
      await forwarding.stop()
      // The last anchor covers what this process still had to write.
      await audit.close()
      await anchoring.stop()
    })
  })
}

export interface MachineVerify extends Omit<VerifyOptions, 'seen'> {
  /** A file of anchors, or a folder of such, that was kept elsewhere. */
  readonly anchors?: string
}

export interface MachineVerified extends Verified {
  /** How many anchors the chain was compared with. */
  readonly anchors: number
}

export interface AuditReader {
  read(query: AuditQuery): Promise<AuditEvent[]>
  count(query: AuditQuery): Promise<number>
  verify(options: MachineVerify): Promise<MachineVerified>
  close(): Promise<void>
}

/** The latest events that match. The table is there afterwards, also where nothing was recorded yet. */
export async function readEvents(machine: Machine, secrets: SecretStore): Promise<AuditReader> {
  const store = auditStore(machine, secrets)
  await store.open()
  await store.close()
  const pool = await poolAs(machine, secrets, AUDIT_ROLE, 30_000)
  return {
    read: (query) => readAudit(pool, query),
    count: (query) => countAudit(pool, query),
    verify: async ({ anchors, ...options }) => {
      const publicKey = await anchorPublicKey(secrets)
      // Before the chain: one that is made meanwhile would lie beyond its end.
      const documents = await anchorDocuments(machine, pool, anchors)
      if (!publicKey && documents.length > 0) throw NoAnchorKey({})
      const check = publicKey && checkAnchors(documents, publicKey)
      const found = await verifyChain(pool, { ...options, ...(check ? { seen: check.seen } : {}) })
      return { ...found, anchors: check?.count ?? 0, findings: [...found.findings, ...(check?.findings(found) ?? [])] }
    },
    close: () => pool.end(),
  }
}

function auditStore(machine: Machine, secrets: SecretStore): AuditStore {
  return createPostgresAuditStore({
    owner: () => poolAs(machine, secrets, STATE_DATABASES.platform),
    writer: { role: AUDIT_ROLE, pool: () => poolAs(machine, secrets, AUDIT_ROLE) },
  })
}

async function poolAs(machine: Machine, secrets: SecretStore, role: string, queryMs = 2000) {
  const { createPool } = await import('#runtime/pools')
  const database = STATE_DATABASES.platform
  return createPool(machine, secrets, { server: SERVER, database, role, max: 1, waitMs: 2000, queryMs, idleMs: 0 })
}

/** The policy, with what a part's callers attempt recorded under its name. */
export async function policyFor(cell: CellContext, part: string): Promise<Authoriser> {
  return auditedAuthoriser(createPolicy(cell.machine).authoriser, { part, audit: await auditOf(cell), isKnown: knownOf(cell.machine) })
}

/**
 * The storage's root and the declared keys: services work with them for whom they asked at his door, and the store is filled before there is any
 * database. And what a person does with a query of his own: a SELECT has a folder and is cancelled; all are in the history of queries.
 */
export function knownOf({ site }: Pick<Machine, 'site'>): (caller: Caller, resource: Resource) => boolean {
  const keys = new Set(['root', ...resourcesOf(site).flatMap((r) => (r.kind === 'key' ? [r.name] : []))])
  return ({ via, sub }, { kind, path }) => (via === 'sigv4' && keys.has(sub)) || (kind === 'query' && path[1] === sub)
}
