// Bing's tiles, by the formulas that Microsoft published and the order in which Trino lists them.
import { spend } from '#parts/engine/geometry/budget'
import { PREDICATES } from '#parts/engine/geometry/relate'
import { type Bounds, boundsOf, isEmpty, leaves, type Shape, shape, unserved, withoutEnvelope } from '#parts/engine/geometry/shape'
import { greatCircle } from '#parts/engine/scalars/misc'
import { BadArgument } from '#parts/engine/scalars/scalar'

export interface Tile {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

const PIXELS = 256
const LARGEST_ZOOM = 23
const LARGEST_LATITUDE = 85.05112878
const RADIUS = 6371.01
const MOST_TILES = 1_000_000
const STEPS_OF_TILE = 75

export const encode = ({ x, y, zoom }: Tile): bigint => (BigInt(x) << 28n) + BigInt(y * 32 + zoom)
export const decode = (tile: bigint): Tile => ({
  x: Number(tile >> 28n),
  y: Number((tile % 0x10000000n) >> 5n),
  zoom: Number(tile % 32n),
})

export function check(condition: boolean, text: string, detail?: string): void {
  if (!condition) throw new BadArgument(text, undefined, detail)
}

function checkZoom(zoom: number): void {
  check(zoom > 0, 'Zoom level must be > 0')
  check(zoom <= LARGEST_ZOOM, 'Zoom level must be <= 23')
}

function checkPlace(latitude: number, longitude: number): void {
  check(Math.abs(latitude) <= LARGEST_LATITUDE, 'Latitude must be between -85.05112878 and 85.05112878')
  check(Math.abs(longitude) <= 180, 'Longitude must be between -180.0 and 180.0')
}

export function tileOf(x: number, y: number, zoom: number): Tile {
  checkZoom(zoom)
  const size = 2 ** zoom
  const detail = `XY coordinates for a Bing tile at zoom level ${zoom} must be within [0, ${size}) range`
  check(x >= 0 && x < size && y >= 0 && y < size, 'XY coordinates for a Bing tile must be within the range of its zoom level', detail)
  return { x, y, zoom }
}

export function ofQuadKey(key: string): Tile {
  const bytes = Buffer.byteLength(key)
  check(bytes > 0, 'QuadKey must not be empty string')
  check(bytes <= LARGEST_ZOOM, 'QuadKey must be 23 characters or less')
  check(/^[0-3]+$/.test(key), 'Invalid QuadKey digit sequence')
  const bits = (bit: number) => Number.parseInt([...key].map((c) => (Number(c) & bit ? 1 : 0)).join(''), 2)
  return { x: bits(1), y: bits(2), zoom: key.length }
}

export const quadKey = ({ x, y, zoom }: Tile): string =>
  Array.from({ length: zoom }, (_, i) => ((x >> (zoom - 1 - i)) & 1) + 2 * ((y >> (zoom - 1 - i)) & 1)).join('')

const mapSize = (zoom: number): number => PIXELS * 2 ** zoom
const onAxis = (share: number, size: number): number => Math.trunc(Math.trunc(Math.min(Math.max(share * size, 0), size - 1)) / PIXELS)
const columnOf = (longitude: number, size: number): number => onAxis((longitude + 180) / 360, size)
function rowOf(latitude: number, size: number): number {
  const sine = Math.sin((latitude * Math.PI) / 180)
  return onAxis(0.5 - Math.log((1 + sine) / (1 - sine)) / (Math.PI * 4), size)
}

const at = (latitude: number, longitude: number, zoom: number): Tile => ({
  x: columnOf(longitude, mapSize(zoom)),
  y: rowOf(latitude, mapSize(zoom)),
  zoom,
})

export function tileAt(latitude: number, longitude: number, zoom: number): Tile {
  checkPlace(latitude, longitude)
  checkZoom(zoom)
  return at(latitude, longitude, zoom)
}

export function tilesBeside(latitude: number, longitude: number, zoom: number): Tile[] {
  const { x, y } = tileAt(latitude, longitude, zoom)
  const size = 2 ** zoom
  const steps = [-1, 0, 1]
  return steps
    .flatMap((i) => steps.map((j) => ({ x: x + i, y: y + j, zoom })))
    .filter((tile) => tile.x >= 0 && tile.x < size && tile.y >= 0 && tile.y < size)
}

const radians = (degrees: number): number => degrees * (Math.PI / 180)
const degrees = (angle: number): number => angle * (180 / Math.PI)

function latitudeAfter(latitude: number, radius: number, bearing: number): number {
  const [a, b, r] = [radians(latitude), radians(bearing), radius / RADIUS]
  const made = degrees(Math.asin(Math.sin(a) * Math.cos(r) + Math.cos(a) * Math.sin(r) * Math.cos(b)))
  return Math.min(LARGEST_LATITUDE, Math.max(-LARGEST_LATITUDE, made))
}

function longitudeAfter(latitude: number, longitude: number, radius: number, bearing: number): number {
  const [a, b, r] = [radians(latitude), radians(bearing), radius / RADIUS]
  const y = Math.sin(b) * Math.sin(r) * Math.cos(a)
  const made = degrees(radians(longitude) + Math.atan2(y, Math.cos(r) - Math.sin(a) * Math.sin(a)))
  return made > 180 ? -180 + (made - 180) : made < -180 ? 180 + (made + 180) : made
}

const BITS = 128n
const ONE = 1n << BITS

/** The double nearest to the power of e, of a number from -4 to 4: Java's and V8's functions differ in the last digit, which degrees show. */
function exp(power: number): number {
  const x = BigInt(power * Number(ONE))
  let [sum, term] = [ONE, ONE]
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * x) >> BITS
    term /= n
    sum += term
  }
  return Number(sum) / Number(ONE)
}

