// The audit: one append-only form of event for every part, the port that keeps it, and the authoriser that tells it.
import { randomUUID } from 'node:crypto'
import { type Action, type Authoriser, type Caller, namedPath, type Resource } from '#kit/access'
import { defineError } from '#kit/errors'
import type { Log } from '#kit/log'
import { storable } from '#kit/storable'
import { currentTrace, requestId } from '#kit/trace'

export interface AuditEvent {
  /** So that one that is written again after a broken connection stands there once. */
  readonly id: string
  readonly time: Date
  readonly requestId: string
  readonly who: { readonly sub: string; readonly via: string; readonly roles: readonly string[] }
  readonly what: { readonly part: string; readonly action: string; readonly kind: string; readonly path: readonly string[] }
  /** `allowed` is said before it is done, so that nothing is done that is not said. */
  readonly outcome: 'allowed' | 'denied' | 'failed'
  readonly reason?: string
  /** Where it came from, where a server knew. */
  readonly address?: string
}

export interface Audit {
  /** For what gives or changes something: resolves when it is kept. @throws AuditUnavailable: then it must not be done. */
  record(event: AuditEvent): Promise<void>
  /** For what was refused or takes something away: never waits, never throws; kept where there is room, else counted and logged. */
  note(event: AuditEvent): void
}

export const AuditUnavailable = defineError('audit.unavailable', 503, '{action} was not done: it cannot be recorded now', {
  retryable: true,
  blame: 'operator',
  hint: 'the database of the audit does not answer; try again, and see `akko status`',
})

/** What of an event may be left out: the request's own id, time and address are taken. */
export type AuditFacts = Pick<AuditEvent, 'who' | 'what' | 'outcome'> & Partial<Pick<AuditEvent, 'requestId' | 'reason' | 'address'>>

/** An event of now. Texts are cut and made such that a database takes them, whoever chose them. */
export function auditEvent({ who, what, outcome, ...facts }: AuditFacts): AuditEvent {
  const reason = facts.reason
  const address = facts.address ?? currentTrace()?.address
  return {
    id: randomUUID(),
    time: new Date(),
    requestId: plain(facts.requestId ?? requestId(), 100),
    who: { sub: plain(who.sub, 255), via: plain(who.via, 50), roles: who.roles.slice(0, 100).map((role) => plain(role, 255)) },
    what: {
      part: what.part,
      action: plain(what.action, 50),
      kind: plain(what.kind, 50),
      path: namedPath(what.path)
        .slice(0, 32)
        .map((element) => plain(element, 1024)),
    },
    outcome,
    ...(reason === undefined ? {} : { reason: plain(reason, 1000) }),
    ...(address === undefined ? {} : { address: plain(address, 100) }),
  }
}

function plain(text: string, length: number): string {
  return storable(text.slice(0, length))
}

/** One line of the log for each event: where there is no database for it. */
export function createLogAudit(log: Log): Audit {
  const write = (event: AuditEvent) => log.info({ audit: event }, 'audit')
  return { record: async (event) => write(event), note: write }
}

/** What an event is about: of something that is made, that, and not what it is made in. */
const subjectOf = ({ kind, path, made }: Resource): Pick<Resource, 'kind' | 'path'> =>
  made === undefined ? { kind, path } : { kind: made.kind, path: [...path, made.name] }

const CHANGES: ReadonlySet<Action> = new Set(['write', 'create', 'drop', 'manage', 'impersonate'])

export interface AuditedOptions {
  readonly part: string
  readonly audit: Audit
  /** What is allowed and not recorded here, since it is on record elsewhere: at the door of who asked for it, or in a history. */
  readonly isKnown?: (caller: Caller, resource: Resource) => boolean
}

/** The same answers; every attempt that is refused is recorded, and every one that may change something before it does. */
export function auditedAuthoriser(authoriser: Authoriser, { part, audit, isKnown = () => false }: AuditedOptions): Authoriser {
  const { pinned } = authoriser
  return {
    decide: (caller, action, resource) => authoriser.decide(caller, action, resource),
    ...(pinned ? { pinned: () => auditedAuthoriser(pinned(), { part, audit, isKnown }) } : {}),
    record: async (caller, action, resource, { allow, reason }) => {
      const { kind, path } = subjectOf(resource)
      if (allow && (!CHANGES.has(action) || caller.via === 'internal' || isKnown(caller, resource))) return
      const event = auditEvent({
        requestId: caller.requestId,
        who: caller,
        what: { part, action, kind, path },
        outcome: allow ? 'allowed' : 'denied',
        ...(reason === undefined ? {} : { reason }),
      })
      if (allow) await audit.record(event)
      else audit.note(event)
    },
  }
}
