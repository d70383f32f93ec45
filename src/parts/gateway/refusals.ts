// What the gateway refuses by itself: counted, and within a budget on record. What a part behind it refuses is the part's to record.
import { type Audit, auditEvent } from '#kit/audit'
import { AccessDenied, type AkkoError, describeError, NotAuthenticated } from '#kit/errors'
import { SeveralHosts } from '#kit/forwarded'
import type { Log } from '#kit/log'
import { counter } from '#kit/metrics'
import { currentTrace, requestId } from '#kit/trace'
import { createBudget } from '#parts/gateway/budget'
import { BadPath, CrossOrigin, GrantRefused, LoginLost, LoginNeeded, LoginRefused, UnknownHost } from '#parts/gateway/errors'

const REFUSALS = [
  ...[LoginNeeded, NotAuthenticated, AccessDenied, CrossOrigin, LoginLost, LoginRefused, GrantRefused],
  ...[UnknownHost, SeveralHosts, BadPath],
]
/** For each address, or for each person whose token was read. */
const BOUNDS = { perMinute: 10, perHour: 300 }
const PATH_LENGTH = 200

const refused = counter({
  name: 'akko_gateway_refused_total',
  help: 'Requests that the gateway refused by itself, by the code of the error',
  labels: ['reason'],
})

export interface Refused {
  readonly host: string
  readonly path: string
  /** The user of the request's session, where it has one; asked only for what is recorded. */
  readonly user: () => Promise<string | undefined>
}

export interface Refusals {
  /** Never throws, and nobody waits for it. Errors that are no refusal are passed over. */
  note(error: AkkoError, request: Refused): void
}

export function createRefusals({ part, audit, log }: { readonly part: string; readonly audit: Audit; readonly log: Log }): Refusals {
  const budgets = { anybody: createBudget(BOUNDS), people: createBudget(BOUNDS) }

  const record = async (error: AkkoError, { host, path, user }: Refused): Promise<void> => {
    // Of a token that was signed for him, though it opens nothing here.
    const named = typeof error.values.user === 'string' ? error.values.user : undefined
    const address = currentTrace()?.address
    const skipped = named === undefined ? budgets.anybody(address ?? '') : budgets.people(named)
    if (skipped === undefined) return
    const sub = named ?? (await user().catch(() => undefined))
    const via = named !== undefined ? 'bearer' : sub === undefined ? 'none' : 'session'
    audit.note(
      auditEvent({
        who: { sub: sub ?? 'anonymous', via, roles: [] },
        what: { part, action: 'enter', kind: 'host', path: [host, path.slice(0, PATH_LENGTH)] },
        outcome: 'denied',
        reason: error.message + (skipped === 0 ? '' : `; ${skipped} more before it were only counted`),
        requestId: requestId(),
        ...(address === undefined ? {} : { address }),
      }),
    )
  }

  return {
    note: (error, request) => {
      if (!REFUSALS.some((kind) => kind.is(error))) return
      refused.inc({ reason: error.code })
      record(error, request).catch((failure: unknown) => log.warn({ error: describeError(failure) }, 'a refusal was not recorded'))
    },
  }
}
