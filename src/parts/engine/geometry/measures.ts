// Areas, lengths and centres, summed up in the order and with the compensation of Esri's library.

import {
  isLineal,
  isPolygonal,
  leaves,
  type Path,
  type Point,
  point,
  polygonsOf,
  type Shape,
  shape,
  turn,
} from '#parts/engine/geometry/shape'
import { BadArgument } from '#parts/engine/scalars/scalar'

class Sum {
  #sum = 0
  #compensation = 0
  add(v: number): void {
    const y = v - this.#compensation
    const t = this.#sum + y
    this.#compensation = t - this.#sum - y
    this.#sum = t
  }
  get value(): number {
    return this.#sum
  }
}

type Segment = readonly [from: Point, to: Point]

export const segmentsOf = (path: Path, closed: boolean): Segment[] =>
  path.flatMap((from, i): Segment[] => {
    const to = path[i + 1] ?? (closed ? path[0] : undefined)
    return to ? [[from, to]] : []
  })

function ringArea(ring: Path): number {
  const [x0, y0] = ring[0] as Point
  const sum = new Sum()
  for (const [[x, y], [u, v]] of segmentsOf(ring, true)) sum.add((u - x0 - (x - x0)) * (v - y0 + (y - y0)) * 0.5)
  return sum.value
}

const ringsOf = (given: Shape): Path[] => polygonsOf(given).flat()

function polygonArea(given: Shape): number {
  const sum = new Sum()
  for (const ring of ringsOf(given)) sum.add(ringArea(ring))
  return sum.value
}

export const area = (given: Shape): number => leaves(given).reduce((sum, part) => sum + (isPolygonal(part) ? polygonArea(part) : 0), 0)

export const segmentLength = ([[x, y], [u, v]]: Segment): number => Math.sqrt((u - x) * (u - x) + (v - y) * (v - y))

export function lineLength(given: Shape): number {
  const sum = new Sum()
  for (const path of given.paths) for (const segment of segmentsOf(path, false)) sum.add(segmentLength(segment))
  return sum.value
}

/** Where a share of the way from one point to the other is. */
export function between([[x, y], [u, v]]: Segment, t: number): Point {
  return t <= 0.5 ? [x + (u - x) * t, y + (v - y) * t] : [u - (u - x) * (1 - t), v - (v - y) * (1 - t)]
}

function meanOf(points: readonly Point[]): Shape {
  const [x, y] = points.reduce(([a, b], [u, v]) => [a + u, b + v], [0, 0])
  return point(x / points.length, y / points.length)
}

function lineCentre(given: Shape): Shape {
  const total = lineLength(given)
  if (total === 0) return meanOf(given.paths.flat())
  const [xs, ys] = [new Sum(), new Sum()]
  for (const path of given.paths)
    for (const segment of segmentsOf(path, false)) {
      const [x, y] = between(segment, 0.5)
      const length = segmentLength(segment)
      xs.add(x * length)
      ys.add(y * length)
    }
  return point(xs.value / total, ys.value / total)
}

function polygonCentre(given: Shape): Shape {
  const rings = ringsOf(given)
  const [ox, oy] = (rings[0] as Path)[0] as Point
  const [xs, ys] = [new Sum(), new Sum()]
  for (const ring of rings) {
    const [sx, sy] = ring[0] as Point
    let [cx, cy] = [(ring[1] as Point)[0] - sx, (ring[1] as Point)[1] - sy]
    for (const [px, py] of ring.slice(2)) {
      const [nx, ny] = [px - sx, py - sy]
      const twice = nx * cy - cx * ny
      xs.add((cx + nx) * twice)
      ys.add((cy + ny) * twice)
      cx = nx
      cy = ny
    }
    const weight = 6 * ringArea(ring)
    xs.add((sx - ox) * weight)
    ys.add((sy - oy) * weight)
  }
  const total = polygonArea(given) * 6
  return point(xs.value / total + ox, ys.value / total + oy)
}

export function centroid(given: Shape): Shape {
  if (given.kind === 'GEOMETRYCOLLECTION') throw new BadArgument('ST_Centroid does not apply to a GeometryCollection')
  if (given.kind === 'POINT') return given
  if (given.paths.length === 0) return shape('POINT', [])
  if (isPolygonal(given)) return polygonCentre(given)
  return isLineal(given) ? lineCentre(given) : meanOf(given.paths.flat())
}

/** A polygon that is its own convex hull. */
export function isConvex(given: Shape): boolean {
  const [ring, ...others] = given.paths
  if (given.kind !== 'POLYGON' || !ring || others.length > 0) return false
  const turns = ring.map((from, i) => {
    const [a, b] = [ring[(i + 1) % ring.length] as Point, ring[(i + 2) % ring.length] as Point]
    return turn([from, a, b])
  })
  return turns.every((t) => t > 0) && windings(ring) === 1
}

/** How often a ring goes round. */
function windings(ring: Path): number {
  let [changes, last] = [0, 0]
  for (const [[x], [u]] of segmentsOf(ring, true)) {
    const sign = Math.sign(u - x)
    if (sign !== 0 && last !== 0 && sign !== last) changes++
    if (sign !== 0) last = sign
  }
  return changes <= 2 ? 1 : 2
}
