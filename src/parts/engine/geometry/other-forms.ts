// GeoJSON, and Google's encoded polylines.
import { spend } from '#parts/engine/geometry/budget'
import {
  assertFinite,
  NAMES,
  type Path,
  type Point,
  polygonsOf,
  ringOf,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'
import { BadArgument } from '#parts/engine/scalars/scalar'

type Json = Readonly<Record<string, unknown>>

function jsonOf(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Json
  } catch {}
  throw new BadArgument('Invalid GeoJSON')
}

const refuse = () => unserved('such a form of GeoJSON')

function pair(value: unknown): Point {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((n) => typeof n === 'number')) throw refuse()
  assertFinite(...(value as number[]))
  return [value[0] as number, value[1] as number]
}

function items<T>(value: unknown, one: (item: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length === 0) throw refuse()
  return value.map(one)
}

function path(value: unknown): Path {
  const points = items(value, pair)
  if (points.length < 2) throw refuse()
  return points
}

function rings(value: unknown): Path[] {
  return items(value, path).map((ring, i) => {
    const [first, last] = [ring[0] as Point, ring.at(-1) as Point]
    if (ring.length < 4 || first[0] !== last[0] || first[1] !== last[1]) throw refuse()
    return ringOf(ring, i === 0)
  })
}

export function readGeoJson(text: string): Shape {
  spend(2 * text.length, 'a geometry of so many points')
  const { type, coordinates, ...others } = jsonOf(text)
  if (Object.keys(others).length > 0) throw refuse()
  switch (type) {
    case 'Point':
      return shape('POINT', [[pair(coordinates)]])
    case 'MultiPoint':
      return shape(
        'MULTIPOINT',
        items(coordinates, (p) => [pair(p)]),
      )
    case 'LineString':
      return shape('LINESTRING', [path(coordinates)])
    case 'MultiLineString':
      return shape('MULTILINESTRING', items(coordinates, path))
    case 'Polygon':
      return shape('POLYGON', rings(coordinates))
    case 'MultiPolygon':
      return shape('MULTIPOLYGON', items(coordinates, rings).flat())
    default:
      throw refuse()
  }
}

/** Numbers that Java and JavaScript write alike, but for nought. */
function number(n: number): string {
  if (n === 0 && !Object.is(n, -0)) return '0.0'
  if (Object.is(n, -0) || (n !== 0 && (Math.abs(n) < 1e-3 || Math.abs(n) >= 1e7))) throw unserved('to_geojson_geometry of such coordinates')
  return String(n)
}

export function writeGeoJson(given: Shape): string {
  const { kind, paths, members } = withoutEnvelope(given)
  if (kind === 'GEOMETRYCOLLECTION') throw unserved('to_geojson_geometry of such a geometry')
  const one = ([x, y]: Point) => `[${number(x)},${number(y)}]`
  const listed = (p: Path) => `[${p.map(one).join(',')}]`
  const polygons = () =>
    polygonsOf({ kind, paths, members }).map((all) => `[${all.map((ring) => listed([...ring, ring[0] as Point])).join(',')}]`)
  const parts = kind.endsWith('POLYGON') ? polygons() : kind.endsWith('POINT') ? paths.map(([p]) => one(p as Point)) : paths.map(listed)
  const coordinates = kind.startsWith('MULTI') ? `[${parts.join(',')}]` : (parts[0] ?? '[]')
  return `{"type":"${NAMES[kind]}","coordinates":${coordinates},"crs":{"type":"name","properties":{"name":"EPSG:0"}}}`
}

export function readPolyline(text: string): Shape {
  spend(2 * text.length, 'a geometry of so many points')
  const points: Point[] = []
  let [at, latitude, longitude] = [0, 0, 0]
  const next = () => {
    let [result, shift, part] = [1, 0, 0]
    do {
      if (at >= text.length) throw unserved('such an encoded polyline')
      part = text.charCodeAt(at++) - 64
      result += part << shift
      shift += 5
    } while (part >= 31)
    return (result & 1) !== 0 ? ~(result >> 1) : result >> 1
  }
  while (at < text.length) {
    // Sums of Java's integers.
    latitude = (latitude + next()) | 0
    longitude = (longitude + next()) | 0
    points.push([longitude * 1e-5, latitude * 1e-5])
  }
  if (points.length === 1) throw unserved('a line of one point')
  return shape('LINESTRING', points.length === 0 ? [] : [points])
}

export function writePolyline(given: Shape): string {
  let [text, lastX, lastY] = ['', 0, 0]
  const add = (delta: number) => {
    let value = delta < 0 ? ~(delta << 1) : delta << 1
    for (; value >= 32; value >>= 5) text += String.fromCharCode((32 | (value & 31)) + 63)
    text += String.fromCharCode(value + 63)
  }
  for (const [x, y] of given.paths.flat()) {
    const [u, v] = [Math.round(x * 1e5), Math.round(y * 1e5)]
    if (Math.max(Math.abs(u), Math.abs(v)) > 2 ** 29) throw unserved('to_encoded_polyline of such coordinates')
    add(v - lastY)
    add(u - lastX)
    lastX = u
    lastY = v
  }
  return text
}
