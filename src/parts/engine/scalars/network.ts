// IP addresses: texts, bytes and networks.
import { BLOB, BOOLEAN, blobValue, type DuckDBBlobValue, VARCHAR } from '@duckdb/node-api'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { addressOf, isWithin, printAddress, readAddress, shortestOf } from '#wire/trino/addresses'

const blobOf = (bytes: Uint8Array | undefined): DuckDBBlobValue | undefined => bytes && blobValue(bytes)

function within(network: string, address: DuckDBBlobValue): boolean {
  const is = isWithin(network, bytesOf(address))
  if (is === undefined) throw new BadArgument('Invalid network')
  return is
}

export const NETWORK: readonly Scalar[] = [
  { name: 'trino_read_address', parameters: [VARCHAR], result: BLOB, of: (text: string) => blobOf(readAddress(text)) },
  { name: 'trino_address_of_bytes', parameters: [BLOB], result: BLOB, of: (bytes: DuckDBBlobValue) => blobOf(addressOf(bytesOf(bytes))) },
  { name: 'trino_address_bytes', parameters: [BLOB], result: BLOB, of: (bytes: DuckDBBlobValue) => blobOf(shortestOf(bytesOf(bytes))) },
  { name: 'trino_print_address', parameters: [BLOB], result: VARCHAR, of: (bytes: DuckDBBlobValue) => printAddress(bytesOf(bytes)) },
  { name: 'trino_address_within', parameters: [VARCHAR, BLOB], result: BOOLEAN, of: within },
]
