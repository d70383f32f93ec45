// Doubles and reals as Java writes them: `Double.toString`, `Float.toString`, and the digits of `java.text.DecimalFormat`.

export interface Digits {
  /** Without zeros at the end. */
  readonly digits: string
  /** Of ten, of the first digit. */
  readonly exponent: number
}

/** What a decimal says of the number that it was made from. */
interface Made extends Digits {
  readonly isExact: boolean
  readonly isRoundedUp: boolean
}

const LEAST_NORMAL_REAL = 2 ** -126
const FAR_FROM_SUBNORMAL = 1e-300
const BITS = new DataView(new ArrayBuffer(8))

function withoutZeros(digits: string): string {
  let end = digits.length
  while (end > 1 && digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

function digitsOf(text: string): Digits {
  const at = text.indexOf('e')
  return { digits: withoutZeros(text[0] + text.slice(2, at)), exponent: Number(text.slice(at + 1)) }
}

const scientific = ({ digits, exponent }: Digits): string => `${digits[0]}.${digits.slice(1) || '0'}E${exponent}`

const signed = (value: number, text: string): string => (value < 0 || Object.is(value, -0) ? `-${text}` : text)

/** Plain from 0.001 to 10^7, else with an exponent. */
function print(value: number, shortest: (size: number) => Digits): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return signed(value, '0.0')
  const made = shortest(Math.abs(value))
  const { digits, exponent } = made
  if (exponent < -3 || exponent >= 7) return signed(value, scientific(made))
  const [whole, fraction] =
    exponent < 0
      ? ['0', '0'.repeat(-exponent - 1) + digits]
      : [digits.slice(0, exponent + 1).padEnd(exponent + 1, '0'), digits.slice(exponent + 1)]
  return signed(value, `${whole}.${fraction || '0'}`)
}

/** The least digits that are this double's alone, of those the nearest; two where one is enough only since there are no nearer doubles. */
export function shortestDouble(size: number): Digits {
  const made = digitsOf(size.toExponential())
  return made.digits.length === 1 && size < FAR_FROM_SUBNORMAL ? digitsOf(size.toExponential(1)) : made
}

/** The value's bits apart: `whole * 2 ** power`. */
function partsOf(size: number): { readonly whole: bigint; readonly power: number } {
  BITS.setFloat64(0, size)
  const bits = BITS.getBigUint64(0)
  const exponent = Number(bits >> 52n)
  const whole = bits & (2n ** 52n - 1n)
  return exponent === 0 ? { whole, power: -1074 } : { whole: whole | (2n ** 52n), power: exponent - 1075 }
}

/** Of a double that is not subnormal. */
function isPowerOfTwo(size: number): boolean {
  BITS.setFloat64(0, size)
  return BITS.getUint32(4) === 0 && (BITS.getUint32(0) & 0xfffff) === 0
}

/** The even one of two decimals that are equally near, where `made`, of so many digits, is the larger: the one that JavaScript takes. */
function evenOf(size: number, made: string, count: number): string {
  const more = size.toExponential(count)
  if (more[count + 1] !== '5' || Number(more) !== size) return made
  const exact = size.toExponential(40)
  const isHalf = /^50*e/.test(exact.slice(count + 1))
  const isEven = Number(exact[count]) % 2 === 0
  return isHalf && isEven ? exact.slice(0, count + 1) + exact.slice(exact.indexOf('e')) : made
}

/** The next decimal of so many digits. */
function above(made: string, count: number): Digits {
  const { digits, exponent } = digitsOf(made)
  const next = String(Number(digits.padEnd(count, '0')) + 1)
  return { digits: withoutZeros(next), exponent: exponent + next.length - count }
}

/** Whether this decimal, read as a real, is `size`: by way of a double, but where that lies half way between two reals and the decimal beside it. */
function isReal(decimal: string, size: number): boolean {
  const double = Number(decimal)
  BITS.setFloat64(0, double)
  if ((BITS.getUint32(4) & 0x1fffffff) !== 0x10000000) return Math.fround(double) === size
  const side = compare(digitsOf(decimal), double)
  return side === 0 ? Math.fround(double) === size : Math.fround(double + side * double * 2 ** -52) === size
}

/** Below nought where the decimal is less than the double. */
function compare({ digits, exponent }: Digits, double: number): number {
  const { whole, power } = partsOf(double)
  const places = exponent + 1 - digits.length
  const decimal = BigInt(digits) * 10n ** BigInt(Math.max(0, places)) * 2n ** BigInt(Math.max(0, -power))
  const binary = whole * 2n ** BigInt(Math.max(0, power)) * 10n ** BigInt(Math.max(0, -places))
  return decimal < binary ? -1 : decimal > binary ? 1 : 0
}

/** As of a double. Up to six digits are the text of one real, where reals are not yet sparse. A power of two has its neighbour below at half of the distance. */
function shortestReal(size: number): Digits {
  for (let count = size < LEAST_NORMAL_REAL ? 2 : 6; ; count++) {
    const made = size.toExponential(count - 1)
    if (isReal(made, size)) return digitsOf(evenOf(size, made, count))
    if (!isPowerOfTwo(size)) continue
    const larger = above(made, count)
    if (isReal(scientific(larger).toLowerCase(), size)) return larger
  }
}

/** `Double.toString`. */
export const javaDouble = (value: number): string => print(value, shortestDouble)

/** `Float.toString` of a number that is a real. */
export const javaReal = (value: number): string => print(value, shortestReal)

/** Of a whole number below 2^63: digits of less than half a place of its 53 bits are rounded away. */
function ofWhole(size: number): Made {
  const rest = Math.floor(Math.max(0, partsOf(size).power - 2) * Math.log10(2))
  const unit = 10n ** BigInt(rest)
  const text = String((BigInt(size) + unit / 2n) / unit)
  return { digits: withoutZeros(text), exponent: text.length - 1 + rest, isExact: false, isRoundedUp: false }
}

/** Whether the number, or ten to the power of the place after its first digit, has more than 63 bits without the twos that both have. */
const isLong = (exponent: number, size: number): boolean => exponent > 25 || Math.log2(size) - exponent >= 63

/**
 * Digits until what is left is within half of the distance to the next double, a quarter at powers of two. Within, where the numbers have
 * more than 63 bits, is also at the very end.
 */
function untilWithin(size: number): Made {
  const { whole, power } = partsOf(size)
  const exponent = Number(size.toExponential(20).split('e')[1])
  const scale = 2n ** BigInt(Math.max(0, power - 2)) * 10n ** BigInt(Math.max(0, -exponent))
  const one = 2n ** BigInt(Math.max(0, 2 - power)) * 10n ** BigInt(Math.max(0, exponent))
  let left = 4n * whole * scale
  let margin = ((whole & (whole - 1n)) === 0n ? 1n : 2n) * scale
  const ends = isLong(exponent, size) ? (sum: bigint) => sum >= one * 10n : (sum: bigint) => sum > one * 10n
  if (ends(left + margin)) return { digits: '1', exponent: exponent + 1, isExact: false, isRoundedUp: true }
  const least = exponent < -3 || exponent >= 8 ? 2 : 1
  let digits = ''
  let [isLow, isHigh] = [false, false]
  while (digits.length < least || !(isLow || isHigh)) {
    digits += left / one
    left = (left % one) * 10n
    margin *= 10n
    isLow = left < margin
    isHigh = ends(left + margin)
  }
  const [twice, ten] = [left * 2n, one * 10n]
  const isRoundedUp = isHigh && (!isLow || twice > ten || (twice === ten && Number(digits.at(-1)) % 2 === 1))
  const made = isRoundedUp ? String(BigInt(digits) + 1n) : digits
  return { digits: withoutZeros(made), exponent: exponent + made.length - digits.length, isExact: left === 0n, isRoundedUp }
}

const isWhole = (size: number): boolean => size < 2 ** 63 && Number.isInteger(size)

/** What `DecimalFormat` works with up to Java 25 (`FloatingDecimal`), not always the shortest. */
const decimalDigits = (size: number): Made => (isWhole(size) ? ofWhole(size) : untilWithin(size))

/** Five to a higher power has more bits than half way between two doubles. */
const MOST_FIVES = 23

/** Its digits are the shortest but for powers of two, and where the decimal lies half way between two doubles, which are whole then. */
function doubleDigits(size: number): Digits {
  if (size < FAR_FROM_SUBNORMAL || isPowerOfTwo(size) || isWhole(size)) return decimalDigits(size)
  const made = digitsOf(size.toExponential())
  return size >= 2 ** 63 && made.exponent - made.digits.length < MOST_FIVES ? decimalDigits(size) : made
}

/** Seven digits. A half goes to the even one, but where the digits say themselves that they are only near the number. */
function realDigits(size: number): Digits {
  const made = shortestReal(size)
  if (made.digits.length <= 7) return made
  const isHalf = made.digits.length === 8 && made.digits[7] === '5'
  const { digits, exponent, isExact, isRoundedUp } = isHalf
    ? decimalDigits(Number(scientific(made)))
    : { ...made, isExact: true, isRoundedUp: false }
  const next = digits[7] ?? '0'
  const isOdd = Number(digits[6]) % 2 === 1
  const isUp = next > '5' || (next === '5' && (digits.length > 8 || (!isRoundedUp && (!isExact || isOdd))))
  const rounded = String(Number(digits.slice(0, 7).padEnd(7, '0')) + (isUp ? 1 : 0))
  return { digits: withoutZeros(rounded), exponent: exponent + rounded.length - 7 }
}

function printDecimal(value: number, of: (size: number) => Digits): string {
  if (!Number.isFinite(value)) return String(value)
  return signed(value, value === 0 ? '0E0' : scientific(of(Math.abs(value))))
}

/** `DecimalFormat("0.0###################E0")`: a double as text in Trino. */
export const doubleText = (value: number): string => printDecimal(value, doubleDigits)

/** `DecimalFormat("0.0#####E0")` of the double that `Float.toString` says: a real as text in Trino. */
export const realText = (value: number): string => printDecimal(value, realDigits)
