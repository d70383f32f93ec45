// Colours of a terminal: those of the system are negative numbers from -1 on, others are red, green and blue in one.
import { BIGINT, DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

function color(text: string): number {
  const [, ...digits] = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text) ?? []
  if (digits.length === 3) return Number.parseInt(digits.map((digit) => digit + digit).join(''), 16)
  const index = NAMES.findIndex((name) => name.toUpperCase() === text.toUpperCase())
  if (index < 0) throw new BadArgument('Invalid color')
  return -(index + 1)
}

function rgb(...parts: readonly bigint[]): number {
  if (parts.some((part) => part < 0n || part > 255n)) throw new BadArgument('red, green and blue must be between 0 and 255')
  return parts.reduce((made, part) => made * 256 + Number(part), 0)
}

const nameOf = (value: number): string => (value < 0 ? (NAMES[-value - 1] as string) : `#${value.toString(16).padStart(6, '0')}`)

const escapeOf = (value: number): string => {
  const part = (shift: number) => Math.trunc((((value >> shift) & 255) * 6) / 256)
  return `\u001b[38;5;${value < 0 ? -value - 1 : 16 + part(16) * 36 + part(8) * 6 + part(0)}m`
}

const render = (text: string, value: number): string => `${escapeOf(value)}${text}\u001b[0m`

/** Java's shortest text of a number that needs no exponent. */
function renderDouble(n: number, value: number): string {
  const size = Math.abs(n)
  if (n !== 0 && (!Number.isFinite(n) || size < 1e-3 || size >= 1e7))
    throw new BadArgument('render of such a number is not served here yet', 'NOT_SUPPORTED')
  const text = Object.is(n, -0) ? '-0' : String(n)
  return render(text.includes('.') ? text : `${text}.0`, value)
}

const LONGEST_BAR = 10_000n

/** The blend of two colours is not served; without a block there is none. */
function bar(percent: number, width: bigint, low: number, high: number): string {
  const filled = Math.min(Number(width), Math.trunc(percent * Number(width)))
  if (width > LONGEST_BAR) throw new BadArgument('bar of such a width is not served here yet', 'NOT_SUPPORTED')
  if (!(filled > 0)) return `\u001b[0m${' '.repeat(Math.max(0, Number(width)))}`
  if (low < 0 || high < 0) throw new BadArgument('color is not a valid rgb value')
  throw new BadArgument('bar with blocks is not served here yet', 'NOT_SUPPORTED')
}

export const COLORS: readonly Scalar[] = [
  { name: 'trino_color', parameters: [VARCHAR], result: INTEGER, of: color },
  { name: 'trino_rgb', parameters: [BIGINT, BIGINT, BIGINT], result: INTEGER, of: rgb },
  { name: 'trino_color_name', parameters: [INTEGER], result: VARCHAR, of: nameOf },
  { name: 'trino_render', parameters: [VARCHAR, INTEGER], result: VARCHAR, of: render },
  { name: 'trino_render_double', parameters: [DOUBLE, INTEGER], result: VARCHAR, of: renderDouble },
  { name: 'trino_bar', parameters: [DOUBLE, BIGINT, INTEGER, INTEGER], result: VARCHAR, of: bar },
]
