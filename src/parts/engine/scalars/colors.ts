// Colours of a terminal: those of the system are negative numbers from -1 on, others are red, green and blue in one.
import { BIGINT, DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const { fround } = Math

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

const rgbOf = (color: number): readonly number[] => {
  if (color < 0) throw new BadArgument('color is not a valid rgb value')
  return [16, 8, 0].map((shift) => (color >> shift) & 255)
}

/** Hue, saturation and brightness, in Java's floats. */
function toHsb(color: number): readonly [number, number, number] {
  const parts = rgbOf(color)
  const [most, least] = [Math.max(...parts), Math.min(...parts)]
  const saturation = most === 0 ? 0 : fround((most - least) / most)
  if (saturation === 0) return [0, 0, fround(most / 255)]
  const place = parts.indexOf(most)
  const [before, after] = [(place + 2) % 3, (place + 1) % 3].map((i) => fround((most - (parts[i] as number)) / (most - least)))
  const turned = fround(fround(2 * place + (before as number)) - (after as number))
  const hue = fround(turned / 6)
  return [hue < 0 ? fround(hue + 1) : hue, saturation, fround(most / 255)]
}

/** Cut as Java cuts: what is no number is none. */
const toByte = (share: number): number => Math.trunc(fround(fround(share * 255) + 0.5)) || 0

function fromHsb(hue: number, saturation: number, brightness: number): number {
  const whole = toByte(brightness)
  if (saturation === 0) return whole * 0x10101
  const h = fround(fround(hue - Math.floor(hue)) * 6)
  const f = fround(h - Math.floor(h))
  const dimmed = (share: number) => toByte(fround(brightness * fround(1 - share)))
  const [p, q, t] = [saturation, fround(saturation * f), fround(saturation * fround(1 - f))].map(dimmed) as [number, number, number]
  const sectors = [
    [whole, t, p],
    [q, whole, p],
    [p, whole, t],
    [p, q, whole],
    [t, p, whole],
    [whole, p, q],
  ]
  return (sectors[Math.trunc(h) || 0] as number[]).reduce((made, part) => made * 256 + part, 0)
}

function blend(share: number, low: number, high: number): number {
  const [from, to] = [toHsb(low), toHsb(high)]
  const [h, s, b] = from.map((start, i) => fround(fround(fround(share) * fround((to[i] as number) - start)) + start))
  return fromHsb(h as number, s as number, b as number)
}

const between = (share: number, low: number, high: number): number => blend(Math.max(0, Math.min(1, share)), low, high)

const LONGEST_BAR = 10_000n

function bar(percent: number, width: bigint, low: number, high: number): string {
  if (width > LONGEST_BAR) throw new BadArgument('bar of such a width is not served here yet', 'NOT_SUPPORTED')
  const size = Math.max(0, Number(width))
  const filled = Math.max(0, Math.min(size, Math.trunc(percent * Number(width)) || 0))
  const blocks = Array.from({ length: filled }, (_, i) => `${escapeOf(blend(i / (size - 1), low, high))}█`)
  return `${blocks.join('')}\u001b[0m${' '.repeat(size - filled)}`
}

export const COLORS: readonly Scalar[] = [
  { name: 'trino_color', parameters: [VARCHAR], result: INTEGER, of: color },
  { name: 'trino_color_between', parameters: [DOUBLE, INTEGER, INTEGER], result: INTEGER, of: between },
  {
    name: 'trino_color_of',
    parameters: [DOUBLE, DOUBLE, DOUBLE, INTEGER, INTEGER],
    result: INTEGER,
    of: (value: number, least: number, most: number, low: number, high: number) => between((value - least) / (most - least), low, high),
  },
  { name: 'trino_rgb', parameters: [BIGINT, BIGINT, BIGINT], result: INTEGER, of: rgb },
  { name: 'trino_color_name', parameters: [INTEGER], result: VARCHAR, of: nameOf },
  { name: 'trino_render', parameters: [VARCHAR, INTEGER], result: VARCHAR, of: render },
  { name: 'trino_render_double', parameters: [DOUBLE, INTEGER], result: VARCHAR, of: renderDouble },
  { name: 'trino_bar', parameters: [DOUBLE, BIGINT, INTEGER, INTEGER], result: VARCHAR, of: bar },
]
