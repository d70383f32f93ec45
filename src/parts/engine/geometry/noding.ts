// The points where lines of two geometries meet, and the pieces into which they cut each other.
import { type Box, type Boxes, boxesOf } from '#parts/engine/geometry/boxes'
import { spend } from '#parts/engine/geometry/budget'
import { between, segmentsOf } from '#parts/engine/geometry/measures'
import { boundsOf, isLineal, isPolygonal, type Path, type Point, type Shape, unserved } from '#parts/engine/geometry/shape'

/** Whether a piece runs along a line of the other geometry, and in its direction. */
export type Along = 'same' | 'against' | undefined

export interface Piece {
  readonly middle: Point
  readonly along: Along
}

export class Segment implements Box {
  readonly from: Point
  readonly to: Point
  /** The rectangle around it. */
  readonly x0: number
  readonly x1: number
  readonly y0: number
  readonly y1: number
  #cuts: number[] | undefined
  #shared: { readonly start: number; readonly end: number; readonly along: Along }[] | undefined

  constructor(from: Point, to: Point) {
    this.from = from
    this.to = to
    this.x0 = Math.min(from[0], to[0])
    this.x1 = Math.max(from[0], to[0])
    this.y0 = Math.min(from[1], to[1])
    this.y1 = Math.max(from[1], to[1])
  }

  isNear(o: Segment, margin: number): boolean {
    return this.x0 - margin <= o.x1 && o.x0 - margin <= this.x1 && this.y0 - margin <= o.y1 && o.y0 - margin <= this.y1
  }

  cut(t: number): void {
    this.#cuts ??= [0, 1]
    this.#cuts.push(Math.min(1, Math.max(0, t)))
  }

  share(start: number, end: number, along: Along): void {
    if (end <= start) return
    this.#shared ??= []
    this.#shared.push({ start, end, along })
  }

