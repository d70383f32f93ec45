// Points, boundaries and validity of a geometry.
import { assertValid, segments, touchesItself } from '#parts/engine/geometry/noding'
import {
  isEmpty,
  isLineal,
  isPolygonal,
  isPuntal,
  leaves,
  type Path,
  type Point,
  reversed,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'

/** In the order in which they are kept; rings end where they began. */
export function pointsOf(given: Shape): Point[] {
  return leaves(given).flatMap((part) => {
    const whole = withoutEnvelope(part)
    return whole.paths.flatMap((path) => (isPolygonal(whole) ? [...path, path[0] as Point] : path))
  })
}

export function boundary(given: Shape): Shape {
  const whole = withoutEnvelope(given)
  if (whole.kind === 'GEOMETRYCOLLECTION') throw unserved('ST_Boundary of a geometry collection')
  if (isPolygonal(whole)) return shape('MULTILINESTRING', whole.paths.map(asLine))
  if (isPuntal(whole) || isEmpty(whole)) return shape('MULTIPOINT', [])
  const [path, ...others] = whole.paths as [Path]
  if (others.length > 0) throw unserved('ST_Boundary of several lines')
  const [first, last] = [path[0], path.at(-1)] as [Point, Point]
  return shape('MULTIPOINT', first[0] === last[0] && first[1] === last[1] ? [] : [[first], [last]])
}

/** Rings as lines run as they are shown. */
export const asLine = (ring: Path): Path => [...reversed(ring), ring[0] as Point]

const TOLERANCE = 1e-9

/** Valid and simple, or `name` does not decide it here. */
export function assertSimple(name: string, given: Shape): void {
  for (const part of leaves(given)) {
    const whole = withoutEnvelope(part)
    if (isPuntal(whole) || isEmpty(whole)) continue
    if (whole.paths.length > 1 && !(whole.kind === 'POLYGON')) throw unserved(`${name} of several parts`)
    const own = segments(whole)
    if (isLineal(whole) && touchesItself(own, TOLERANCE)) throw unserved(`${name} of a line that touches itself`)
    assertValid(whole, () => own, TOLERANCE)
  }
}

/** Of one line that does not come near itself, of a valid polygon, of one point. */
export function isSimple(name: string, given: Shape): boolean {
  if (given.kind === 'POINT') return true
  if (given.kind === 'MULTIPOINT') return new Set(given.paths.map(([p]) => String(p))).size === given.paths.length
  assertSimple(name, given)
  return true
}

/** What has no point to spare. */
export function simplified(given: Shape): Shape {
  if (isPuntal(given)) return given
  const whole = withoutEnvelope(given)
  if (given.kind === 'POLYGON' && whole.paths.every((ring) => ring.length === 3)) return whole
  if (whole.kind === 'LINESTRING' && whole.paths.every((path) => path.length === 2)) return whole
  throw unserved('simplify_geometry of such a geometry')
}
