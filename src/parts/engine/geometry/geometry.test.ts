import { describe, expect, it } from 'vitest'
import { area, centroid } from '#parts/engine/geometry/measures'
import { isRelated, matches, PREDICATES, relate } from '#parts/engine/geometry/relate'
import { read, write } from '#parts/engine/geometry/shape'
import { readWkb, writeWkb } from '#parts/engine/geometry/wkb'
import { printWkt, readWkt } from '#parts/engine/geometry/wkt'

const TRIANGLE = 'POLYGON ((0 0, 0 1, 1 1, 0 0))'
const HOLED = 'POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))'

describe('a geometry', () => {
  it.each([TRIANGLE, HOLED, 'MULTIPOINT (1 2, 3 4)', 'LINESTRING EMPTY', 'GEOMETRYCOLLECTION (POINT (-0 1e-7), LINESTRING (0 0, 1 1))'])(
    'is the same after a way through text and bytes: %s',
    (wkt) => {
      const given = readWkt(wkt)
      const text = write(given)
      expect(printWkt(read(text))).toBe(printWkt(given))
      if (!wkt.includes('EMPTY')) expect(write(readWkb(writeWkb(given)))).toBe(text)
    },
  )

  it.each([
    ['POINT (0.2 0.5)', TRIANGLE, '0FFFFF212'],
    ['POINT (0 0.5)', TRIANGLE, 'F0FFFF212'],
    [TRIANGLE, TRIANGLE, '2FFF1FFF2'],
    ['LINESTRING (0 0, 2 2)', 'LINESTRING (0 2, 2 0)', '0F1FF0102'],
    ['LINESTRING (1.5 1.5, 8 8)', HOLED, '1010F0212'],
    ['POLYGON ((1 1, 1 2, 2 2, 2 1, 1 1))', HOLED, 'FF2F1F212'],
    ['POLYGON ((0 0, 0 2, 2 2, 2 0, 0 0))', 'POLYGON ((1 1, 1 3, 3 3, 3 1, 1 1))', '212101212'],
    ['POLYGON ((0 0, 0 2, 2 2, 2 0, 0 0))', 'POLYGON ((1 0, 1 3, 3 3, 3 0, 1 0))', '212111212'],
  ])('%s beside %s', (left, right, pattern) => {
    const digits = relate(readWkt(left), readWkt(right))
      .flat()
      .map((dimension) => (dimension < 0 ? 'F' : String(dimension)))
    expect(digits.join('')).toBe(pattern)
  })

  it('lies to another as the whole matrix says, however early that is decided', () => {
    const shapes = [
      TRIANGLE,
      HOLED,
      'POLYGON ((1 1, 1 2, 2 2, 2 1, 1 1))',
      'POLYGON ((5 -1, 5 11, 6 11, 6 -1, 5 -1))',
      'POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0))',
      'POLYGON ((3 3, 3 4, 4 4, 3 3))',
      'LINESTRING (0 0, 0 10, 5 5)',
      'LINESTRING (-1 5, 11 5)',
      'LINESTRING (1 1, 1 2, 2 2, 2 1, 1 1)',
      'MULTIPOINT (0 0, 3 3.5, 20 20)',
      'POINT (5 5)',
    ].map(readWkt)
    const patterns = [
      'T*****FF*',
      'FF*FF****',
      'FT*******',
      'T*T***T**',
      'T*F**FFF*',
      '0********',
      '*1*******',
      '2FFF1FFF2',
      '****0****',
      '*********',
    ]
    let [related, not] = [0, 0]
    for (const left of shapes)
      for (const right of shapes)
        for (const pattern of patterns) {
          const whole = matches(relate(left, right), pattern)
          expect(isRelated(left, right, [pattern])).toBe(whole)
          whole ? related++ : not++
        }
    expect([related, not].every((count) => count > 200)).toBe(true)
  })

  it('is compared with none whose points are nearly its own', () => {
    expect(() => PREDICATES.contains?.(readWkt(TRIANGLE), readWkt('POINT (1e-13 0.5)'))).toThrow('points so near')
  })

  it('has no coordinates with which nothing can be computed', () => {
    const square = (n: string) => readWkt(`POLYGON ((0 0, 0 ${n}, ${n} ${n}, ${n} 0, 0 0))`)
    expect(() => square('1e200')).toThrow('coordinates beyond 1e100')
    expect(PREDICATES.equals?.(square('1e99'), square('1e99'))).toBe(true)
    expect(area(square('1e99'))).toBe(1e99 * 1e99)
    expect(PREDICATES.contains?.(square('1e99'), centroid(square('1e99')))).toBe(true)
  })
})
