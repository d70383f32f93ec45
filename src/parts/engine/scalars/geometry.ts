// Functions of geometries and of Bing's tiles.
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBBlobValue,
  type DuckDBListValue,
  INTEGER,
  LIST,
  listValue,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import * as bing from '#parts/engine/geometry/bing'
import { distance, interpolate, locate, nearestPoints } from '#parts/engine/geometry/distances'
import { area, centroid, isConvex, lineLength } from '#parts/engine/geometry/measures'
import { readGeoJson, readPolyline, writeGeoJson, writePolyline } from '#parts/engine/geometry/other-forms'
import { asLine, assertSimple, boundary, isSimple, pointsOf, simplified } from '#parts/engine/geometry/parts'
import { matches, PREDICATES, relate } from '#parts/engine/geometry/relate'
import {
  assertFinite,
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
import { readWkb, writeWkb } from '#parts/engine/geometry/wkb'
import { printWkt, readWkt, showWkt } from '#parts/engine/geometry/wkt'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { greatCircle } from '#parts/engine/scalars/misc'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const named = (name: string, parameters: Scalar['parameters'], result: Scalar['result'], of: Scalar['of']): Scalar => ({
  name: `trino_${name}`,
  parameters,
  result,
  of,
})

/** Of a geometry to a plain value. */
const measure = (name: string, result: Scalar['result'], of: (given: Shape) => ReturnType<Scalar['of']>): Scalar =>
  named(name, [VARCHAR], result, (text: string) => of(read(text)))

/** Of a geometry to another. */
const maker = (name: string, of: (given: Shape) => Shape | undefined): Scalar =>
  measure(name, VARCHAR, (given) => {
    const made = of(given)
    return made && write(made)
  })

const list = (shapes: readonly Shape[] | undefined) => shapes && listValue(shapes.map(write))
const lister = (name: string, of: (given: Shape) => readonly Shape[] | undefined): Scalar =>
  measure(name, LIST(VARCHAR), (given) => list(of(given)))

/** One part by its number. */
const nth = (name: string, of: (given: Shape, index: number) => Shape | undefined): Scalar =>
  named(name, [VARCHAR, INTEGER], VARCHAR, (text: string, index: number) => {
    const made = of(read(text), index)
    return made && write(made)
  })

function only(name: string, given: Shape, ...kinds: readonly string[]): void {
  const kind = withoutEnvelopeKind(given)
  if (!kinds.includes(kind)) throw new BadArgument(`${name} does not apply to ${NAMES[given.kind]}`)
}

const withoutEnvelopeKind = ({ kind }: Shape): string => (kind === 'ENVELOPE' ? 'POLYGON' : kind)
const asPolygon = (name: string, given: Shape): Shape => {
  only(name, given, 'POLYGON')
  return withoutEnvelope(given)
}

const lineOf = (path: Path): Shape => shape('LINESTRING', [path])

const innerRings = (given: Shape): Shape[] => given.paths.slice(1).map((ring) => lineOf(asLine(ring)))

function partsOf(given: Shape): Shape[] {
  const whole = withoutEnvelope(given)
  if (!isMulti(whole)) return [whole]
  if (whole.kind === 'GEOMETRYCOLLECTION') return [...whole.members]
  if (whole.kind === 'MULTIPOLYGON') return polygonsOf(whole).map((rings) => shape('POLYGON', rings))
  return whole.paths.map((path) => shape(whole.kind === 'MULTIPOINT' ? 'POINT' : 'LINESTRING', [path]))
}

function line(name: string, points: DuckDBListValue): Shape {
  const path = (points.items as (string | null)[]).map((text): Point => {
    if (text === null) throw unserved(`${name} of an array with a null`)
    const given = read(text)
    if (given.kind !== 'POINT' || isEmpty(given)) throw new BadArgument(`${name} takes only an array of valid points`)
    return (given.paths[0] as Path)[0] as Point
  })
  const isTwice = path.some(([x, y], i) => i > 0 && path[i - 1]?.[0] === x && path[i - 1]?.[1] === y)
  if (name === 'ST_LineString' && isTwice) throw new BadArgument('Invalid input to ST_LineString: consecutive duplicate points')
  if (name === 'ST_LineString' && path.length === 1) throw unserved('a line of one point')
  return name === 'ST_LineString'
    ? shape('LINESTRING', path.length === 0 ? [] : [path])
    : shape(
        'MULTIPOINT',
        path.map((p) => [p]),
      )
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
  return matches(relate(read(left), read(right)), pattern)
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

function spherical(given: Shape): Shape {
  const b = boundsOf(given)
  if (b && !(Math.min(b.y0, -b.y1) >= -90)) throw new BadArgument('Latitude must be between -90 and 90')
  if (b && !(Math.min(b.x0, -b.x1) >= -180)) throw new BadArgument('Longitude must be between -180 and 180')
  return given
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

function hadoopShape(bytes: DuckDBBlobValue): never {
  if (bytesOf(bytes).length <= 5) throw new BadArgument('Hadoop shape input is too short')
  throw unserved('geometry_from_hadoop_shape')
}

function kml(text: string): never {
  if (!text.trimStart().startsWith('<')) throw new BadArgument('Invalid KML')
  throw unserved('ST_GeomFromKML')
}

const tiles = (found: readonly bing.Tile[]) => listValue(found.map(bing.encode))

const TILES: readonly Scalar[] = [
  named('bing_tile', [INTEGER, INTEGER, INTEGER], BIGINT, (x: number, y: number, zoom: number) => bing.encode(bing.tileOf(x, y, zoom))),
  named('bing_tile_key', [VARCHAR], BIGINT, (key: string) => bing.encode(bing.ofQuadKey(key))),
  named('bing_tile_at', [DOUBLE, DOUBLE, INTEGER], BIGINT, (y: number, x: number, zoom: number) => bing.encode(bing.tileAt(y, x, zoom))),
  named('bing_tiles_beside', [DOUBLE, DOUBLE, INTEGER], LIST(BIGINT), (y: number, x: number, zoom: number) =>
    tiles(bing.tilesBeside(y, x, zoom)),
  ),
  named('bing_tiles_around', [DOUBLE, DOUBLE, INTEGER, DOUBLE], LIST(BIGINT), (y: number, x: number, zoom: number, radius: number) =>
    tiles(bing.tilesAround(y, x, zoom, radius)),
  ),
  named('bing_tile_quadkey', [BIGINT], VARCHAR, (tile: bigint) => bing.quadKey(bing.decode(tile))),
  named('geometry_to_bing_tiles', [VARCHAR, INTEGER], LIST(BIGINT), (text: string, zoom: number) => tiles(bing.tilesOf(read(text), zoom))),
]

const FORMS: readonly Scalar[] = [
  named('st_geometryfromtext', [VARCHAR], VARCHAR, (text: string) => write(readWkt(text))),
  named('st_linefromtext', [VARCHAR], VARCHAR, (text: string) => {
    const made = readWkt(text)
    only('ST_LineFromText', made, 'LINESTRING')
    return write(made)
  }),
  named('st_polygon', [VARCHAR], VARCHAR, (text: string) => {
    const made = readWkt(text)
    only('ST_Polygon', made, 'POLYGON')
    return write(made)
  }),
  named('st_point', [DOUBLE, DOUBLE], VARCHAR, (x: number, y: number) => {
    assertFinite(x, y)
    return write(point(x, y))
  }),
  named('st_linestring', [LIST(VARCHAR)], VARCHAR, (points: DuckDBListValue) => write(line('ST_LineString', points))),
  named('st_multipoint', [LIST(VARCHAR)], VARCHAR, (points: DuckDBListValue) => {
    const made = line('ST_MultiPoint', points)
    return isEmpty(made) ? undefined : write(made)
  }),
  named('st_geomfrombinary', [BLOB], VARCHAR, (bytes: DuckDBBlobValue) => write(readWkb(bytesOf(bytes)))),
  measure('st_asbinary', BLOB, (given) => blobValue(writeWkb(given))),
  measure('st_astext', VARCHAR, printWkt),
  measure('geometry_shown', VARCHAR, showWkt),
  named('from_geojson_geometry', [VARCHAR], VARCHAR, (text: string) => write(spherical(readGeoJson(text)))),
  measure('to_geojson_geometry', VARCHAR, writeGeoJson),
  named('from_encoded_polyline', [VARCHAR], VARCHAR, (text: string) => write(readPolyline(text))),
  measure('to_encoded_polyline', VARCHAR, (given) => {
    only('to_encoded_polyline', given, 'LINESTRING', 'MULTIPOINT')
    return writePolyline(given)
  }),
  named('geometry_from_hadoop_shape', [BLOB], VARCHAR, hadoopShape),
  named('st_geomfromkml', [VARCHAR], VARCHAR, kml),
]

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
    Math.max(0, ...leaves(given).map((part) => (isPolygonal(part) ? 2 : isLineal(part) ? 1 : 0))),
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

export const GEOMETRY: readonly Scalar[] = [...TILES, ...FORMS, ...PARTS, ...MEASURES, ...QUESTIONS, ...OF_MANY]
