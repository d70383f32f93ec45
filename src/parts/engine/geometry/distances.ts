// Distances in the plane and places on lines, by the steps of Trino's two libraries.
import { spend } from '#parts/engine/geometry/budget'
import { between, lineLength, segmentLength, segmentsOf } from '#parts/engine/geometry/measures'
import { PREDICATES } from '#parts/engine/geometry/relate'
import {
  isEmpty,
  isLineal,
  isPolygonal,
  isPuntal,
  leaves,
  NAMES,
  type Path,
  type Point,
  point,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'
import { BadArgument } from '#parts/engine/scalars/scalar'

type Segment = readonly [from: Point, to: Point]

const lengthTo = ([x, y]: Point, [u, v]: Point): number => Math.sqrt((x - u) * (x - u) + (y - v) * (y - v))

function nearestOn(p: Point, segment: Segment): Point {
  const [[x, y], [u, v]] = segment
  const [vx, vy] = [u - x, v - y]
  const square = vx * vx + vy * vy
  const t = square === 0 ? 0.5 : Math.min(1, Math.max(0, ((p[0] - x) * vx + (p[1] - y) * vy) / square))
  return between(segment, t)
}

const segments = (given: Shape): Segment[] => given.paths.flatMap((path) => segmentsOf(path, isPolygonal(given)))
const STEPS_OF_DISTANCE = 5
const STEPS_OF_POINT = 110

export function distance(left: Shape, right: Shape): number | undefined {
  if (isEmpty(left) || isEmpty(right)) return undefined
  const [a, b] = [withoutEnvelope(left), withoutEnvelope(right)]
  if (leaves(a).length !== 1 || a.kind === 'GEOMETRYCOLLECTION' || b.kind === 'GEOMETRYCOLLECTION')
    throw unserved('a distance of a geometry collection')
  if (isPolygonal(a) || isPolygonal(b) || (isLineal(a) && isLineal(b))) if (PREDICATES.intersects?.(a, b)) return 0
  const [as, bs] = [a, b].map((s) => (isPuntal(s) ? [] : segments(s))) as [Segment[], Segment[]]
  const [ap, bp] = [a.paths.flat(), b.paths.flat()]
  spend(STEPS_OF_DISTANCE * (as.length + ap.length) * (bs.length + bp.length), 'a distance of geometries with so many points')
  let least = Infinity
  if (as.length === 0 && bs.length === 0) for (const p of ap) for (const q of bp) least = Math.min(least, lengthTo(p, q))
  for (const s of bs) for (const p of ap) least = Math.min(least, lengthTo(p, nearestOn(p, s)))
  for (const s of as) for (const p of bp) least = Math.min(least, lengthTo(p, nearestOn(p, s)))
  return least
}

/** The foot of a point on a segment, as JTS computes it. */
function footOn(p: Point, [[x, y], [u, v]]: Segment): Point {
  const [dx, dy] = [u - x, v - y]
  const square = dx * dx + dy * dy
  const factor =
    p[0] === x && p[1] === y ? 0 : p[0] === u && p[1] === v ? 1 : square <= 0 ? Number.NaN : ((p[0] - x) * dx + (p[1] - y) * dy) / square
  if (factor > 0 && factor < 1) return [x + factor * dx, y + factor * dy]
  return lengthTo([x, y], p) < lengthTo([u, v], p) ? [x, y] : [u, v]
}

/** Of a point and one other geometry. */
export function nearestPoints(left: Shape, right: Shape): readonly [Shape, Shape] | undefined {
  if (isEmpty(left) || isEmpty(right)) return undefined
  if (left.kind !== 'POINT' && right.kind === 'POINT') return nearestPoints(right, left)?.toReversed() as [Shape, Shape]
  const [p] = left.paths.flat() as [Point]
  const other = withoutEnvelope(right)
  if (left.kind !== 'POINT' || other.kind === 'GEOMETRYCOLLECTION' || other.kind === 'MULTIPOLYGON')
    throw unserved('geometry_nearest_points of two such geometries')
  const near = (q: Point): readonly [Shape, Shape] => [left, point(...q)]
  if (other.kind === 'POINT') return near((other.paths[0] as Path)[0] as Point)
  if (isPolygonal(other) && PREDICATES.contains?.(other, left)) return near(p)
  const feet = isPuntal(other) ? other.paths.flat() : segments(other).map((s) => footOn(p, s))
  return near(feet.reduce((best, q) => (lengthTo(p, q) < lengthTo(p, best) ? q : best)))
}

const notAPoint = (given: Shape) => {
  const text = `Second argument to line_locate_point must be a Point. Got: ${NAMES[given.kind]}`
  return new BadArgument('Second argument to line_locate_point must be a Point', undefined, text)
}

/** The share of the length of a line at which it is nearest to a point. */
export function locate(line: Shape, at: Shape): number | undefined {
  if (isEmpty(line) || isEmpty(at)) return undefined
  if (!isLineal(line)) throw new BadArgument('First argument to line_locate_point must be a LineString or a MultiLineString')
  if (at.kind !== 'POINT') throw notAPoint(at)
  if (line.kind === 'MULTILINESTRING') throw unserved('line_locate_point of several lines')
  const [p] = at.paths.flat() as [Point]
  let [least, found, start, total] = [Infinity, -1, 0, 0]
  for (const segment of segments(line)) {
    const [[x, y], [u, v]] = segment
    const length = segmentLength(segment)
    const off = lengthTo(p, footOn(p, segment))
    if (off < least) {
      const [dx, dy] = [u - x, v - y]
      const factor = length === 0 ? 0 : ((p[0] - x) * dx + (p[1] - y) * dy) / (dx * dx + dy * dy)
      found = factor <= 0 ? start : factor <= 1 ? start + factor * length : start + length
      least = off
    }
    start += length
    total += length
  }
  return found / total
}

/** Points at each step of a share of the length; of one step only, where `repeated` is not set. */
export function interpolate(line: Shape, step: number, repeated: boolean): Shape[] | undefined {
  if (isEmpty(line)) return undefined
  if (line.kind !== 'LINESTRING') throw new BadArgument('line_interpolate_point only applies to LineString')
  if (step < 0 || step > 1 || Number.isNaN(step)) throw new BadArgument('fraction must be between 0 and 1')
  const [path] = line.paths as [Path]
  const last = path.at(-1) as Point
  if (step === 0) return [point(...(path[0] as Point))]
  if (step === 1) return [point(...last)]
  const wanted = repeated ? Math.floor(1 / step) : 1
  spend(wanted * STEPS_OF_POINT, 'line_interpolate_points with so many points')
  const total = lineLength(line)
  const made: Shape[] = []
  let [done, next] = [0, step]
  for (const [from, to] of segmentsOf(path, false)) {
    if (made.length >= wanted) break
    const share = lengthTo(from, to) / total
    for (; next < done + share && made.length < wanted; next += step) {
      const part = (next - done) / share
      made.push(point(from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part))
    }
    done += share
  }
  if (made.length < wanted) made.push(shape('POINT', [[last]]))
  return made
}
