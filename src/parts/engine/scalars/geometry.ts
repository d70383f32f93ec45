// Parts of geometries, their measures, and how they lie to each other.

import { BIGINT, BOOLEAN, DOUBLE, type DuckDBListValue, INTEGER, LIST, TINYINT, VARCHAR } from '@duckdb/node-api'
import { distance, interpolate, locate, nearestPoints } from '#parts/engine/geometry/distances'
import { area, centroid, isConvex, lineLength } from '#parts/engine/geometry/measures'
import { asLine, assertSimple, boundary, isSimple, pointsOf, simplified } from '#parts/engine/geometry/parts'
import { isRelated, PREDICATES } from '#parts/engine/geometry/relate'
import {
  type Bounds,
  boundsOf,
  isEmpty,
  isLineal,
  isMulti,
  isPolygonal,
  leaves,
  NAMES,
  type Path,
  type Point,
  point,
  polygonsOf,
  read,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
  write,
} from '#parts/engine/geometry/shape'
import { asPolygon, list, lister, maker, measure, named, nth, only, spherical } from '#parts/engine/scalars/geometry-define'
import { GEOMETRY_FORMS } from '#parts/engine/scalars/geometry-forms'
import { greatCircle } from '#parts/engine/scalars/misc'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const lineOf = (path: Path): Shape => shape('LINESTRING', [path])

const innerRings = (given: Shape): Shape[] => given.paths.slice(1).map((ring) => lineOf(asLine(ring)))

function partsOf(given: Shape): Shape[] {
  const whole = withoutEnvelope(given)
  if (!isMulti(whole)) return [whole]
  if (whole.kind === 'GEOMETRYCOLLECTION') return [...whole.members]
  if (whole.kind === 'MULTIPOLYGON') return polygonsOf(whole).map((rings) => shape('POLYGON', rings))
  return whole.paths.map((path) => shape(whole.kind === 'MULTIPOINT' ? 'POINT' : 'LINESTRING', [path]))
}

const bound = (name: string, of: keyof Bounds): Scalar => measure(name, DOUBLE, (given) => boundsOf(given)?.[of])

const isWithin = (outer: Bounds, inner: Bounds): boolean =>
  outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1
const doMeet = (a: Bounds, b: Bounds): boolean => a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1

/** What the rectangles around the two already tell. */
function predicate(name: string, otherwise: boolean, may: (a: Bounds, b: Bounds) => boolean): Scalar {
  return named(`st_${name}`, [VARCHAR, VARCHAR], BOOLEAN, (left: string, right: string) => {
    const [a, b] = [read(left), read(right)]
    const [x, y] = [boundsOf(a), boundsOf(b)]
    if (!x || !y || !may(x, y)) return otherwise
    return PREDICATES[name]?.(a, b)
  })
}

function stRelate(left: string, right: string, pattern: string): boolean {
  if (!/^[TF*012]{9}$/.test(pattern)) throw unserved('ST_Relate with such a pattern')
  return isRelated(read(left), read(right), [pattern])
}

function envelope(given: Shape): Shape {
  const b = boundsOf(given)
  return b
    ? shape('ENVELOPE', [
        [
          [b.x0, b.y0],
          [b.x1, b.y1],
        ],
      ])
    : shape('POLYGON', [])
}

function buffer(text: string, distanceAround: number): string {
  if (Number.isNaN(distanceAround) || distanceAround < 0) throw new BadArgument('distance is NaN or negative')
  if (distanceAround === 0) return text
  throw unserved('ST_Buffer with a distance')
}

function simplify(text: string, tolerance: number): string {
  if (Number.isNaN(tolerance) || tolerance < 0) throw new BadArgument('distanceTolerance is NaN or negative')
  return tolerance === 0 ? text : write(simplified(read(text)))
}

function convexHull(given: Shape): Shape {
  const whole = withoutEnvelope(given)
  if (isEmpty(given) || given.kind === 'POINT') return given
  if (isConvex(whole)) return whole
  throw unserved('ST_ConvexHull of such a geometry')
}

const metres = ([x, y]: Point, [u, v]: Point): number => greatCircle(y, x, v, u)

