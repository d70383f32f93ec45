// A geometry of the engine: a JSON text of its kind and its coordinates. Outer rings run clockwise and inner ones against it, as Trino keeps
// them; no ring repeats its first point.
import { spend } from '#parts/engine/geometry/budget'
import { BadArgument } from '#parts/engine/scalars/scalar'

export type Point = readonly [x: number, y: number]
export type Path = readonly Point[]
export type Simple = 'POINT' | 'MULTIPOINT' | 'LINESTRING' | 'MULTILINESTRING' | 'POLYGON' | 'MULTIPOLYGON'
export type Kind = Simple | 'GEOMETRYCOLLECTION' | 'ENVELOPE'

export interface Shape {
  readonly kind: Kind
  /** One of each point, line or ring; of an envelope its two corners. */
  readonly paths: readonly Path[]
  readonly members: readonly Shape[]
}

export const NAMES: Readonly<Record<Kind, string>> = {
  POINT: 'Point',
  MULTIPOINT: 'MultiPoint',
  LINESTRING: 'LineString',
  MULTILINESTRING: 'MultiLineString',
  POLYGON: 'Polygon',
  MULTIPOLYGON: 'MultiPolygon',
  GEOMETRYCOLLECTION: 'GeometryCollection',
  ENVELOPE: 'Polygon',
}

export const shape = (kind: Kind, paths: readonly Path[], members: readonly Shape[] = []): Shape => ({ kind, paths, members })
export const point = (x: number, y: number): Shape => shape('POINT', [[[x, y]]])

export const isMulti = ({ kind }: Shape): boolean => kind.startsWith('MULTI') || kind === 'GEOMETRYCOLLECTION'
export const isPolygonal = ({ kind }: Shape): boolean => kind.endsWith('POLYGON') || kind === 'ENVELOPE'
export const isLineal = ({ kind }: Shape): boolean => kind.endsWith('LINESTRING')
export const isPuntal = ({ kind }: Shape): boolean => kind.endsWith('POINT')
export const isEmpty = ({ paths, members }: Shape): boolean => paths.length === 0 && members.every(isEmpty)

export const unserved = (text: string): BadArgument => new BadArgument(`${text} is not served here yet`, 'NOT_SUPPORTED')

/** Products of three differences of such are still numbers: areas, centres and sides of lines stay what they are. */
const LARGEST_COORDINATE = 1e100

/** Finite numbers only, with which can be computed. */
export function assertFinite(...numbers: readonly number[]): void {
  if (!numbers.every(Number.isFinite)) throw unserved('a geometry with coordinates that are not finite')
  if (numbers.some((n) => Math.abs(n) > LARGEST_COORDINATE)) throw unserved('a geometry with coordinates beyond 1e100')
}

const numberText = (n: number): string => (Object.is(n, -0) ? '-0' : String(n))

export function write(given: Shape): string {
  const paths = given.paths.map((path) => `[${path.map(([x, y]) => `${numberText(x)},${numberText(y)}`).join(',')}]`)
  const members = given.members.length > 0 ? `,[${given.members.map(write).join(',')}]` : ''
  return `["${given.kind}",[${paths.join(',')}]${members}]`
}

type Written = readonly [kind: Kind, paths: readonly (readonly number[])[], members?: readonly Written[]]

/** The last ones, since one geometry is often asked for many rows. */
const known = new Map<string, Shape>()
const MOST_KNOWN = 64
const MOST_CHARACTERS = 200_000
const CHARACTERS_OF_POINT = 16

export function read(text: string): Shape {
  const old = known.get(text)
  spend(old ? text.length / CHARACTERS_OF_POINT : 2 * text.length, 'a geometry of so many points')
  if (old) return old
  const made = ofWritten(JSON.parse(text) as Written)
  if (text.length <= MOST_CHARACTERS) {
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value as string)
    known.set(text, made)
  }
  return made
}

function ofWritten([kind, paths, members = []]: Written): Shape {
  return shape(kind, paths.map(pathOf), members.map(ofWritten))
}

function pathOf(numbers: readonly number[]): Path {
  const path: Point[] = []
  for (let i = 0; i < numbers.length; i += 2) path.push([numbers[i] as number, numbers[i + 1] as number])
  return path
}

/** Twice the signed area around the first point: positive clockwise. */
export function turn(ring: Path): number {
  const [x0, y0] = ring[0] as Point
  let sum = 0
  for (const [i, [x, y]] of ring.entries()) {
    const [u, v] = ring[(i + 1) % ring.length] as Point
    sum += (u - x0 - (x - x0)) * (v - y0 + (y - y0))
  }
  return sum
}

export const isOuter = (ring: Path): boolean => turn(ring) > 0

/** The other way round from the same point. */
export const reversed = ([first, ...rest]: Path): Path => (first ? [first, ...rest.toReversed()] : [])

/** A ring in the direction of its part; what encloses nothing is no ring. */
export function ringOf(points: Path, outer: boolean): Path {
  const [first, last] = [points[0], points.at(-1)]
  const open = points.length > 1 && first?.[0] === last?.[0] && first?.[1] === last?.[1] ? points.slice(0, -1) : points
  if (open.length < 3 || turn(open) === 0) throw unserved('a polygon with a ring that encloses nothing')
  return isOuter(open) === outer ? open : reversed(open)
}

/** Outer rings, each with its inner ones. */
export function polygonsOf({ kind, paths }: Shape): Path[][] {
  if (kind === 'ENVELOPE') return [[corners(paths[0] as Path)]]
  const polygons: Path[][] = []
  for (const ring of paths) {
    if (isOuter(ring)) polygons.push([ring])
    else polygons.at(-1)?.push(ring)
  }
  return polygons
}

/** From the lower left, clockwise. */
export function corners(envelope: Path): Path {
  const [[x0, y0], [x1, y1]] = envelope as [Point, Point]
  if (x0 === x1 || y0 === y1) throw unserved('an envelope without an area')
  return [
    [x0, y0],
    [x0, y1],
    [x1, y1],
    [x1, y0],
  ]
}

/** The same as a polygon, where it is an envelope. */
export const withoutEnvelope = (given: Shape): Shape =>
  given.kind === 'ENVELOPE' ? shape('POLYGON', [corners(given.paths[0] as Path)]) : given

export interface Bounds {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

const bounds = new WeakMap<Shape, Bounds | undefined>()

export function boundsOf(given: Shape): Bounds | undefined {
  if (!bounds.has(given)) bounds.set(given, measuredBounds(given))
  return bounds.get(given)
}

function measuredBounds(given: Shape): Bounds | undefined {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const part of leaves(given))
    for (const path of part.paths)
      for (const [x, y] of path) [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)]
  return x0 <= x1 ? { x0, y0, x1, y1 } : undefined
}

/** Without collections. */
export const leaves = (given: Shape): readonly Shape[] => (given.kind === 'GEOMETRYCOLLECTION' ? given.members.flatMap(leaves) : [given])
