// Iceberg's 32-bit hash, for bucket partitions.
import { BIGINT, BLOB, DuckDBBlobValue, HUGEINT, INTEGER } from '@duckdb/node-api'
import type { Scalar } from '#parts/engine/scalars/scalar'
import { unscaledBytes } from '#wire/iceberg/bounds'
import { hashLong, murmur3 } from '#wire/iceberg/transforms'

export const ICEBERG: readonly Scalar[] = [
  { name: 'iceberg_hash_long', parameters: [BIGINT], result: INTEGER, of: (v: bigint) => hashLong(v) },
  { name: 'iceberg_hash_decimal', parameters: [HUGEINT], result: INTEGER, of: (v: bigint) => murmur3(unscaledBytes(v)) },
  {
    name: 'iceberg_hash_bytes',
    parameters: [BLOB],
    result: INTEGER,
    of: (v: DuckDBBlobValue | Uint8Array) => murmur3(v instanceof DuckDBBlobValue ? v.bytes : v),
  },
]