function sphericalLength(given: Shape): number | undefined {
  if (isEmpty(given)) return undefined
  only('ST_Length', given, 'LINESTRING', 'MULTILINESTRING')
  let sum = 0
  for (const path of given.paths) for (const [i, p] of path.slice(1).entries()) sum += metres(path[i] as Point, p)
  return sum * 1000
}

function sphericalArea(given: Shape): undefined {
  if (isEmpty(given)) return undefined
  only('ST_Area', given, 'POLYGON', 'MULTIPOLYGON')
  throw unserved('ST_Area of a spherical geography')
}

function sphericalDistance(left: string, right: string): number | undefined {
  const [a, b] = [read(left), read(right)]
  if (isEmpty(a) || isEmpty(b)) return undefined
  for (const given of [a, b]) only('ST_Distance', given, 'POINT')
  return metres((a.paths[0] as Path)[0] as Point, (b.paths[0] as Path)[0] as Point) * 1000
}

const PARTS: readonly Scalar[] = [
  nth('st_geometryn', (given, i) => (isEmpty(given) ? undefined : partsOf(given)[i - 1])),
  nth('st_pointn', (given, i) => {
    only('ST_PointN', given, 'LINESTRING')
    const p = given.paths[0]?.[i - 1]
    return p && point(...p)
  }),
  nth('st_interiorringn', (given, i) => innerRings(asPolygon('ST_InteriorRingN', given))[i - 1]),
  lister('st_interiorrings', (given) => {
    const polygon = asPolygon('ST_InteriorRings', given)
    return isEmpty(polygon) ? undefined : innerRings(polygon)
  }),
  lister('st_geometries', (given) => (isEmpty(given) ? undefined : partsOf(given))),
  lister('st_points', (given) => (isEmpty(given) ? undefined : pointsOf(given).map((p) => point(...p)))),
  lister('st_envelopeaspts', (given) => {
    const b = boundsOf(given)
    return b && [point(b.x0, b.y0), point(b.x1, b.y1)]
  }),
  maker('st_exteriorring', (given) => {
    const [ring] = asPolygon('ST_ExteriorRing', given).paths
    return ring && lineOf(asLine(ring))
  }),
  maker('st_startpoint', (given) => endOf('ST_StartPoint', given, 0)),
  maker('st_endpoint', (given) => endOf('ST_EndPoint', given, -1)),
  maker('st_boundary', boundary),
  maker('st_envelope', envelope),
  maker('st_centroid', centroid),
  maker('st_convexhull', convexHull),
  maker('to_spherical_geography', spherical),
  named('st_buffer', [VARCHAR, DOUBLE], VARCHAR, buffer),
  named('simplify_geometry', [VARCHAR, DOUBLE], VARCHAR, simplify),
  named('line_interpolate_point', [VARCHAR, DOUBLE], VARCHAR, (text: string, share: number) => {
    const [made] = interpolate(read(text), share, false) ?? []
    return made && write(made)
  }),
  named('line_interpolate_points', [VARCHAR, DOUBLE], LIST(VARCHAR), (text: string, step: number) =>
    list(interpolate(read(text), step, true)),
  ),
  named('geometry_nearest_points', [VARCHAR, VARCHAR], LIST(VARCHAR), (left: string, right: string) =>
    list(nearestPoints(read(left), read(right))),
  ),
]

function endOf(name: string, given: Shape, index: number): Shape | undefined {
  only(name, given, 'LINESTRING')
  const end = given.paths[0]?.at(index)
  return end && point(...end)
}

function coordinate(name: string, axis: 0 | 1): Scalar {
  return measure(name, DOUBLE, (given) => {
    only(name, given, 'POINT')
    return given.paths[0]?.[0]?.[axis]
  })
}

