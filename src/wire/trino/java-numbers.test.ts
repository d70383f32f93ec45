import { describe, expect, it } from 'vitest'
import { doubleText, javaDouble, javaReal, realText } from '#wire/trino/java-numbers'

/** Numbers that look drawn, of bits that are. */
function bits(count: number): Uint32Array {
  const made = new Uint32Array(count)
  let state = 1
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 2147483647
    made[i] = (state << 1) ^ (state >>> 15) ^ (i << 20)
  }
  return made
}
const doubles = [...new Float64Array(bits(40_000).buffer)].filter((x) => Number.isFinite(x) && x !== 0)
const reals = [...new Float32Array(bits(20_000).buffer)].filter((x) => Number.isFinite(x) && x !== 0)

/** An exact value: numerator and denominator. */
type Exact = readonly [bigint, bigint]

function exactOf(decimal: string): Exact {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:E(-?\d+))?$/.exec(decimal) ?? []
  const power = Number(exponent) - fraction.length
  return [BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, power)), 10n ** BigInt(Math.max(0, -power))]
}

const digitsOf = (text: string): string =>
  text
    .replace(/^-|E.*|\./g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '')

const distance = ([a, b]: Exact, [c, d]: Exact): Exact => {
  const over = a * d - c * b
  return [over < 0n ? -over : over, b * d]
}
const isLess = ([a, b]: Exact, [c, d]: Exact): boolean => a * d < c * b

describe('a number as Java writes it', () => {
  // As the real Trino 476 on Java 25 writes them.
  it.each([
    [1e23, '1.0E23', '9.999999999999999E22'],
    [2e23, '2.0E23', '1.9999999999999998E23'],
    [5e-324, '4.9E-324', '4.9E-324'],
    [1e-323, '9.9E-324', '1.0E-323'],
    [8e-323, '7.9E-323', '7.9E-323'],
    [2 ** 81, '2.4178516392292583E24', '2.4178516392292583E24'],
    [-234850729565752220, '-2.3485072956575222E17', '-2.34850729565752224E17'],
    [7412004167340196000, '7.412004167340196E18', '7.4120041673401958E18'],
    [2 ** 53, '9.007199254740992E15', '9.007199254740992E15'],
    [1e7, '1.0E7', '1.0E7'],
    [9999999, '9999999.0', '9.999999E6'],
    [0.001, '0.001', '1.0E-3'],
    [-0.00012, '-1.2E-4', '-1.2E-4'],
    [-0, '-0.0', '-0E0'],
    [0, '0.0', '0E0'],
    [Number.NaN, 'NaN', 'NaN'],
    [-Infinity, '-Infinity', '-Infinity'],
  ])('the double %d is %s, and %s where it is cast', (value, java, text) => {
    expect([javaDouble(value), doubleText(value)]).toEqual([java, text])
  })

  it.each([
    [3053808.25, '3053808.2', '3.053808E6'],
    [97975616, '9.797562E7', '9.797562E7'],
    [-340764.875, '-340764.88', '-3.407649E5'],
    [6223.34375, '6223.3438', '6.223344E3'],
    [2 ** -96, '1.2621775E-29', '1.262178E-29'],
    [2 ** 87, '1.5474251E26', '1.547425E26'],
    [2 ** 90, '1.2379401E27', '1.23794E27'],
    [1e-45, '1.4E-45', '1.4E-45'],
    [0.1, '0.1', '1.0E-1'],
    [1e10, '1.0E10', '1.0E10'],
    [0, '0.0', '0E0'],
  ])('the real %d is %s, and %s where it is cast', (value, java, text) => {
    expect([javaReal(Math.fround(value)), realText(Math.fround(value))]).toEqual([java, text])
  })

  it('reads back as the same double, of as few digits as JavaScript takes', () => {
    expect(doubles.filter((x) => Number(javaDouble(x)) !== x || Number(doubleText(x)) !== x)).toEqual([])
    const fewest = (x: number) => Math.max(2, digitsOf(x.toExponential().replace('e', 'E')).length)
    expect(doubles.filter((x) => digitsOf(javaDouble(x)).length > fewest(x))).toEqual([])
  })

  it('tells a real by the fewest digits, of those by the nearest', () => {
    const wrong = reals.filter((x) => {
      const text = javaReal(x)
      const { length } = digitsOf(text)
      if (Math.fround(Number(text)) !== x) return true
      const [size, made] = [Math.abs(x), distance(exactOf(String(Math.abs(x)).replace('e', 'E')), exactOf(text))]
      const shorter = length > 2 && Math.fround(Number(size.toExponential(length - 2))) === size
      const other = size
        .toExponential(length - 1)
        .replace('e', 'E')
        .replace('+', '')
      const isNearer =
        Math.fround(Number(other)) === size && isLess(distance(exactOf(String(size).replace('e', 'E')), exactOf(other)), made)
      return shorter || isNearer
    })
    expect(wrong).toEqual([])
  })
})