  pieces(): Piece[] {
    const [found, alongside] = [this.#cuts ?? [0, 1], this.#shared ?? []]
    spend(found.length * (STEPS_OF_MEETING + alongside.length))
    const cuts = found.toSorted((a, b) => a - b)
    return cuts.slice(1).flatMap((end, i) => {
      const start = cuts[i] as number
      if (end - start < 1e-12) return []
      const t = (start + end) / 2
      const shared = alongside.find((s) => s.start < t && t < s.end)
      return [{ middle: between([this.from, this.to], t), along: shared?.along }]
    })
  }
}

export interface Noded {
  readonly segments: readonly Segment[]
  /** Of its segments; of points, each as a segment without length. */
  readonly near: Boxes<Segment>
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

/** Of what is more than a look at two rectangles. */
const STEPS_OF_MEETING = 60
const STEPS_OF_COMPARISON = 1000

/** `isOver` is asked after each crossing of two lines; once it is, what was found so far is given. */
export function nodes(a: Shape, b: Shape, tolerance: number, isOver: (crossing: Point) => boolean): Nodes {
  spend(STEPS_OF_COMPARISON)
  const [left, right] = [a, b].map((given) => sideOf(given, tolerance)) as [Side, Side]
  for (const p of left.points) onLines(p, right.near, tolerance, cut)
  for (const p of right.points) onLines(p, left.near, tolerance, cut)
  const crossings: Point[] = []
  let over = false
  if (right.segments.length > 0)
    for (const s of left.segments) {
      if (over) break
      right.near(s.x0 - tolerance, s.y0 - tolerance, s.x1 + tolerance, s.y1 + tolerance, (o) => {
        if (over) return
        spend(STEPS_OF_MEETING)
        const crossing = crossingOf(s, o)
        if (!crossing) return overlap(s, o)
        crossings.push(crossing)
        over = isOver(crossing)
      })
    }
  const all = (of: Node['of'], points: readonly Point[]) => points.map((at): Node => ({ at, of }))
  return { left, right, points: [...all('left', left.points), ...all('right', right.points), ...all('both', crossings)] }
}

/** At its ends it is cut already. */
function cut(s: Segment, share: number): void {
  if (share > 0 && share < 1) s.cut(share)
}

interface Side extends Noded {
  readonly points: readonly Point[]
}

function sideOf(given: Shape, tolerance: number): Side {
  const own = segments(given)
  assertValid(given, () => own, tolerance)
  const points = given.paths.flat()
  const near = boxesOf(own.length > 0 ? own : points.map((p) => new Segment(p, p)))
  const on = (p: Point) => {
    let found = false
    around(near, p, tolerance, (s) => {
      found ||= isOn(p, s)
    })
    return found
  }
  return { segments: own, points, near, on }
}

/** Visits the lines on which a point is, with the share of their way. Throws for a point that is nearly on one, or nearly one of its ends. */
export function onLines(p: Point, near: Boxes<Segment>, tolerance: number, visit: (s: Segment, share: number) => void): void {
  around(near, p, 2 * tolerance, (s) => {
    assertApart(p, s.from, tolerance)
    assertApart(p, s.to, tolerance)
    const share = shareAt(p, s, tolerance)
    if (share !== undefined) visit(s, share)
  })
}

const around = (near: Boxes<Segment>, [x, y]: Point, margin: number, visit: (s: Segment) => void): void =>
  near(x - margin, y - margin, x + margin, y + margin, visit)

/** Forty times what Trino's library holds for one place. */
export function toleranceOf(a: Shape, b: Shape): number {
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

function assertApart(p: Point, q: Point, tolerance: number): void {
  const dx = Math.abs(p[0] - q[0])
  const dy = Math.abs(p[1] - q[1])
  if (dx <= tolerance && dy <= tolerance && (dx > 0 || dy > 0)) throw unserved('a comparison of geometries with points so near')
}

/** The share of the way at which a point is on a line; undefined where it is off by more than the tolerance. Throws for what is between. */
function shareAt(p: Point, s: Segment, tolerance: number): number | undefined {
  spend(STEPS_OF_MEETING)
  const off = cross(s.from, s.to, p)
  if (Math.abs(off) > tolerance * lengthOf(s)) return undefined
  if (isSame(p, s.from)) return 0
  if (isSame(p, s.to)) return 1
  const t = footOf(p, s)
  if (t <= 0 || t >= 1) return undefined
  if (off !== 0) throw unserved('a comparison of geometries with points so near')
  return t
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

/** Valid ones, and up to which tolerance: what is valid at one is so at each that is smaller. */
const valid = new WeakMap<Shape, number>()

export function assertValid(given: Shape, segmentsOfIt: () => readonly Segment[], tolerance: number): void {
  const most = 2 ** Math.ceil(Math.log2(tolerance))
  if ((valid.get(given) ?? 0) >= most) return
  const own = segmentsOfIt()
  spend(own.length)
  if (own.some((s) => lengthOf(s) <= most)) throw unserved('a comparison of geometries with repeated points')
  const [first, second] = given.paths
  if (given.kind === 'MULTIPOLYGON' && second && first) throw unserved('a comparison of multipolygons of several parts')
  if (isPolygonal(given) && touchesItself(own, most)) throw unserved('a comparison of a polygon that touches itself')
  valid.set(given, most)
}

/** From left to right, each beside those that begin before it ends. */
export function touchesItself(own: readonly Segment[], tolerance: number): boolean {
  const sorted = own.toSorted((s, o) => s.x0 - o.x0)
  for (const [i, s] of sorted.entries())
    for (let j = i + 1; j < sorted.length; j++) {
      const o = sorted[j] as Segment
      spend(1)
      if (o.x0 > s.x1 + 2 * tolerance) break
      if (!s.isNear(o, 2 * tolerance)) continue
      spend(STEPS_OF_MEETING)
      if (!areNeighbours(s, o) && meet(s, o, tolerance)) return true
    }
  return false
}

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
