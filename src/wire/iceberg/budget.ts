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

/** Why the text of a request is not parsed at all; undefined when it is. A comma in a text counts as one between members. */
export function overlong(text: string): string | undefined {
  let commas = 0
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1))
    if (++commas > MOST_MEMBERS) return `it has more than ${MOST_MEMBERS} members; send it in parts`
  return undefined
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
