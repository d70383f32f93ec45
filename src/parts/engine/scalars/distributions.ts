// Distributions as Apache Commons Math computes them, and the numbers of `format_number`.
import { BIGINT, DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api'
import { erf, logGamma, regularizedBeta } from '#parts/engine/digests/distributions'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { formatExponent, formatGeneral } from '#wire/trino/java-format'

function checkBeta(a: number, b: number, share: number): void {
  if (!(share >= 0 && share <= 1)) throw new BadArgument('the probability must be from 0 to 1')
  if (!(a > 0 && b > 0)) throw new BadArgument('a, b must be > 0')
}

/** Its continued fraction is not followed here: the ends alone. */
function betaCdf(a: number, b: number, value: number): number {
  checkBeta(a, b, value)
  if (value === 0 || value === 1) return value
  throw new BadArgument('beta_cdf between 0 and 1 is not served here yet', 'NOT_SUPPORTED')
}

function inverseBetaCdf(a: number, b: number, share: number): number {
  checkBeta(a, b, share)
  if (share === 0 || share === 1) return share
  throw new BadArgument('inverse_beta_cdf between 0 and 1 is not served here yet', 'NOT_SUPPORTED')
}

const INNER = [
  -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17, -1.333171662854621e-16,
  2.0972767875968562e-17, 6.637638134358324e-15, -4.054566272975207e-14, -8.151934197605472e-14, 2.6335093153082323e-12,
  -1.2975133253453532e-11, -5.415412054294628e-11, 1.0512122733215323e-9, -4.112633980346984e-9, -2.9070369957882005e-8,
  4.2347877827932404e-7, -1.3654692000834679e-6, -1.3882523362786469e-5, 1.8673420803405714e-4, -7.40702534166267e-4, -0.006033670871430149,
  0.24015818242558962, 1.6536545626831027,
]
const MIDDLE = [
  2.2137376921775787e-9, 9.075656193888539e-8, -2.7517406297064545e-7, 1.8239629214389228e-8, 1.5027403968909828e-6, -4.013867526981546e-6,
  2.9234449089955446e-6, 1.2475304481671779e-5, -4.7318229009055734e-5, 6.828485145957318e-5, 2.4031110387097894e-5, -3.550375203628475e-4,
  9.532893797373805e-4, -0.0016882755560235047, 0.002491442096107851, -0.003751208507569241, 0.005370914553590064, 1.0052589676941592,
  3.0838856104922208,
]
const OUTER = [
  -2.7109920616438573e-11, -2.555641816996525e-10, 1.5076572693500548e-9, -3.789465440126737e-9, 7.61570120807834e-9, -1.496002662714924e-8,
  2.914795345090108e-8, -6.771199775845234e-8, 2.2900482228026655e-7, -9.9298272942317e-7, 4.526062597223154e-6, -1.968177810553167e-5,
  7.599527703001776e-5, -2.1503011930044477e-4, -1.3871931833623122e-4, 1.0103004648645344, 4.849906401408584,
]

const horner = (coefficients: readonly number[], w: number): number => coefficients.reduce((sum, c) => sum * w + c, 0)

function inverseErf(x: number): number {
  const w = -Math.log((1 - x) * (1 + x))
  if (w < 6.25) return horner(INNER, w - 3.125) * x
  if (w < 16) return horner(MIDDLE, Math.sqrt(w) - 3.25) * x
  return (w === Infinity ? w : horner(OUTER, Math.sqrt(w) - 5)) * x
}

function inverseNormalCdf(mean: number, deviation: number, share: number): number {
  if (!(share > 0 && share < 1)) throw new BadArgument('p must be 0 > p > 1')
  if (!(deviation > 0)) throw new BadArgument('sd must be > 0')
  return mean + deviation * Math.SQRT2 * inverseErf(2 * share - 1)
}

function normalCdf(mean: number, deviation: number, value: number): number {
  if (!(deviation > 0)) throw new BadArgument('standardDeviation must be > 0')
  return 0.5 * (1 + erf((value - mean) / (deviation * Math.SQRT2)))
}

/** Where what is left of logarithms of the gamma function still has the digits that are told. */
const MOST_FREEDOM = 1000

function checkFreedom(freedom: number): void {
  if (!(freedom > 0)) throw new BadArgument('df must be greater than 0')
  if (freedom > MOST_FREEDOM)
    throw new BadArgument('a t distribution of so many degrees of freedom is not served here yet', 'NOT_SUPPORTED')
}

function tCdf(value: number, freedom: number): number {
  checkFreedom(freedom)
  if (value === 0) return 0.5
  const both = regularizedBeta(freedom / (freedom + value * value), freedom / 2, 0.5)
  return value < 0 ? 0.5 * both : 1 - 0.5 * both
}

function tPdf(value: number, freedom: number): number {
  checkFreedom(freedom)
  const half = (freedom + 1) / 2
  return Math.exp(
    logGamma(half) - 0.5 * (Math.log(Math.PI) + Math.log(freedom)) - logGamma(freedom / 2) - half * Math.log(1 + (value * value) / freedom),
  )
}

const LARGEST = 2n ** 63n - 1n

/** As Java cuts a double to a long. */
function toLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (Math.abs(value) >= 2 ** 63) return value > 0 ? LARGEST : -LARGEST - 1n
  return BigInt(Math.trunc(value))
}

/** At most so many digits behind the point; a half goes away from nought. */
function formatNumber(count: bigint): string {
  let value = Number(count)
  let unit = ''
  for (const next of ['K', 'M', 'B', 'T', 'Q']) {
    if (value < 1000 && value > -1000) break
    value /= 1000
    unit = next
  }
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  const text = Math.abs(value).toFixed(digits)
  const cut = digits > 0 ? text.replace(/\.?0+$/, '') : text
  return `${value < 0 && cut !== '0' ? '-' : ''}${cut}${unit}`
}

export const DISTRIBUTIONS: readonly Scalar[] = [
  { name: 'trino_beta_cdf', parameters: [DOUBLE, DOUBLE, DOUBLE], result: DOUBLE, of: betaCdf },
  { name: 'trino_inverse_beta_cdf', parameters: [DOUBLE, DOUBLE, DOUBLE], result: DOUBLE, of: inverseBetaCdf },
  { name: 'trino_inverse_normal_cdf', parameters: [DOUBLE, DOUBLE, DOUBLE], result: DOUBLE, of: inverseNormalCdf },
  { name: 'trino_normal_cdf', parameters: [DOUBLE, DOUBLE, DOUBLE], result: DOUBLE, of: normalCdf },
  { name: 'trino_t_cdf', parameters: [DOUBLE, DOUBLE], result: DOUBLE, of: tCdf },
  { name: 'trino_t_pdf', parameters: [DOUBLE, DOUBLE], result: DOUBLE, of: tPdf },
  { name: 'trino_to_long', parameters: [DOUBLE], result: BIGINT, of: toLong },
  { name: 'trino_format_exponent', parameters: [DOUBLE, INTEGER], result: VARCHAR, of: formatExponent },
  { name: 'trino_format_general', parameters: [DOUBLE, INTEGER], result: VARCHAR, of: formatGeneral },
  { name: 'trino_format_number', parameters: [BIGINT], result: VARCHAR, of: formatNumber },
]
