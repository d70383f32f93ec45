// The order that a table's files are sorted by, as Trino prints it.
import { currentSchema } from '#wire/iceberg/metadata'
import { fieldById } from '#wire/iceberg/schema'
import { isIdentity } from '#wire/iceberg/transforms'
import type { TableMetadata } from '#wire/iceberg/types'
import { plainName } from '#wire/trino/names'

/** Undefined where it is of more than columns as they are. */
export function sortedBy(m: TableMetadata): readonly string[] | undefined {
  const order = m['sort-orders'].find((o) => o['order-id'] === m['default-sort-order-id'])
  const fields = (order?.fields ?? []).map((f) => ({ ...f, column: fieldById(currentSchema(m), f['source-id']) }))
  if (fields.some((f) => !f.column || !isIdentity(f.transform))) return undefined
  return fields.map(({ column, direction, 'null-order': nulls }) => {
    const name = plainName(column?.path.toLowerCase() ?? '')
    return `${name} ${direction.toUpperCase()} ${nulls.replace('-', ' ').toUpperCase()}`
  })
}
