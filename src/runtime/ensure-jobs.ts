// The init jobs of one machine: the ensure engine over the declarations, in the lake cell.
import { apply, plan, type Report } from '#ensure/index'
import { createLog } from '#kit/log'
import type { Health } from '#kit/part'
import type { SecretStore } from '#kit/secret'
import { inSpan } from '#kit/telemetry'
import { jobs, resourcesOf } from '#platform/registry'
import type { Resource } from '#platform/resources'
import { createEnsureContext } from '#runtime/ensure-context'
import type { Machine } from '#runtime/machine'

export interface EnsureJobs {
  readonly jobs: Readonly<Record<string, () => Promise<Health>>>
  readonly routes: Readonly<Record<string, () => Promise<unknown>>>
}

export function createEnsureJobs(machine: Machine, secrets: SecretStore): EnsureJobs {
  const log = createLog('ensure')
  const all = resourcesOf(machine.site)
  const run = async (resources: readonly Resource[]): Promise<Report[]> => {
    const context = await createEnsureContext(machine, secrets)
    try {
      return await apply(resources, context)
    } finally {
      await context.close()
    }
  }
  return {
    jobs: Object.fromEntries(
      jobs.map((job) => [
        job.name,
        async () => {
          const reports = await inSpan(`job ${job.name}`, {}, () => run(all.filter(job.selects)))
          for (const r of reports) if (r.outcome !== 'unchanged') log.info({ job: job.name, ...r }, r.outcome)
          return summary(reports)
        },
      ]),
    ),
    routes: {
      '/ensure/plan': async () => {
        const context = await createEnsureContext(machine, secrets)
        try {
          return { lines: await plan(all, context), checked: all.length }
        } finally {
          await context.close()
        }
      },
      '/ensure/apply': async () => {
        const began = performance.now()
        const lines = await run(all)
        for (const r of lines) if (r.outcome !== 'unchanged') log.info({ ...r }, r.outcome)
        return { lines, ms: Math.round(performance.now() - began) }
      },
    },
  }
}

/** Unavailable is told and is no failure. */
function summary(reports: readonly Report[]): Health {
  const failed = reports.filter((r) => r.outcome === 'failed')
  const unavailable = reports.filter((r) => r.outcome === 'unavailable')
  if (failed.length > 0) return { healthy: false, detail: failed.map((r) => `${r.resource}: ${r.detail}`).join('; ') }
  return { healthy: true, ...(unavailable.length > 0 ? { detail: `unavailable: ${unavailable.map((r) => r.resource).join(', ')}` } : {}) }
}
