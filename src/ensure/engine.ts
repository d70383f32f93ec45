// The idempotent engine: plan reads and compares, apply makes true and reports. Nothing here deletes.
import { setTimeout as sleep } from 'node:timers/promises'
import { DidNotHold, isConflict } from '#ensure/errors'
import type { EnsureContext } from '#ensure/kind'
import { kindOf, kinds, resourceId } from '#ensure/kinds'
import { AkkoError, describeError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { inSpan } from '#kit/telemetry'
import type { Kind as KindName, Resource } from '#platform/resources'

/** What plan found; resources that are as they should be are not listed. */
export interface Change {
  /** `resourceId` of the resource. */
  readonly resource: string
  readonly action: 'create' | 'update' | 'unavailable' | 'failed'
  readonly detail?: string
}

/** What apply did about one resource. */
export interface Report {
  readonly resource: string
  readonly outcome: 'unchanged' | 'created' | 'updated' | 'unavailable' | 'failed'
  readonly detail?: string
  readonly ms: number
}

export interface EngineOptions {
  /** Resources at a time. */
  readonly concurrency?: number
}

const CONCURRENCY = 8
/** Two runs that meet read again; more than this many times in a row is no accident. */
const ATTEMPTS = 9

/** Reads only. Never throws: what cannot be read is listed as failed. */
export async function plan(resources: readonly Resource[], context: EnsureContext, options: EngineOptions = {}): Promise<Change[]> {
  const slots = createSlots(options.concurrency ?? CONCURRENCY)
  const changes = await Promise.all(
    resources.map((resource) =>
      slots(async (): Promise<Change | undefined> => {
        const name = resourceId(resource)
        try {
          const found = await look(context, resource)
          return found.state === 'equal' ? undefined : { resource: name, ...toChange(found) }
        } catch (error) {
          return { resource: name, action: 'failed', detail: explain(error) }
        }
      }),
    ),
  )
  return changes.filter((c) => c !== undefined)
}

/** Makes each resource true, in the order of its kinds' needs. Never throws: one failure is one report. */
export async function apply(resources: readonly Resource[], context: EnsureContext, options: EngineOptions = {}): Promise<Report[]> {
  const slots = createSlots(options.concurrency ?? CONCURRENCY)
  const running = new Map<KindName, Promise<Report>[]>()
  const settled = async (name: KindName): Promise<void> => {
    await Promise.all(kinds[name].after.map(settled))
    await Promise.all(running.get(name) ?? [])
  }
  const reports: Promise<Report>[] = []
  for (const resource of resources) {
    // The needs are awaited before a slot is taken, so that waiting never holds one.
    const report = Promise.resolve()
      .then(() => Promise.all(kindOf(resource).after.map(settled)))
      .then(() => slots(() => inSpan('ensure', { 'ensure.kind': resource.kind }, () => makeTrue(resource, context))))
    running.set(resource.kind, [...(running.get(resource.kind) ?? []), report])
    reports.push(report)
  }
  return Promise.all(reports)
}

type Found =
  | { readonly state: 'absent' }
  | { readonly state: 'equal' }
  | { readonly state: 'different'; readonly live: unknown; readonly differences: readonly string[] }
  | { readonly state: 'unavailable'; readonly why: string }

async function look(context: EnsureContext, resource: Resource): Promise<Found> {
  const kind = kindOf(resource)
  const live = await kind.read(context, resource)
  if (live === undefined) {
    const why = await kind.unavailable?.(context, resource)
    return why === undefined ? { state: 'absent' } : { state: 'unavailable', why }
  }
  const differences = kind.diff(live, resource)
  return differences.length === 0 ? { state: 'equal' } : { state: 'different', live, differences }
}

async function makeTrue(resource: Resource, context: EnsureContext): Promise<Report> {
  const started = performance.now()
  const name = resourceId(resource)
  const done = (outcome: Report['outcome'], detail?: string): Report => ({
    resource: name,
    outcome,
    ...(detail === undefined ? {} : { detail }),
    ms: Math.round(performance.now() - started),
  })
  try {
    return await inTurn(context.secrets, name, async () => {
      let wrote: { outcome: 'created' | 'updated'; detail?: string } | undefined
      for (let attempt = 1; ; attempt++) {
        const found = await look(context, resource)
        if (found.state === 'unavailable') return done('unavailable', found.why)
        if (found.state === 'equal') return wrote ? done(wrote.outcome, wrote.detail) : done('unchanged')
        const what = found.state === 'absent' ? 'it is not there' : found.differences.join(', ')
        if (attempt > ATTEMPTS) throw DidNotHold({ differences: what })
        try {
          await write(context, resource, found)
          wrote ??= found.state === 'absent' ? { outcome: 'created' } : { outcome: 'updated', detail: what }
        } catch (error) {
          if (!isConflict(error) || attempt === ATTEMPTS) throw error
          // Longer each time: a slow server refuses a name long before it shows what has it.
          await sleep(Math.min(2000, 2 ** attempt * (10 + Math.random() * 10)))
        } finally {
          context.clients.forget(resource, kindOf(resource).shares?.(resource) ?? '')
        }
      }
    })
  } catch (error) {
    return done('failed', explain(error))
  }
}

async function write(context: EnsureContext, resource: Resource, found: Found): Promise<void> {
  const kind = kindOf(resource)
  if (found.state === 'different') await kind.update(context, resource, found.live)
  else await kind.create(context, resource)
}

function toChange(found: Exclude<Found, { state: 'equal' }>): Pick<Change, 'action' | 'detail'> {
  if (found.state === 'absent') return { action: 'create' }
  if (found.state === 'unavailable') return { action: 'unavailable', detail: found.why }
  return { action: 'update', detail: found.differences.join(', ') }
}

function explain(error: unknown): string {
  const hint = error instanceof AkkoError && error.hint ? ` (${error.hint})` : ''
  return `${describeError(error)}${hint}`
}

/** At most `limit` bodies at a time, in the order they came. */
function createSlots(limit: number): <T>(body: () => Promise<T>) => Promise<T> {
  let free = limit
  const waiting: (() => void)[] = []
  return async (body) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free--
    try {
      return await body()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

const turns = new WeakMap<SecretStore, Map<string, Promise<unknown>>>()

/** Two runs in one process, over one store of secrets, take turns at a resource: the second finds it done. */
async function inTurn<T>(store: SecretStore, name: string, body: () => Promise<T>): Promise<T> {
  const map = turns.get(store) ?? new Map<string, Promise<unknown>>()
  turns.set(store, map)
  const before = map.get(name) ?? Promise.resolve()
  const mine = before.then(body, body)
  const settled = mine.catch(() => {})
  map.set(name, settled)
  try {
    return await mine
  } finally {
    if (map.get(name) === settled) map.delete(name)
  }
}
