// One resource outside the declarations: keys that people ask for.
import { Internal } from '#kit/errors'
import type { Key } from '#platform/resources'
import { apply, type Report } from './engine.ts'
import type { EnsureContext } from './kind.ts'

/** Makes one key true; throws when that fails. */
export async function applyKey(key: Key, context: EnsureContext): Promise<Report> {
  const [report] = await apply([key], context)
  if (!report || report.outcome === 'failed') throw Internal({}, new Error(report?.detail ?? 'no report'))
  return report
}
