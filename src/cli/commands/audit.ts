// akko audit: the table of the audit, for administrators by the same policy that every part asks.
import { setTimeout as delay } from 'node:timers/promises'
import { rolesIn, tokenFor } from '#cli/as-user'
import { verifyAudit } from '#cli/audit/verify'
import { type Flags, foreignFlag } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { authorise } from '#kit/access'
import { type AuditEvent, auditedAuthoriser } from '#kit/audit'
import { keyFingerprint } from '#kit/audit-anchors'
import { AUDIT_KIND } from '#kit/audit-kind'
import type { AuditQuery } from '#kit/audit-read'
import { defineError } from '#kit/errors'
import { nearest } from '#kit/nearest'
import { own } from '#kit/own'
import { requestId } from '#kit/trace'
import { machineServices } from '#platform/registry'
import { type AuditReader, openAudit, readEvents } from '#runtime/audit'
import { anchorPublicKey } from '#runtime/audit-anchors'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createFileSecretStore } from '#runtime/secrets'
import { OWNERS_ACTOR } from '#runtime/tokens'

const AuditUsage = defineError('audit.usage', 400, '{problem}', {
  hint: 'audit [FLAGS] | audit verify [--since DAY] [--anchors FILE] | audit key; see `akko help audit`',
})
const NoKey = defineError('audit.no_key', 404, 'no anchor was signed yet', {
  hint: 'the platform signs the first when it starts: `akko up`',
})
const NoSuchPart = defineError('audit.unknown_part', 404, 'there is no part {part}{near}', { hint: 'parts: {parts}' })

const LOOK_MS = 1000
/** Events become visible in the order of their batches, not of their times: so far back is looked again. */
const OVERLAP_MS = 60_000

const VERBS: Readonly<Record<string, (events: AuditReader, flags: Flags) => Promise<void>>> = { verify: verifyAudit }

/** How flags that narrow what is listed are spelled; a verb would pass over them. */
const OF_LISTING = {
  ...{ user: '--user', who: '--who', what: '--what', outcome: '--outcome', part: '--part', request: '--request' },
  ...{ all: '--all', follow: '-f' },
}

export async function audit(machine: Machine, flags: Flags, verb?: string): Promise<void> {
  if (verb === 'key') return printKey(machine, flags)
  const work = verb === undefined ? list : own(VERBS, verb)
  if (!work) throw AuditUsage({ problem: `there is no "audit ${verb}"` })
  const foreign = foreignFlag(flags, verb === undefined ? { anchors: '--anchors' } : OF_LISTING)
  if (foreign !== undefined) throw AuditUsage({ problem: `${['audit', verb].filter(Boolean).join(' ')} takes no ${foreign}` })
  await requireRunning(machine)
  await assertMayRead(machine, flags)
  const events = await readEvents(machine, createFileSecretStore(machine.paths.secrets))
  try {
    await work(events, flags)
  } finally {
    await events.close()
  }
}

/** For whoever keeps anchors elsewhere, and checks their signatures there. */
async function printKey(machine: Machine, flags: Flags): Promise<void> {
  const publicKey = await anchorPublicKey(createFileSecretStore(machine.paths.secrets))
  if (!publicKey) throw NoKey({})
  const [pem, fingerprint] = [publicKey.export({ type: 'spki', format: 'pem' }).toString(), keyFingerprint(publicKey)]
  if (flags.json) printJson({ key: pem, fingerprint })
  else process.stdout.write(`${pem}fingerprint ${fingerprint}\n`)
}

async function list(events: AuditReader, flags: Flags): Promise<void> {
  const filter = filterOf(flags)
  const show = (event: AuditEvent) => process.stdout.write(`${flags.json ? JSON.stringify(event) : line(event)}\n`)
  const began = new Date()
  const query = { ...filter, ...(flags.since instanceof Date ? { since: flags.since } : {}) }
  const found = await events.read({ ...query, last: Number(flags.lines) })
  found.forEach(show)
  if (found.length === 0 && filter.part !== undefined) assertPart(filter.part)
  if (flags.lines !== 0) await tellOfOthers(query, found.length, events.count)
  if (flags.follow) await follow((after) => events.read({ ...filter, since: after }), { began, shown: found, show })
}

function filterOf(flags: Flags): AuditQuery {
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined)
  const [user, who, part, request, outcome] = [text('user'), text('who'), text('part'), text('request'), text('outcome')]
  return {
    ...(user === undefined ? {} : { user }),
    ...(who === undefined ? {} : { who }),
    ...(Array.isArray(flags.what) ? { what: flags.what } : {}),
    ...(outcome === undefined ? {} : { outcome }),
    ...(part === undefined ? {} : { part }),
    ...(request === undefined ? {} : { requestId: request }),
    ...(flags.all === true || request !== undefined ? {} : { withoutActor: OWNERS_ACTOR }),
  }
}

/** What matches and is not shown: nobody should take the last events for all. */
async function tellOfOthers(query: AuditQuery, shown: number, count: (query: AuditQuery) => Promise<number>): Promise<void> {
  const { withoutActor, ...all } = query
  const [matching, withThem] = [await count(query), withoutActor === undefined ? 0 : await count(all)]
  if (matching === 0) say('no such events')
  if (matching > shown) say(`the last ${shown} of ${matching} events; -n for more`)
  if (withThem > matching)
    say(`left out: tokens that commands of the home's owner got to work as somebody (${withThem - matching}); --all shows them`)
}

function assertPart(part: string): void {
  const parts = [...machineServices().map(({ name }) => name), 'audit', 'ensure', 'policy', 'secrets']
  if (parts.includes(part)) return
  const near = nearest(part, parts)
  throw NoSuchPart({ part, near: near === undefined ? '' : `; the nearest is ${near}`, parts: parts.join(', ') })
}

/** As AKKO_USER, else as who logged in, else as the administrator; `--user` says whose events. A refusal is an event. */
async function assertMayRead(machine: Machine, flags: Flags): Promise<void> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const { user: _, ...others } = flags
  const token = await tokenFor(machine, others)
  const log = openAudit(machine, secrets)
  try {
    const caller = { sub: token.user, roles: rolesIn(token), via: 'bearer' as const, requestId: requestId() }
    await authorise(auditedAuthoriser(createPolicy(machine).authoriser, { part: 'audit', audit: log }), caller, 'read', {
      kind: AUDIT_KIND,
      path: [],
    })
  } finally {
    await log.close()
  }
}

interface Following {
  readonly began: Date
  readonly shown: readonly AuditEvent[]
  readonly show: (event: AuditEvent) => void
}

async function follow(read: (after: Date) => Promise<AuditEvent[]>, { began, shown, show }: Following): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const first = new Date(began.getTime() - OVERLAP_MS)
  let seen = new Set([...(await read(first)).filter((e) => e.time < began), ...shown].map(({ id }) => id))
  while (!stop.signal.aborted) {
    const after = new Date(Math.max(first.getTime(), Date.now() - OVERLAP_MS))
    const recent = await read(after)
    for (const event of recent) if (!seen.has(event.id)) show(event)
    seen = new Set(recent.map(({ id }) => id))
    await delay(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {})
  }
}

function line({ time, who, what, outcome, reason, address, requestId: id }: AuditEvent): string {
  const thing = [what.kind, what.path.join('.')].filter((word) => word !== '').join(' ')
  const rest = [reason && `(${reason})`, address && `from ${address}`, `request ${id}`].filter(Boolean).join('  ')
  return `${time.toISOString()}  ${outcome.padEnd(7)}  ${who.sub}  ${what.part}: ${what.action} ${thing}  ${rest}`
}
