// `ensure`: makes the job's resources true and says what it did, in its log and as one Kubernetes Event. `ensure --plan` only looks.

import { createClusterContext } from '#cluster/init/endpoints'
import type { Env } from '#cluster/init/environment'
import { eventOf } from '#cluster/init/event'
import type { Kubernetes } from '#cluster/init/kubernetes'
import { createSecretStore } from '#cluster/init/secret-store'
import { apply, type Change, plan, type Report } from '#ensure/index'
import type { Resource } from '#platform/resources'
import { EXIT } from '#platform/secret-objects'

export interface EnsureRun {
  readonly resources: readonly Resource[]
  readonly env: Env
  readonly kubernetes: Kubernetes
  readonly json: boolean
  readonly say: (line: string) => void
}

/** The exit code: 1 when something could not be made true. */
export async function ensure({ resources, env, kubernetes, json, say }: EnsureRun): Promise<number> {
  const context = createClusterContext(env, createSecretStore(kubernetes))
  const began = performance.now()
  const reports = await apply(resources, context)
  await context.close()
  const ms = Math.round(performance.now() - began)
  const count = (outcome: Report['outcome']) => reports.filter((r) => r.outcome === outcome).length
  const shown = reports.filter((r) => r.outcome !== 'unchanged')
  const failed = reports.filter((r) => r.outcome === 'failed')
  const counts = {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    unavailable: count('unavailable'),
    failed: failed.length,
  }
  const summary = `${reports.length} resources: ${Object.entries(counts)
    .filter(([word, n]) => n > 0 || word === 'failed')
    .map(([word, n]) => `${n} ${word}`)
    .join(', ')} (${ms} ms)`
  if (json) say(JSON.stringify({ ms, checked: reports.length, ...counts, lines: shown }))
  else {
    for (const r of shown) say(line(r.outcome, r.resource, r.detail))
    say(summary)
  }
  const names = (failed.length > 0 ? failed : shown).map((r) => (r.outcome === 'failed' ? `${r.resource}: ${r.detail}` : r.resource))
  await kubernetes
    .postEvent(eventOf(env, kubernetes.namespace, { failed: failed.length > 0, note: [summary, ...names].join('; ') }))
    .catch((error: Error) => say(`the event could not be posted: ${error.message}`))
  return failed.length > 0 ? EXIT.failed : 0
}

/** The exit code, as of `akko plan`: 0 nothing, 2 changes, 1 something cannot be looked at. */
export async function planOnly({ resources, env, kubernetes, json, say }: EnsureRun): Promise<number> {
  const context = createClusterContext(env, createSecretStore(kubernetes))
  const lines = await plan(resources, context)
  await context.close()
  const of = (...actions: Change['action'][]) => lines.filter((l) => actions.includes(l.action))
  const changes = of('create', 'update')
  const failed = of('failed')
  if (json) say(JSON.stringify({ checked: resources.length, changes, unavailable: of('unavailable'), failed }))
  else {
    for (const l of lines) say(line(l.action, l.resource, l.detail))
    say(`${resources.length} resources checked, ${changes.length} to change${failed.length > 0 ? `, ${failed.length} not readable` : ''}`)
  }
  return failed.length > 0 ? EXIT.failed : changes.length > 0 ? EXIT.changes : 0
}

function line(word: string, resource: string, detail: string | undefined): string {
  return `${word.padEnd(11)} ${resource}${detail ? `: ${detail}` : ''}`
}
