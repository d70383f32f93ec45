// Times and sizes as Trino reads and prints them (airlift's Duration and DataSize): a number and a unit, `90s`, `1.5GB`.

export interface Quantity {
  /** Milliseconds, or bytes. */
  readonly value: number
  /** In its own unit: `7.00d`, `1.50GB`; sizes that are whole without digits. */
  readonly printed: string
}

interface Units {
  readonly name: string
  readonly what: string
  readonly factors: ReadonlyMap<string, number>
  readonly print: (amount: number) => string
}

const TEXT = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$/
const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
const TIME: Units = {
  name: 'duration',
  what: 'time unit',
  factors: new Map(Object.entries({ ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 })),
  print: (amount) => amount.toFixed(2),
}
const SIZE: Units = {
  name: 'size',
  what: 'unit',
  factors: new Map(SIZES.map((unit, i) => [unit, 1024 ** i])),
  print: (amount) => (Number.isInteger(amount) ? String(amount) : amount.toFixed(2)),
}

/** A text is why it is none, in Trino's words. */
export const parseDuration = (text: string): Quantity | string => parse(text, TIME)
export const parseDataSize = (text: string): Quantity | string => parse(text, SIZE)

function parse(text: string, { name, what, factors, print }: Units): Quantity | string {
  const [, digits, unit = ''] = TEXT.exec(text) ?? []
  if (digits === undefined) return `${name} is not a valid data ${name} string: ${text}`
  const amount = Number(digits)
  const factor = factors.get(unit)
  return factor === undefined ? `Unknown ${what}: ${unit}` : { value: amount * factor, printed: `${print(amount)}${unit}` }
}

/** In the largest unit of which it is one at least. */
export function printDataSize(bytes: number): string {
  const power = SIZES.findLastIndex((_, i) => i === 0 || bytes >= 1024 ** i)
  return `${SIZE.print(bytes / 1024 ** power)}${SIZES[power]}`
}
