// Well-known text, read and written as Esri's library does in Trino.
import { spend } from '#parts/engine/geometry/budget'
import {
  assertFinite,
  type Kind,
  type Path,
  type Point,
  polygonsOf,
  reversed,
  ringOf,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'
import { BadArgument } from '#parts/engine/scalars/scalar'

const KINDS = /geometrycollection|multilinestring|multipolygon|multipoint|linestring|polygon|point/iy
const DEEPEST = 50

/** Java's white space. */
const isSpace = (c: string): boolean =>
  c < '\u0080'
    ? c === ' ' || (c >= '\t' && c <= '\r') || (c >= '\u001c' && c <= '\u001f')
    : /\p{Zs}|\p{Zl}|\p{Zp}/u.test(c) && !/[\u00a0\u2007\u202f]/.test(c)

class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** A sticky pattern, after white space. */
  take(token: RegExp): string | undefined {
    while (isSpace(this.text[this.at] ?? 'x')) this.at++
    token.lastIndex = this.at
    const [found] = token.exec(this.text) ?? []
    if (found !== undefined) this.at += found.length
    return found
  }

  need(token: RegExp): string {
    const found = this.take(token)
    if (found === undefined) throw new BadArgument('Invalid WKT')
    return found
  }

  number(): number {
    if (this.take(/nan/iy) !== undefined) throw unserved('a geometry with coordinates that are not finite')
    const value = Number(this.need(/[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?/iy))
    assertFinite(value)
    return value
  }

  point(): Point {
    return [this.number(), this.number()]
  }

  /** `EMPTY` is none; else what is between brackets. */
  list<T>(one: () => T): T[] {
    if (this.take(/empty/iy) !== undefined) return []
    this.need(/\(/iy)
    const made = [one()]
    while (this.take(/,/iy) !== undefined) made.push(one())
    this.need(/\)/iy)
    return made
  }

  line(): Path {
    const points = this.list(() => this.point())
    return points.length === 1 ? [points[0] as Point, points[0] as Point] : points
  }

  polygon(): Path[] {
    const rings = this.list(() => this.line()).filter((ring) => ring.length > 0)
    return rings.map((ring, i) => ringOf(ring, i === 0))
  }

  multiPoint(): Path[] {
    if (this.take(/empty/iy) !== undefined) return []
    this.need(/\(/iy)
    const isNested = this.take(/(?=\(|empty)/iy) !== undefined
    const one = () => {
      const [found] = isNested ? this.list(() => this.point()) : [this.point()]
      if (!found) throw unserved('a multipoint with an empty point')
      return [found]
    }
    const made = [one()]
    while (this.take(/,/iy) !== undefined) made.push(one())
    this.need(/\)/iy)
    return made
  }

  geometry(depth = 0): Shape {
    if (depth > DEEPEST) throw unserved('a collection of collections so deep')
    const kind = this.take(KINDS)?.toUpperCase() as Kind | undefined
    if (!kind) throw new BadArgument('Invalid WKT')
    if (this.take(/[zm]/iy) !== undefined) throw unserved('a geometry with more than two dimensions')
    switch (kind) {
      case 'POINT': {
        if (this.take(/empty/iy) !== undefined) return shape(kind, [])
        this.need(/\(/iy)
        const made = this.point()
        this.need(/\)/iy)
        return shape(kind, [[made]])
      }
      case 'MULTIPOINT':
        return shape(kind, this.multiPoint())
      case 'LINESTRING':
        return shape(kind, lines([this.line()]))
      case 'MULTILINESTRING':
        return shape(kind, lines(this.list(() => this.line())))
      case 'POLYGON':
        return shape(kind, this.polygon())
      case 'MULTIPOLYGON':
        return shape(kind, this.list(() => this.polygon()).flat())
      default:
        return shape(
          kind,
          [],
          this.list(() => this.geometry(depth + 1)),
        )
    }
  }
}

const lines = (paths: readonly Path[]): Path[] => paths.filter((path) => path.length > 0)

/** What follows the geometry is not looked at. */
export function readWkt(text: string): Shape {
  spend(4 * text.length, 'a geometry of so many points')
  return new Reader(text).geometry()
}

/** Seventeen digits as Java's %g writes them, without zeros at the end of a fraction. */
function printNumber(n: number): string {
  if (n === 0) return Object.is(n, -0) ? '-0' : '0'
  const size = Math.abs(n)
  if (size >= 1e-4 && size < 1e17) return plain(n)
  const [mantissa, exponent] = n.toExponential().split('e') as [string, string]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string | undefined]
  const sign = exponent.startsWith('-') ? '-' : '+'
  return `${whole}.${fraction.padEnd(16, '0')}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`
}

/** JavaScript writes numbers without an exponent up to 1e21 and down to 1e-6. */
const plain = (n: number): string => String(n)

const pointText = ([x, y]: Point): string => `${printNumber(x)} ${printNumber(y)}`
const lineText = (path: Path): string => `(${path.map(pointText).join(', ')})`

/** Against the clock outside, and closed. */
const ringText = (ring: Path): string => lineText([...reversed(ring), ring[0] as Point])
const polygonText = (rings: readonly Path[]): string => `(${rings.map(ringText).join(', ')})`

export function printWkt(given: Shape): string {
  const { kind, paths, members } = withoutEnvelope(given)
  const parts =
    kind === 'GEOMETRYCOLLECTION'
      ? members.map(printWkt)
      : kind.endsWith('POLYGON')
        ? polygonsOf({ kind, paths, members }).map(polygonText)
        : paths.map(lineText)
  if (parts.length === 0) return `${kind} EMPTY`
  const isList = kind.startsWith('MULTI') || kind === 'GEOMETRYCOLLECTION'
  return `${kind} ${isList ? `(${parts.join(', ')})` : parts[0]}`
}

/** As a value of a result: an envelope without an area is no geometry. */
export function showWkt(given: Shape): string {
  if (given.kind === 'ENVELOPE') {
    const [[x0, y0], [x1, y1]] = given.paths[0] as unknown as [Point, Point]
    if (x0 === x1 || y0 === y1) return '<invalid geometry>'
  }
  return printWkt(given)
}
