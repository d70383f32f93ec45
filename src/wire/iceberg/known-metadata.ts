// Table metadata that was read a moment ago: what a text means follows from it alone, and clients load the same tables again and again.
import { readMetadata } from '#wire/iceberg/metadata'
import type { TableMetadata } from '#wire/iceberg/types'

const MOST = 50
const LONGEST = 64 * 1024
const known = new Map<string, TableMetadata>()

/** As `readMetadata`, which it throws like; what it gives is shared, and frozen for that. */
export function readKnownMetadata(text: string): TableMetadata {
  if (text.length > LONGEST) return readMetadata(text)
  const metadata = known.get(text) ?? frozen(readMetadata(text))
  known.delete(text)
  known.set(text, metadata)
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break
    known.delete(oldest)
  }
  return metadata
}

function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value
  for (const child of Object.values(value)) frozen(child)
  return Object.freeze(value)
}