const MEASURES: readonly Scalar[] = [
  measure('st_area', DOUBLE, area),
  measure('st_length', DOUBLE, (given) => {
    only('ST_Length', given, 'LINESTRING', 'MULTILINESTRING')
    return lineLength(given)
  }),
  measure('st_spherical_area', DOUBLE, sphericalArea),
  measure('st_spherical_length', DOUBLE, sphericalLength),
  named('st_spherical_distance', [VARCHAR, VARCHAR], DOUBLE, sphericalDistance),
  named('st_distance', [VARCHAR, VARCHAR], DOUBLE, (left: string, right: string) => distance(read(left), read(right))),
  named('line_locate_point', [VARCHAR, VARCHAR], DOUBLE, (left: string, right: string) => locate(read(left), read(right))),
  coordinate('st_x', 0),
  coordinate('st_y', 1),
  bound('st_xmin', 'x0'),
  bound('st_ymin', 'y0'),
  bound('st_xmax', 'x1'),
  bound('st_ymax', 'y1'),
  measure('st_dimension', TINYINT, (given) =>
    leaves(given).reduce((most, part) => Math.max(most, isPolygonal(part) ? 2 : isLineal(part) ? 1 : 0), 0),
  ),
  measure('st_numgeometries', INTEGER, (given) => (isEmpty(given) ? 0 : partsOf(given).length)),
  measure('st_numinteriorring', BIGINT, (given) => {
    const polygon = asPolygon('ST_NumInteriorRing', given)
    return isEmpty(polygon) ? undefined : BigInt(polygon.paths.length - 1)
  }),
  measure('st_numpoints', BIGINT, (given) =>
    BigInt(leaves(given).reduce((sum, part) => sum + withoutEnvelope(part).paths.flat().length, 0)),
  ),
  measure('st_geometrytype', VARCHAR, (given) => `ST_${NAMES[given.kind] === 'GeometryCollection' ? 'GeomCollection' : NAMES[given.kind]}`),
]

const QUESTIONS: readonly Scalar[] = [
  predicate('contains', false, isWithin),
  predicate('within', false, (a, b) => isWithin(b, a)),
  predicate('crosses', false, doMeet),
  predicate('disjoint', true, doMeet),
  predicate('intersects', false, doMeet),
  predicate('overlaps', false, doMeet),
  predicate('touches', false, doMeet),
  named('st_equals', [VARCHAR, VARCHAR], BOOLEAN, (left: string, right: string) => PREDICATES.equals?.(read(left), read(right))),
  named('st_relate', [VARCHAR, VARCHAR, VARCHAR], BOOLEAN, stRelate),
  measure('st_isempty', BOOLEAN, isEmpty),
  measure('st_isclosed', BOOLEAN, (given) => {
    only('ST_IsClosed', given, 'LINESTRING', 'MULTILINESTRING')
    return given.paths.every((path) => path[0]?.[0] === path.at(-1)?.[0] && path[0]?.[1] === path.at(-1)?.[1])
  }),
  measure('st_isring', BOOLEAN, (given) => {
    only('ST_IsRing', given, 'LINESTRING')
    const [first, last] = [given.paths[0]?.[0], given.paths[0]?.at(-1)]
    if (!first || !last) throw unserved('ST_IsRing of an empty line')
    return first[0] === last[0] && first[1] === last[1] && isSimple('ST_IsRing', given)
  }),
  measure('st_issimple', BOOLEAN, (given) => isEmpty(given) || isSimple('ST_IsSimple', given)),
  measure('st_isvalid', BOOLEAN, (given) => {
    assertSimple('ST_IsValid', given)
    return true
  }),
  measure('geometry_invalid_reason', VARCHAR, (given) => {
    assertSimple('geometry_invalid_reason', given)
    return undefined
  }),
]

/** Of one geometry; the order of the corners of more is the library's own. */
function hullOfAll({ items }: DuckDBListValue): string | undefined {
  const given = new Set((items as (string | null)[]).filter((text) => text !== null))
  if (given.size > 1) throw unserved('convex_hull_agg of more than one geometry')
  const [one] = given
  return one === undefined ? undefined : write(convexHull(read(one)))
}

const OF_MANY: readonly Scalar[] = [named('convex_hulls', [LIST(VARCHAR)], VARCHAR, hullOfAll)]

export const GEOMETRY: readonly Scalar[] = [...GEOMETRY_FORMS, ...PARTS, ...MEASURES, ...QUESTIONS, ...OF_MANY]
