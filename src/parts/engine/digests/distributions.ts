// Distributions by the series and continued fractions with which Apache Commons Math computes them, whose last digits these have nearly.

/** Terms that are left out are smaller than this share of the sum. */
const SMALLEST_TERM = 1e-15
const MOST_TERMS = 10_000
const TINY = 1e-50

/** By the modified algorithm of Lentz: `a(0) + b(1) / (a(1) + b(2) / (a(2) + ..` */
function continuedFraction(a: (n: number) => number, b: (n: number) => number, smallest: number): number {
  const orTiny = (value: number) => (Math.abs(value) <= TINY ? TINY : value)
  let made = orTiny(a(0))
  let [c, d] = [made, 0]
  for (let n = 1; n < MOST_TERMS; n++) {
    d = 1 / orTiny(a(n) + b(n) * d)
    c = orTiny(a(n) + b(n) / c)
    made *= c * d
    if (Math.abs(c * d - 1) < smallest) return made
  }
  return Number.NaN
}

/** Bernoulli numbers over the products of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156]
const FROM_HERE_ON = 12

/** The logarithm of the gamma function, of what is above zero. */
export function logGamma(given: number): number {
  let product = 1
  let x = given
  for (; x < FROM_HERE_ON; x++) product *= x
  const series = STIRLING.reduceRight((sum, term) => sum / (x * x) + term, 0) / x
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}

const HALF_LOG_PI = 0.5 * Math.log(Math.PI)
const LARGEST_ERF = 40

export function erf(given: number): number {
  if (Number.isNaN(given) || Math.abs(given) > LARGEST_ERF) return Math.sign(given)
  const x = given * given
  if (x === 0) return 0
  const scale = Math.exp(-x + 0.5 * Math.log(x) - HALF_LOG_PI)
  const made =
    x >= 1.5
      ? 1 -
        scale /
          continuedFraction(
            (n) => 2 * n + 0.5 + x,
            (n) => n * (0.5 - n),
            SMALLEST_TERM,
          )
      : scale * series(x)
  return given < 0 ? -made : made
}

function series(x: number): number {
  let term = 2
  let sum = term
  for (let n = 1; Math.abs(term / sum) > SMALLEST_TERM && n < MOST_TERMS; n++) {
    term *= x / (0.5 + n)
    sum += term
  }
  return sum
}

/** The share of the beta function of `a` and `b` that is below `x`. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x)) return x
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a)
  const term = (n: number) => {
    const m = Math.floor(n / 2)
    return n % 2 === 0
      ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
      : -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
  }
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
  return Math.exp(a * Math.log(x) + b * Math.log(1 - x) - Math.log(a) - logBeta) / continuedFraction(() => 1, term, 1e-14)
}
