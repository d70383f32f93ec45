// One resource outside the declarations: keys that people ask for.

import { apply, type Report } from '#ensure/engine'
import { Failed } from '#ensure/errors'
import type { EnsureContext } from '#ensure/kind'
import { resourceId } from '#ensure/kinds'
import type { ResourceOf } from '#platform/resources'

type Key = ResourceOf<'key'>

/** Makes one key true; throws when that fails. */
export async function applyKey(key: Key, context: EnsureContext): Promise<Report> {
  const [report] = await apply([key], context)
  if (!report || report.outcome === 'failed') throw Failed({ resource: resourceId(key), why: report?.detail ?? 'there was no report' })
  return report
}
