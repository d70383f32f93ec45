// akko apply: who asked, by the policy and on record, before the lake cell makes everything declared true by keys of the platform's own.
import type { Report } from '#ensure/index'
import { type Action, decide, denied } from '#kit/access'
import type { AuditFacts } from '#kit/audit'
import type { SecretStore } from '#kit/secret'
import { requestId } from '#kit/trace'
import { jobsCell } from '#platform/registry'
import { type Asker, recordAsked } from '#runtime/audit'
import { callCell } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { recordedAct } from '#runtime/recorded-act'

export interface Applied {
  readonly lines: readonly Report[]
  /** How long it took. */
  readonly ms: number
}

const ACTION: Action = 'manage'
const PLATFORM = { kind: 'platform', path: [] }

/** @throws AccessDenied, AuditUnavailable: then nothing was done */
export async function applyAsked(machine: Machine, secrets: SecretStore, asker: Asker): Promise<Applied> {
  const caller = { sub: asker.username, roles: asker.roles, via: 'bearer' as const, requestId: requestId() }
  const decision = await decide(createPolicy(machine).authoriser, caller, ACTION, PLATFORM)
  const what = { part: 'ensure', action: ACTION, kind: PLATFORM.kind, path: ['declarations'] }
  const facts = { what, ...(decision.reason === undefined ? {} : { reason: decision.reason }) }
  const record = (event: Omit<AuditFacts, 'who'>) => recordAsked(machine, secrets, asker, event)
  if (!decision.allow) {
    await record({ ...facts, outcome: 'denied' })
    throw denied(caller, ACTION, PLATFORM, decision)
  }
  return recordedAct(record, facts, () => callCell<Applied>(machine, jobsCell(), '/ensure/apply'))
}
