// JSON as Trino keeps it: keys sorted, the last of doubles, numbers as Java writes them.

/** Throws where the text is no JSON. */
export function canonicalJson(text: string): string {
  const kept = JSON.parse(text, (_, value, context?: { source?: string }) =>
    typeof value === 'number' ? new Token(numberText(value, context?.source ?? '')) : value,
  ) as unknown
  return print(kept)
}

class Token {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const numberText = (value: number, source: string): string => (/^-?\d+$/.test(source) ? source : javaDouble(value))

function print(value: unknown): string {
  if (value instanceof Token) return value.text
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${print(inner)}`).join(',')}}`
}

/** `Double.toString`: plain from 0.001 to 10^7, else with an exponent. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? '-0.0' : value === 0 ? '0.0' : String(value)
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}
