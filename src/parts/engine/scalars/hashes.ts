// Checksums and keyed hashes, and numbers in their bytes.
import { createHash, createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { BIGINT, BLOB, blobValue, DOUBLE, type DuckDBBlobValue, FLOAT, INTEGER } from '@duckdb/node-api'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { spooky64 } from '#wire/trino/spooky'

const hmac = (algorithm: string): Scalar => ({
  name: `trino_hmac_${algorithm}`,
  parameters: [BLOB, BLOB],
  result: BLOB,
  of: (value: DuckDBBlobValue, key: DuckDBBlobValue) => blobValue(createHmac(algorithm, bytesOf(key)).update(bytesOf(value)).digest()),
})

function viewOf(value: DuckDBBlobValue, length: number): DataView {
  const bytes = bytesOf(value)
  if (bytes.length !== length) throw new BadArgument(`the bytes of such a number are ${length}`)
  return new DataView(bytes.buffer, bytes.byteOffset, length)
}

function written(length: number, write: (view: DataView) => void): DuckDBBlobValue {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return blobValue(bytes)
}

export const HASHES: readonly Scalar[] = [
  ...['md5', 'sha1', 'sha256', 'sha512'].map(hmac),
  {
    name: 'trino_sha512',
    parameters: [BLOB],
    result: BLOB,
    of: (v: DuckDBBlobValue) => blobValue(createHash('sha512').update(bytesOf(v)).digest()),
  },
  {
    name: 'trino_spooky_32',
    parameters: [BLOB],
    result: BLOB,
    of: (v: DuckDBBlobValue) => written(4, (view) => view.setUint32(0, Number(BigInt.asUintN(32, spooky64(bytesOf(v)))))),
  },
  {
    name: 'trino_spooky_64',
    parameters: [BLOB],
    result: BLOB,
    of: (v: DuckDBBlobValue) => written(8, (view) => view.setBigUint64(0, spooky64(bytesOf(v)))),
  },
  { name: 'trino_crc32', parameters: [BLOB], result: BIGINT, of: (v: DuckDBBlobValue) => BigInt(crc32(bytesOf(v))) },
  { name: 'trino_from_int32', parameters: [BLOB], result: INTEGER, of: (v: DuckDBBlobValue) => viewOf(v, 4).getInt32(0) },
  { name: 'trino_from_int64', parameters: [BLOB], result: BIGINT, of: (v: DuckDBBlobValue) => viewOf(v, 8).getBigInt64(0) },
  { name: 'trino_from_float32', parameters: [BLOB], result: FLOAT, of: (v: DuckDBBlobValue) => viewOf(v, 4).getFloat32(0) },
  { name: 'trino_from_float64', parameters: [BLOB], result: DOUBLE, of: (v: DuckDBBlobValue) => viewOf(v, 8).getFloat64(0) },
  { name: 'trino_to_int32', parameters: [INTEGER], result: BLOB, of: (v: number) => written(4, (view) => view.setInt32(0, v)) },
  { name: 'trino_to_int64', parameters: [BIGINT], result: BLOB, of: (v: bigint) => written(8, (view) => view.setBigInt64(0, v)) },
  { name: 'trino_to_float32', parameters: [FLOAT], result: BLOB, of: (v: number) => written(4, (view) => view.setFloat32(0, v)) },
  { name: 'trino_to_float64', parameters: [DOUBLE], result: BLOB, of: (v: number) => written(8, (view) => view.setFloat64(0, v)) },
]
