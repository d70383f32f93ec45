// Doubles as Java's Formatter writes them by %e and %g: the digits of the shortest text, rounded half up.
import { type Digits, shortestDouble } from '#wire/trino/java-numbers'

/** So many digits of a number above zero. */
function rounded(value: number, count: number): Digits {
  const { digits, exponent } = shortestDouble(value)
  if (digits.length <= count) return { digits: digits.padEnd(count, '0'), exponent }
  const up = (digits[count] as string) >= '5' ? 1n : 0n
  const made = String(BigInt(digits.slice(0, count) || '0') + up)
  return made.length > count ? { digits: made.slice(0, Math.max(1, count)), exponent: exponent + 1 } : { digits: made, exponent }
}

const withPoint = (whole: string, fraction: string): string => (fraction === '' ? whole : `${whole}.${fraction}`)

function scientific({ digits, exponent }: Digits): string {
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${withPoint(digits.slice(0, 1), digits.slice(1))}e${exponent < 0 ? '-' : '+'}${power}`
}

const signed = (value: number, text: string): string => (value < 0 || Object.is(value, -0) ? `-${text}` : text)

/** `1.234560e+03`, with so many digits behind the point. */
export function formatExponent(value: number, precision: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return signed(value, scientific(size === 0 ? { digits: '0'.repeat(precision + 1), exponent: 0 } : rounded(size, precision + 1)))
}

/** Plain from 0.0001 to ten to the power of the precision, else with an exponent; so many digits in all. */
export function formatGeneral(value: number, precision: number): string {
  if (!Number.isFinite(value)) return String(value)
  const count = Math.max(1, precision)
  const size = Math.abs(value)
  if (size === 0) return signed(value, withPoint('0', '0'.repeat(count - 1)))
  const made = rounded(size, count)
  const { digits, exponent } = made
  if (exponent < -4 || exponent >= count) return signed(value, scientific(made))
  if (exponent < 0) return signed(value, withPoint('0', '0'.repeat(-exponent - 1) + digits))
  return signed(value, withPoint(digits.slice(0, exponent + 1), digits.slice(exponent + 1)))
}
