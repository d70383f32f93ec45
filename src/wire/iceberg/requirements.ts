// The requirements of a commit against the metadata as it is now (REST protocol, TableRequirement).
import { BadUpdate, CommitConflict } from '#wire/iceberg/errors'
import type { TableMetadata, TableRequirement } from '#wire/iceberg/types'

/**
 * Throws CommitConflict naming the first requirement that does not hold. `metadata` is undefined when the table does not exist.
 * `table` is its name in the message.
 */
export function checkRequirements(metadata: TableMetadata | undefined, requirements: readonly TableRequirement[], table: string): void {
  for (const requirement of requirements) {
    const detail = unmet(metadata, requirement)
    if (detail !== undefined) throw CommitConflict({ table, requirement: requirement.type, detail })
  }
}

/** Why it does not hold, or undefined. */
function unmet(metadata: TableMetadata | undefined, r: TableRequirement): string | undefined {
  if (r.type === 'assert-create') return metadata === undefined ? undefined : 'the table exists'
  if (metadata === undefined) return 'the table does not exist'
  switch (r.type) {
    case 'assert-table-uuid':
      return differs('the table is', metadata['table-uuid'], r.uuid.toLowerCase())
    case 'assert-ref-snapshot-id': {
      const expected = r['snapshot-id'] ?? undefined
      const actual = Object.hasOwn(metadata.refs, r.ref) ? metadata.refs[r.ref]?.['snapshot-id'] : undefined
      if (actual === expected) return undefined
      if (actual === undefined) return `${r.ref} does not exist, expected at snapshot ${expected}`
      return expected === undefined
        ? `${r.ref} was created by another commit, at snapshot ${actual}`
        : `${r.ref} is at snapshot ${actual}, expected ${expected}`
    }
    case 'assert-last-assigned-field-id':
      return differs('the last field id is', metadata['last-column-id'], r['last-assigned-field-id'])
    case 'assert-current-schema-id':
      return differs('the current schema is', metadata['current-schema-id'], r['current-schema-id'])
    case 'assert-last-assigned-partition-id':
      return differs('the last partition id is', metadata['last-partition-id'], r['last-assigned-partition-id'])
    case 'assert-default-spec-id':
      return differs('the default partition spec is', metadata['default-spec-id'], r['default-spec-id'])
    case 'assert-default-sort-order-id':
      return differs('the default sort order is', metadata['default-sort-order-id'], r['default-sort-order-id'])
    default:
      throw BadUpdate({ reason: `requirement ${(r as { type: unknown }).type} is not known` })
  }
}

function differs(what: string, actual: string | number, expected: string | number): string | undefined {
  return actual === expected ? undefined : `${what} ${actual}, expected ${expected}`
}
