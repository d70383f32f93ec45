// Functions that DuckDB lacks. They run on the thread that holds the instance, which does nothing else meanwhile (ADR-017).
import type { DuckDBConnection } from '@duckdb/node-api'
import { BYTES } from '#parts/engine/scalars/bytes'
import { COLORS } from '#parts/engine/scalars/colors'
import { COMBINATIONS } from '#parts/engine/scalars/combinations'
import { DIGESTS } from '#parts/engine/scalars/digests'
import { DISTRIBUTIONS } from '#parts/engine/scalars/distributions'
import { GEOMETRY } from '#parts/engine/scalars/geometry'
import { HASHES } from '#parts/engine/scalars/hashes'
import { HISTOGRAMS } from '#parts/engine/scalars/histograms'
import { ICEBERG } from '#parts/engine/scalars/iceberg'
import { JSON_SCALARS } from '#parts/engine/scalars/json'
import { MISC } from '#parts/engine/scalars/misc'
import { NETWORK } from '#parts/engine/scalars/network'
import { NUMBERS } from '#parts/engine/scalars/numbers'
import { PATTERNS } from '#parts/engine/scalars/patterns'
import { type Scalar, toDuckDB } from '#parts/engine/scalars/scalar'
import { SIZES } from '#parts/engine/scalars/sizes'
import { STATISTICS } from '#parts/engine/scalars/statistics'
import { TEXT } from '#parts/engine/scalars/text'
import { WEB } from '#parts/engine/scalars/web'
import { ZONES } from '#parts/engine/scalars/zones'
import { tellingName } from '#wire/engine/raised'

/** What tests call each of. */
export const OURS: readonly Scalar[] = [
  ...ICEBERG,
  ...JSON_SCALARS,
  ...BYTES,
  ...TEXT,
  ...WEB,
  ...COLORS,
  ...COMBINATIONS,
  ...DIGESTS,
  ...DISTRIBUTIONS,
  ...GEOMETRY,
  ...HASHES,
  ...HISTOGRAMS,
  ...NETWORK,
  ...NUMBERS,
  ...PATTERNS,
  ...MISC,
  ...SIZES,
  ...STATISTICS,
  ...ZONES,
]

export const OUR_FUNCTIONS: readonly string[] = OURS.flatMap(({ name }) => [name, tellingName(name)])

export function registerFunctions(connection: DuckDBConnection): void {
  for (const scalar of OURS.flatMap(toDuckDB)) connection.registerScalarFunction(scalar)
}
