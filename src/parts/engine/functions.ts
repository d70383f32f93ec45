// Functions that DuckDB lacks: Iceberg's 32-bit hash, for bucket partitions. They run on the engine's own thread.
import {
  BIGINT,
  BLOB,
  DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBVector,
  HUGEINT,
  INTEGER,
} from '@duckdb/node-api'
import { unscaledBytes } from '#wire/iceberg/bounds'
import { hashLong, murmur3 } from '#wire/iceberg/transforms'

export function registerFunctions(connection: DuckDBConnection): void {
  connection.registerScalarFunction(hash('iceberg_hash_long', BIGINT, (v) => hashLong(v as bigint)))
  connection.registerScalarFunction(hash('iceberg_hash_decimal', HUGEINT, (v) => murmur3(unscaledBytes(v as bigint))))
  connection.registerScalarFunction(
    hash('iceberg_hash_bytes', BLOB, (v) => murmur3(v instanceof DuckDBBlobValue ? v.bytes : (v as Uint8Array))),
  )
}

function hash(name: string, parameter: DuckDBType, of: (value: unknown) => number): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    returnType: INTEGER,
    parameterTypes: [parameter],
    mainFunction: (_info, input: DuckDBDataChunk, output: DuckDBVector) => {
      const values = input.getColumnValues(0)
      for (let i = 0; i < input.rowCount; i++) {
        const value = values[i]
        output.setItem(i, value === null || value === undefined ? null : of(value))
      }
      output.flush()
    },
  })
}
