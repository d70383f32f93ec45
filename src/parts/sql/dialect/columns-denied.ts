// Trino's refusal of columns that somebody may not select.
import type { ResolvedTable } from '#parts/sql/dialect/analysis'
import { sqlError } from '#parts/sql/errors'

/** Of all columns of a table that a statement names, when one of them may not be selected. */
export function columnsDenied({ catalog, schema, table, reader }: ResolvedTable, columns: readonly string[]): Error {
  const full = `${catalog}.${schema}.${table}`
  return denied(
    reader
      ? `View owner does not have sufficient privileges: View owner '${reader.sub}' cannot create view that selects from ${full}`
      : `Cannot select from columns [${inJavasOrder(columns).join(', ')}] in table or view ${full}`,
  )
}

export const denied = (text: string): Error => sqlError('PERMISSION_DENIED', undefined, `Access Denied: ${text}`)

/** A HashSet of java.util has no more of its places taken than these. */
const LOAD = 0.75
const FEWEST_PLACES = 16

/** Trino holds the names in such a set, and tells them by their places in it. */
function inJavasOrder(names: readonly string[]): readonly string[] {
  let places = FEWEST_PLACES
  while (names.length > places * LOAD) places *= 2
  const placed = names.map((name) => ({ name, place: spread(hashOf(name)) & (places - 1) }))
  return placed.sort((a, b) => a.place - b.place).map(({ name }) => name)
}

const spread = (hash: number): number => hash ^ (hash >>> 16)

/** String.hashCode */
function hashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
