// How much a table, a view or one request may hold: who answers them reads the whole of it on the thread that answers everybody.

import { allFields } from '#wire/iceberg/schema'
import type { StructType } from '#wire/iceberg/types'

/** Entries of the properties of a table, view or namespace. */
export const MOST_PROPERTIES = 10_000
/** Fields at any depth of all schemas of a table or view together, those of old ones among them. */
export const MOST_SCHEMA_FIELDS = 100_000
/** Schemas, specs and orders of a table, versions of a view. A metadata file with more is not read (`shapes.ts`). */
export const MANY = 10_000
/** Updates or requirements of one commit. */
export const MOST_UPDATES = 10_000
/** Members and elements of a request's JSON. */
const MOST_MEMBERS = 150_000
/** Levels of JSON within each other; a nested column takes up to three. */
export const DEEPEST = 400
/** Items that the updates of one commit walk over, all together: some tenths of a second. */
const MOST_WALKED = 30_000_000
/** Characters of JSON that begin a value within another, or the next one. */
const [QUOTE, COMMA, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'",\\[]{}'].map((c) => c.charCodeAt(0))

/** Why a text is not parsed at all; undefined when it is. To be asked before it is parsed: what is deep takes long. */
export function overlong(text: string, most = MOST_MEMBERS): string | undefined {
  let [members, depth, quoted] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === QUOTE) quoted = !quoted
    else if (quoted) {
      if (c === BACKSLASH) at++
    } else if (c === COMMA) members++
    else if (c === OPEN_LIST || c === OPEN_OBJECT) {
      members++
      if (++depth > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`
    } else if (c === CLOSE_LIST || c === CLOSE_OBJECT) depth--
    if (members > most) return `it has more than ${most} members; send it in parts`
  }
  return undefined
}

/** Counts what the updates of a commit walk over. */
export function walking(): (items: number) => string | undefined {
  let walked = 0
  return (items) => {
    walked += items
    return walked > MOST_WALKED ? 'its updates go over the lists of the table too often; send it in parts' : undefined
  }
}

/** What has become too much by a change, in words; undefined when nothing has. What was beyond a bound before may stay, and shrink. */
export function overgrown(before: Held | undefined, after: Held): string | undefined {
  const properties = Object.keys(after.properties).length
  if (properties > MOST_PROPERTIES && properties > Object.keys(before?.properties ?? {}).length)
    return `it would have ${properties} properties, and ${MOST_PROPERTIES} is the most: remove some first`
  if (before?.schemas === after.schemas) return undefined
  if (after.schemas.length > MANY) return `it would have ${after.schemas.length} schemas, and ${MANY} is the most: remove old ones first`
  const fields = fieldsOf(after.schemas)
  if (fields > MOST_SCHEMA_FIELDS && fields > fieldsOf(before?.schemas ?? []))
    return `its schemas would have ${fields} fields together, and ${MOST_SCHEMA_FIELDS} is the most: remove old ones first (remove-schemas)`
  return undefined
}

interface Held {
  readonly properties: Readonly<Record<string, string>>
  readonly schemas: readonly StructType[]
}

function fieldsOf(schemas: readonly StructType[]): number {
  return schemas.reduce((sum, schema) => sum + allFields(schema).length, 0)
}
