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
    if (detail !== undefined) throw CommitConflict({ table, detail })
  }
}

/** Why it does not hold, or undefined. */
function unmet(metadata: TableMetadata | undefined, r: TableRequirement): string | undefined {
  if (r.type === 'assert-create') return metadata === undefined ? undefined : 'table already exists'
  if (metadata === undefined) return 'table does not exist'
  switch (r.type) {
    case 'assert-table-uuid': {
      const [actual, expected] = [metadata['table-uuid'], r.uuid.toLowerCase()]
      return actual === expected ? undefined : `UUID does not match: expected ${actual} != ${expected}`
    }
    case 'assert-ref-snapshot-id': {
      const expected = r['snapshot-id'] ?? undefined
      const found = Object.hasOwn(metadata.refs, r.ref) ? metadata.refs[r.ref] : undefined
      if (found?.['snapshot-id'] === expected) return undefined
      if (found === undefined) return `branch or tag ${r.ref} is missing, expected ${expected}`
      return expected === undefined
        ? `${found.type} ${r.ref} was created concurrently`
        : `${found.type} ${r.ref} has changed: expected id ${expected} != ${found['snapshot-id']}`
    }
    case 'assert-last-assigned-field-id':
      return changed('last assigned field id', r['last-assigned-field-id'], metadata['last-column-id'])
    case 'assert-current-schema-id':
      return changed('current schema', r['current-schema-id'], metadata['current-schema-id'])
    case 'assert-last-assigned-partition-id':
      return changed('last assigned partition id', r['last-assigned-partition-id'], metadata['last-partition-id'])
    case 'assert-default-spec-id':
      return changed('default partition spec', r['default-spec-id'], metadata['default-spec-id'])
    case 'assert-default-sort-order-id':
      return changed('default sort order', r['default-sort-order-id'], metadata['default-sort-order-id'])
    default:
      throw BadUpdate({ reason: `requirement ${(r as { type: unknown }).type} is not known` })
  }
}

function changed(what: string, expected: number, actual: number): string | undefined {
  return actual === expected ? undefined : `${what} changed: expected id ${expected} != ${actual}`
}
