// Shifts of bits within a width, numbers in other bases, and checks of digits.
import { BIGINT, BOOLEAN, DOUBLE, FLOAT, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { doubleText, javaDouble, javaReal, realText } from '#wire/trino/java-numbers'

type Shift = (value: bigint, by: bigint, bits: bigint) => bigint

const shift = (name: string, of: Shift): Scalar => ({ name: `trino_${name}`, parameters: [BIGINT, BIGINT, BIGINT], result: BIGINT, of })
const isWhole = (by: bigint, bits: bigint): boolean => by >= 0n && by < bits
const unsigned = (value: bigint, bits: bigint): bigint => BigInt.asUintN(Number(bits), value)
const signed = (value: bigint, bits: bigint): bigint => BigInt.asIntN(Number(bits), value)

const DIGITS = /^[+-]?[0-9a-z]+$/i

const BEYOND = 2n ** 63n

function fromBase(text: string, base: bigint): bigint {
  if (base < 2n || base > 36n) throw new BadArgument('Radix must be between 2 and 36')
  if (!DIGITS.test(text)) throw new BadArgument('Not a valid number of this base')
  let value = 0n
  for (const letter of text.replace(/^[+-]/, '')) {
    const digit = BigInt(Number.parseInt(letter, 36))
    if (digit >= base) throw new BadArgument('Not a valid number of this base')
    value = value * base + digit
    if (value > BEYOND) break
  }
  const whole = text.startsWith('-') ? -value : value
  if (BigInt.asIntN(64, whole) !== whole) throw new BadArgument('Not a valid number of this base')
  return whole
}

function toBase(value: bigint, base: bigint): string {
  if (base < 2n || base > 36n) throw new BadArgument('Radix must be between 2 and 36')
  return value.toString(Number(base))
}

function bitCount(value: bigint, bits: bigint): bigint {
  if (bits <= 1n || bits > 64n) throw new BadArgument('Bits specified in bit_count must be between 2 and 64')
  if (signed(value, bits) !== value) throw new BadArgument('Number must be representable with the bits specified')
  return BigInt(unsigned(value, bits).toString(2).replaceAll('0', '').length)
}

/** No decimal of SQL has so many digits before or behind its point. */
const MOST_PLACES = 100

/** `1.5e-3` as `0.0015`; what is nought at all scales as `0`. */
function plainDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim()) ?? []
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point < -MOST_PLACES || /^0*$/.test(digits)) return '0'
  if (point > digits.length + MOST_PLACES) return `${sign}1${'0'.repeat(MOST_PLACES)}`
  const shown = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(point, '0')
  const at = Math.max(0, point)
  return `${sign}${shown.slice(0, at) || '0'}.${shown.slice(at) || '0'}`
}

function luhnCheck(text: string): boolean {
  if (text === '') return false
  if (!/^\d+$/.test(text)) throw new BadArgument('luhn_check is of digits only')
  const sum = [...text].reverse().reduce((total, letter, i) => {
    const digit = Number(letter) * (i % 2 === 1 ? 2 : 1)
    return total + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0
}

export const NUMBERS: readonly Scalar[] = [
  shift('shift_left', (v, by, bits) => (isWhole(by, bits) ? signed(v << by, bits) : 0n)),
  shift('shift_right', (v, by, bits) => (by === 0n ? v : isWhole(by, bits) ? signed(unsigned(v, bits) >> by, bits) : 0n)),
  shift('shift_right_arithmetic', (v, by, bits) => (isWhole(by, bits) ? v >> by : v < 0n ? -1n : 0n)),
  { name: 'trino_from_base', parameters: [VARCHAR, BIGINT], result: BIGINT, of: fromBase },
  { name: 'trino_to_base', parameters: [BIGINT, BIGINT], result: VARCHAR, of: toBase },
  { name: 'trino_bit_count', parameters: [BIGINT, BIGINT], result: BIGINT, of: bitCount },
  { name: 'trino_java_double', parameters: [DOUBLE], result: VARCHAR, of: javaDouble },
  { name: 'trino_java_real', parameters: [FLOAT], result: VARCHAR, of: javaReal },
  { name: 'trino_double_text', parameters: [DOUBLE], result: VARCHAR, of: doubleText },
  { name: 'trino_real_text', parameters: [FLOAT], result: VARCHAR, of: realText },
  { name: 'trino_plain_decimal', parameters: [VARCHAR], result: VARCHAR, of: plainDecimal },
  { name: 'trino_luhn_check', parameters: [VARCHAR], result: BOOLEAN, of: luhnCheck },
]
