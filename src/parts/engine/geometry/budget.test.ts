// What geometries and tiles may take of the thread that computes them.
import { beforeEach, describe, expect, it } from 'vitest'
import { beginChunk, beginRow } from '#parts/engine/geometry/budget'
import { PREDICATES } from '#parts/engine/geometry/relate'
import { readWkb } from '#parts/engine/geometry/wkb'
import { readWkt } from '#parts/engine/geometry/wkt'
import { GEOMETRY } from '#parts/engine/scalars/geometry'

const scalars = new Map(GEOMETRY.map(({ name, of }) => [name, of as unknown as (...args: readonly unknown[]) => unknown]))
const call = <R>(name: string, ...args: readonly unknown[]): R => scalars.get(`trino_${name}`)?.(...args) as R
const geometry = (wkt: string): string => call('st_geometryfromtext', wkt)

beforeEach(() => {
  beginChunk()
  beginRow()
})

/** A polygon of so many teeth, upright or lying. */
function comb(teeth: number, isUpright: boolean): string {
  const points: [number, number][] = []
  for (let i = 0; i < teeth; i++) points.push([2 * i, 0.5], [2 * i, 2 * teeth], [2 * i + 1, 2 * teeth], [2 * i + 1, 0.5])
  points.push([2 * teeth, 0.5], [2 * teeth, -1], [0, -1], [0, 0.5])
  return `POLYGON ((${points.map(([x, y]) => (isUpright ? `${x} ${y}` : `${y} ${x}`)).join(', ')}))`
}

const circle = (points: number, x = 0): string =>
  `POLYGON ((${Array.from({ length: points + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % points)) / points
    return `${x + 5 * Math.cos(angle)} ${5 * Math.sin(angle)}`
  }).join(', ')}))`

/** Milliseconds of this thread for as many rows as a chunk has, or as are answered. */
function spent(rows: number, row: (i: number) => unknown): number {
  const start = process.threadCpuUsage()
  beginChunk()
  try {
    for (let i = 0; i < rows; i++) row(i)
  } catch (error) {
    expect(String(error)).toMatch(/is not served here yet/)
  }
  return process.threadCpuUsage(start).user / 1000
}

describe('a costly geometry', () => {
  it('is refused by name where its pieces are beside too many lines', () => {
    const [a, b] = [geometry(comb(700, true)), geometry(comb(700, false))]
    beginChunk()
    const relate = () => call('st_relate', a, b, '****1****')
    expect(relate).toThrow('with so many points is not served here yet')
    expect(spent(1, relate)).toBeLessThan(1500)
    beginChunk()
    beginRow()
    expect(call('st_intersects', a, b)).toBe(true)
    const [c, d] = [geometry(comb(20, true)), geometry(comb(20, false))]
    beginChunk()
    expect(call('st_intersects', c, d)).toBe(true)
    expect(() => {
      for (let i = 0; i < 2048; i++) call('st_intersects', c, d)
    }).toThrow('for so many rows is not served here yet')
  })

  it('is refused by name where its tiles are too many', () => {
    const triangle = geometry('POLYGON ((-170 -80, 0 80, 170 -80, -170 -80))')
    beginChunk()
    expect(call<{ items: unknown[] }>('geometry_to_bing_tiles', triangle, 4).items.length).toBeGreaterThan(100)
    expect(() => call('geometry_to_bing_tiles', triangle, 10)).toThrow('is not served here yet')
    beginChunk()
    expect(() => call('bing_tiles_around', 0, 0, 14, 1000)).toThrow('bing_tiles_around with so many tiles')
    beginChunk()
    expect(call<{ items: unknown[] }>('bing_tiles_around', 0, 0, 12, 1000).items.length).toBeGreaterThan(10_000)
    const line = geometry('LINESTRING (0 0, 1 1)')
    expect(call<{ items: unknown[] }>('line_interpolate_points', line, 0.0001).items.length).toBe(10_000)
    expect(spent(2048, () => call('bing_tiles_around', 0, 0, 12, 1000))).toBeLessThan(5000)
    expect(spent(2048, () => call('line_interpolate_points', line, 0.0001))).toBeLessThan(5000)
    beginChunk()
    expect(() => call('line_interpolate_points', line, 0.000001)).toThrow('line_interpolate_points with so many points')
  })

  it('is compared with the points of a chunk', () => {
    const polygon = geometry(circle(1000))
    beginChunk()
    for (let i = 0; i < 2048; i++) expect(call('st_contains', polygon, geometry(`POINT (${i / 1000} 1)`))).toBe(true)
  })

  it('is compared with the points of a chunk, and with another, when it has thousands of lines', () => {
    const [polygon, other] = [readWkt(circle(5000)), readWkt(circle(4000, 3))]
    beginChunk()
    for (let i = 0; i < 2048; i++) expect(PREDICATES.contains?.(polygon, readWkt(`POINT (${i / 300} 1)`))).toBe(i / 300 < Math.sqrt(24))
    beginChunk()
    beginRow()
    expect(PREDICATES.overlaps?.(polygon, other)).toBe(true)
  })

  it.each([
    ['st_geometryfromtext', `LINESTRING (${'1 2, 3 4, '.repeat(2000)}5 6)`],
    ['from_encoded_polyline', '_p~iF~ps|U_ulLnnqC'.repeat(1000)],
    ['st_geometrytype', `["MULTIPOINT",[${'[1,2],'.repeat(40_000)}[3,4]]]`],
  ])('is read in bounds for the rows of a chunk: %s', (name, text) => {
    const read = () => {
      for (let i = 0; i < 2048; i++) call(name, text)
    }
    expect(read).toThrow('a geometry of so many points for so many rows')
  })

  it('has any number of members', () => {
    const points = Array.from({ length: 200_000 }, (_, i) => `["POINT",[[${i},1]]]`)
    beginChunk()
    expect(call('st_dimension', `["GEOMETRYCOLLECTION",[],[${points.join(',')}]]`)).toBe(0)
  })
})

describe('a binary geometry', () => {
  const head = (code: number) => {
    const bytes = Buffer.alloc(5)
    bytes.writeUInt8(1)
    bytes.writeUInt32LE(code, 1)
    return bytes
  }
  const list = (code: number) => Buffer.concat([head(code), Buffer.of(1, 0, 0, 0)])
  const line = Buffer.concat([head(2), Buffer.of(2, 0, 0, 0), Buffer.alloc(32)])

  it.each([
    ['a multipoint of a line', Buffer.concat([list(4), line])],
    ['multipoints in multipoints', Buffer.concat(Array.from({ length: 50_000 }, () => list(4)))],
    ['a multipolygon of a collection', Buffer.concat([list(6), list(7), line])],
  ])('is refused: %s', (_, bytes) => {
    expect(() => readWkb(bytes)).toThrow('a binary geometry with a part of another type')
  })
})

describe('what is valid', () => {
  it('does not depend on what was compared before', () => {
    const [narrow, near, far] = [
      'POLYGON ((0 0, 0 1, 1e-9 1, 1e-9 0, 0 0))',
      'POLYGON ((0 0.5, 1 0.6, 1 0.5, 0 0.5))',
      'POLYGON ((-1e6 -1e6, -1e6 1e6, 1e6 1e6, 1e6 -1e6, -1e6 -1e6))',
    ].map(readWkt) as [never, never, never]
    const compare = () => PREDICATES.intersects?.(narrow, far)
    expect(compare).toThrow('repeated points')
    expect(PREDICATES.intersects?.(narrow, near)).toBe(true)
    expect(compare).toThrow('repeated points')
  })
})
