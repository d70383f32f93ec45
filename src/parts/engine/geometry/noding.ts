// The points where lines of two geometries meet, and the pieces into which they cut each other.
import { between, segmentsOf } from '#parts/engine/geometry/measures'
import { boundsOf, isLineal, isPolygonal, type Path, type Point, type Shape, unserved } from '#parts/engine/geometry/shape'

/** Whether a piece runs along a line of the other geometry, and in its direction. */
export type Along = 'same' | 'against' | undefined

export interface Piece {
  readonly middle: Point
  readonly along: Along
}

export class Segment {
  readonly from: Point
  readonly to: Point
  readonly #cuts: number[] = [0, 1]
  readonly #shared: { readonly start: number; readonly end: number; readonly along: Along }[] = []

  constructor(from: Point, to: Point) {
    this.from = from
    this.to = to
  }

  cut(t: number): void {
    this.#cuts.push(Math.min(1, Math.max(0, t)))
  }

  share(start: number, end: number, along: Along): void {
    if (end > start) this.#shared.push({ start, end, along })
  }

  pieces(): Piece[] {
    const cuts = this.#cuts.toSorted((a, b) => a - b)
    return cuts.slice(1).flatMap((end, i) => {
      const start = cuts[i] as number
      if (end - start < 1e-12) return []
      const t = (start + end) / 2
      const shared = this.#shared.find((s) => s.start < t && t < s.end)
      return [{ middle: between([this.from, this.to], t), along: shared?.along }]
    })
  }
}

export interface Noded {
  readonly segments: readonly Segment[]
  /** Whether a node is on a line or is a point of the geometry. */
  readonly on: (p: Point) => boolean
}

export interface Nodes {
  readonly left: Noded
  readonly right: Noded
  readonly points: readonly Node[]
}

/** A point of one of them, or where two lines cross. */
export interface Node {
  readonly at: Point
  readonly of: 'left' | 'right' | 'both'
}

const MOST_PAIRS = 4_000_000

export function nodes(a: Shape, b: Shape): Nodes {
  const tolerance = toleranceOf(a, b)
  const [as, bs] = [segments(a), segments(b)]
  const [ap, bp] = [a.paths.flat(), b.paths.flat()]
  if (Math.max(as.length, ap.length) * Math.max(bs.length, bp.length) > MOST_PAIRS)
    throw unserved('a comparison of geometries with so many points')
  assertValid(a, as, tolerance)
  assertValid(b, bs, tolerance)
  for (const p of ap) for (const q of bp) assertApart(p, q, tolerance)
  const crossings: Point[] = []
  for (const p of bp) for (const s of as) cutAt(s, p, tolerance)
  for (const p of ap) for (const s of bs) cutAt(s, p, tolerance)
  for (const s of as)
    for (const o of bs) {
      const crossing = crossingOf(s, o)
      if (crossing) crossings.push(crossing)
      else overlap(s, o)
    }
  const side = (own: readonly Segment[], points: readonly Point[]): Noded => ({
    segments: own,
    on: (p) => (own.length === 0 ? points.some((q) => isSame(p, q)) : own.some((s) => isOn(p, s))),
  })
  const all = (of: Node['of'], points: readonly Point[]) => points.map((at): Node => ({ at, of }))
  return { left: side(as, ap), right: side(bs, bp), points: [...all('left', ap), ...all('right', bp), ...all('both', crossings)] }
}

/** Forty times what Trino's library holds for one place. */
function toleranceOf(a: Shape, b: Shape): number {
  const all = [a, b].flatMap((s) => Object.values(boundsOf(s) ?? {}) as number[])
  return 1e-12 * (all.reduce((sum, n) => sum + Math.abs(n), 0) + 1)
}

export const segments = (given: Shape): Segment[] =>
  isPolygonal(given) || isLineal(given)
    ? given.paths.flatMap((path: Path) => segmentsOf(path, isPolygonal(given)).map(([from, to]) => new Segment(from, to)))
    : []

const isSame = ([x, y]: Point, [u, v]: Point): boolean => x === u && y === v

const cross = ([ax, ay]: Point, [bx, by]: Point, [px, py]: Point): number => (bx - ax) * (py - ay) - (by - ay) * (px - ax)

const lengthOf = ({ from: [x, y], to: [u, v] }: Segment): number => Math.hypot(u - x, v - y)

/** The share of the way at which the foot of a point is. */
function footOf([px, py]: Point, { from: [x, y], to: [u, v] }: Segment): number {
  return ((px - x) * (u - x) + (py - y) * (v - y)) / ((u - x) ** 2 + (v - y) ** 2)
}