/** The corner of a tile at the upper left: longitude and latitude. */
function cornerOf({ x, y, zoom }: Tile): readonly [number, number] {
  const size = mapSize(zoom)
  const share = (n: number) => Math.min(Math.max(n * PIXELS, 0), size) / size
  const up = 0.5 - share(y)
  return [360 * (share(x) - 0.5), 90 - (360 * Math.atan(exp(-up * 2 * Math.PI))) / Math.PI]
}

export function tilesAround(latitude: number, longitude: number, zoom: number, radius: number): Tile[] {
  const { x: column, y: row } = tileAt(latitude, longitude, zoom)
  check(radius >= 0, 'Radius must be >= 0')
  check(radius <= 1000, 'Radius must be <= 1,000 km')
  const size = 2 ** zoom
  const top = at(latitudeAfter(latitude, radius, 0), longitude, zoom).y
  const bottom = at(latitudeAfter(latitude, radius, 180), longitude, zoom).y
  const left = at(latitude, longitudeAfter(latitude, longitude, radius, 270), zoom).x
  const right = at(latitude, longitudeAfter(latitude, longitude, radius, 90), zoom).x
  const width = right < left ? right + size - 1 - left + 2 : right - left + 1
  check(width * (bottom - top + 1) <= MOST_TILES, 'The number of tiles covering input rectangle exceeds the limit of 1M')
  spend(width * (bottom - top + 1) * STEPS_OF_TILE, 'bing_tiles_around with so many tiles')
  const made: Tile[] = Array.from({ length: width }, (_, i) => ({ x: (left + i) % size, y: row, zoom }))
  for (let y = top; y <= bottom; y++) if (y !== row) made.push({ x: column, y, zoom })
  const near = (tile: Tile) => {
    const [u, v] = cornerOf(tile)
    return greatCircle(latitude, longitude, v, u) <= radius
  }
  const side = (x: number, dx: number) => {
    let inside = false
    const take = (y: number, dy: number) => {
      inside ||= near({ x: x + dx, y: y + dy, zoom })
      if (inside) made.push({ x, y, zoom })
    }
    for (let y = top; y < row; y++) take(y, 1)
    inside = false
    for (let y = bottom; y > row; y--) take(y, 0)
  }
  for (let x = right; x !== column; x = x === 0 ? size - 1 : x - 1) side(x, 0)
  for (let x = left; x !== column; x = (x + 1) % size) side(x, 1)
  return made
}

/** The rectangle that a tile covers. */
export function polygonOf(tile: Tile): Shape {
  const [x0, y1] = cornerOf(tile)
  const [x1, y0] = cornerOf({ x: tile.x + 1, y: tile.y + 1, zoom: tile.zoom })
  return shape('ENVELOPE', [
    [
      [x0, y0],
      [x1, y1],
    ],
  ])
}

function isRectangle(given: Shape, { x0, y0, x1, y1 }: Bounds): boolean {
  const [ring] = given.paths
  if (given.kind !== 'POLYGON' || given.paths.length !== 1 || ring?.length !== 4) return false
  return ring.every(([x, y]) => (x === x0 || x === x1) && (y === y0 || y === y1))
}

/** Down to zoom level 10; below, the library goes another way that is not followed here. */
const DEEPEST_COVERED = 10

export function tilesOf(given: Shape, zoom: number): Tile[] {
  checkZoom(zoom)
  if (isEmpty(given)) return []
  const bounds = boundsOf(given) as Bounds
  check(Math.max(-bounds.y0, bounds.y1) <= LARGEST_LATITUDE, 'Latitude span for the geometry must be in [-85.05, 85.05] range')
  check(Math.max(-bounds.x0, bounds.x1) <= 180, 'Longitude span for the geometry must be in [-180.00, 180.00] range')
  const isPlain = given.kind === 'POINT' || isRectangle(withoutEnvelope(given), bounds)
  const first = at(bounds.y1, bounds.x0, zoom)
  const last = lowerRight(bounds, zoom)
  const count = (last.x - first.x + 1) * (last.y - first.y + 1)
  if (isPlain) check(count <= MOST_TILES, 'The number of tiles covering input rectangle exceeds the limit of 1M')
  else {
    const points = leaves(given).reduce((sum, part) => sum + part.paths.flat().length, 0)
    check(count < 2 ** 31 && count * points <= 25_000_000, 'The zoom level is too high to compute a set of covering Bing tiles')
    if (zoom > DEEPEST_COVERED) throw unserved(`geometry_to_bing_tiles at a zoom level above ${DEEPEST_COVERED}`)
  }
  spend(count * STEPS_OF_TILE, 'geometry_to_bing_tiles with so many tiles')
  const parts = leaves(given).filter((part) => !isEmpty(part))
  const made: Tile[] = []
  for (let x = first.x; x <= last.x; x++)
    for (let y = first.y; y <= last.y; y++) {
      const tile = { x, y, zoom }
      if (isPlain || parts.some((part) => PREDICATES.intersects?.(polygonOf(tile), part))) made.push(tile)
    }
  return made
}

function lowerRight(bounds: Bounds, zoom: number): Tile {
  const tile = at(bounds.y0, bounds.x1, zoom)
  const [x, y] = cornerOf(tile)
  return { x: tile.x - (x === bounds.x1 ? 1 : 0), y: tile.y - (y === bounds.y0 ? 1 : 0), zoom }
}
