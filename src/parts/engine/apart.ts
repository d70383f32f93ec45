// Which queries may keep the process that serves them busy: those run in a process of their owner's.
import { OUR_FUNCTIONS } from '#parts/engine/functions'

/** The door reads the tree of a text of this length within some 20 ms. */
const LONG = 64 * 1024
const OURS: ReadonlySet<string> = new Set(OUR_FUNCTIONS)
/** What may be a function of ours; a text or a name that looks like one does no harm. */
const CALL = /\b(?:trino|iceberg)_\w+/gi

/** A function of ours is computed on the one thread of JavaScript that its process has, and a long text is read there. */
export function mayHold(sql: string): boolean {
  if (sql.length > LONG) return true
  for (const [name] of sql.matchAll(CALL)) if (OURS.has(name.toLowerCase())) return true
  return false
}