function isOn(p: Point, s: Segment): boolean {
  if (isSame(p, s.from) || isSame(p, s.to)) return true
  const t = footOf(p, s)
  return t > 0 && t < 1 && cross(s.from, s.to, p) === 0
}

function assertApart([x, y]: Point, [u, v]: Point, tolerance: number): void {
  const [dx, dy] = [Math.abs(x - u), Math.abs(y - v)]
  if (dx <= tolerance && dy <= tolerance && (dx > 0 || dy > 0)) throw unserved('a comparison of geometries with points so near')
}

/** Off the line by more than the tolerance, or truly on it. */
function cutAt(s: Segment, p: Point, tolerance: number): void {
  const off = cross(s.from, s.to, p)
  if (Math.abs(off) > tolerance * lengthOf(s)) return
  const t = footOf(p, s)
  if (isSame(p, s.from) || isSame(p, s.to)) return
  if (t <= 0 || t >= 1) return
  if (off !== 0) throw unserved('a comparison of geometries with points so near')
  s.cut(t)
}

function crossingOf(s: Segment, o: Segment): Point | undefined {
  const [a, b] = [cross(s.from, s.to, o.from), cross(s.from, s.to, o.to)]
  if (!(a < 0 && b > 0) && !(a > 0 && b < 0)) return undefined
  const [c, d] = [cross(o.from, o.to, s.from), cross(o.from, o.to, s.to)]
  if (!(c < 0 && d > 0) && !(c > 0 && d < 0)) return undefined
  const t = c / (c - d)
  s.cut(t)
  o.cut(a / (a - b))
  return between([s.from, s.to], t)
}

function overlap(s: Segment, o: Segment): void {
  if (cross(s.from, s.to, o.from) !== 0 || cross(s.from, s.to, o.to) !== 0) return
  const along = (o.to[0] - o.from[0]) * (s.to[0] - s.from[0]) + (o.to[1] - o.from[1]) * (s.to[1] - s.from[1]) > 0 ? 'same' : 'against'
  const span = (x: Segment, y: Segment): [number, number] => {
    const ends = [footOf(y.from, x), footOf(y.to, x)]
    return [Math.max(0, Math.min(...ends)), Math.min(1, Math.max(...ends))]
  }
  s.share(...span(s, o), along)
  o.share(...span(o, s), along)
}

/** Valid ones, whose answers are known; each is looked at once. */
const valid = new WeakSet<Shape>()

export function assertValid(given: Shape, own: readonly Segment[], tolerance: number): void {
  if (valid.has(given)) return
  if (own.length ** 2 > MOST_PAIRS) throw unserved('a comparison of geometries with so many points')
  if (own.some((s) => lengthOf(s) <= tolerance)) throw unserved('a comparison of geometries with repeated points')
  const [first, second] = given.paths
  if (given.kind === 'MULTIPOLYGON' && second && first) throw unserved('a comparison of multipolygons of several parts')
  if (isPolygonal(given) && touchesItself(own, tolerance)) throw unserved('a comparison of a polygon that touches itself')
  valid.add(given)
}

export const touchesItself = (own: readonly Segment[], tolerance: number): boolean =>
  own.some((s, i) => own.slice(i + 1).some((o) => !areNeighbours(s, o) && meet(s, o, tolerance)))

/** One after the other, and not back on the same way. */
function areNeighbours(s: Segment, o: Segment): boolean {
  const [before, after] = [isSame(o.to, s.from), isSame(s.to, o.from)]
  if (before === after) return false
  const [x, y] = before ? [o, s] : [s, o]
  const back = (y.to[0] - y.from[0]) * (x.to[0] - x.from[0]) + (y.to[1] - y.from[1]) * (x.to[1] - x.from[1]) < 0
  return !(back && cross(x.from, x.to, y.to) === 0)
}

function meet(s: Segment, o: Segment, tolerance: number): boolean {
  const near = (p: Point, x: Segment) => {
    const t = Math.min(1, Math.max(0, footOf(p, x)))
    const [u, v] = between([x.from, x.to], t)
    return Math.hypot(u - p[0], v - p[1]) <= tolerance
  }
  const signs = (x: Segment, y: Segment) => Math.sign(cross(x.from, x.to, y.from)) * Math.sign(cross(x.from, x.to, y.to))
  return near(s.from, o) || near(s.to, o) || near(o.from, s) || near(o.to, s) || (signs(s, o) < 0 && signs(o, s) < 0)
}
