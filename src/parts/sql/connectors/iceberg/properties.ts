// Properties of a table that say how it is kept (Iceberg's TableProperties), read as Iceberg reads them.
import { NotSupported } from '#parts/sql/connectors/errors'
import type { TableMetadata } from '#wire/iceberg/types'

/** Of Java's long. */
const LARGEST = 2n ** 63n - 1n

/**
 * A whole number above zero. The largest ones, by which writers say "for ever", are told to the 53 bits of a number. Throws
 * NotSupported for what is none: taken as not given it would remove what its writer wants to be kept.
 */
export function numberProperty({ properties }: TableMetadata, name: string, otherwise: number): number {
  if (!Object.hasOwn(properties, name)) return otherwise
  const given = properties[name] as string
  const value = /^\+?\d{1,19}$/.test(given) ? BigInt(given.replace('+', '')) : 0n
  if (value > 0n && value <= LARGEST) return Number(value)
  throw NotSupported({ what: `the table property ${name}, which is no whole number above zero,`, hint: 'set it to one, or remove it' })
}

/** As Java's parseBoolean: whatever is not "true", in letters of any case, is false. */
export function isOff({ properties }: TableMetadata, name: string): boolean {
  return Object.hasOwn(properties, name) && properties[name]?.toLowerCase() !== 'true'
}
