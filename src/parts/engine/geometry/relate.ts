// How two geometries lie to each other: the matrix of the dimensions in which their insides, boundaries and outsides meet (DE-9IM). Trino's
// library moves points that are nearly on each other; where any are nearer than that without being the same, nothing is decided here.
import { type Boxes, boxesOf } from '#parts/engine/geometry/boxes'
import { spend } from '#parts/engine/geometry/budget'
import { assertValid, type Noded, nodes, onLines, type Segment, segments, toleranceOf } from '#parts/engine/geometry/noding'
import {
  type Bounds,
  boundsOf,
  isEmpty,
  isLineal,
  isPolygonal,
  isPuntal,
  type Point,
  type Shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'

type Place = 0 | 1 | 2
const [INSIDE, EDGE, OUTSIDE] = [0, 1, 2] as const

export type Matrix = readonly (readonly number[])[]

/** Whether what is still to be found can change nothing: dimensions only grow. */
type Decided = (matrix: Matrix) => boolean
const NEVER: Decided = () => false

class Cells {
  readonly cells = Array.from({ length: 3 }, () => [-1, -1, -1])
  #isDecided: Decided
  #grown = true
  #over = false

  constructor(isDecided: Decided = NEVER) {
    this.#isDecided = isDecided
  }

  meet(a: Place, b: Place, dimension: number): void {
    const row = this.cells[a] as number[]
    if (dimension <= (row[b] as number)) return
    row[b] = dimension
    this.#grown = true
  }

  isOver(): boolean {
    if (this.#grown) this.#over = this.#isDecided(this.cells)
    this.#grown = false
    return this.#over
  }
}

/** Whole, or as far as it was found when it was decided. */
export function relate(left: Shape, right: Shape, isDecided = NEVER): Matrix {
  const [a, b] = [withoutEnvelope(left), withoutEnvelope(right)]
  if (a.kind === 'GEOMETRYCOLLECTION' || b.kind === 'GEOMETRYCOLLECTION') throw unserved('a geometry collection beside another geometry')
  if (isEmpty(a) || isEmpty(b)) throw unserved('an empty geometry beside another')
  const tolerance = toleranceOf(a, b)
  if (areApart(a, b, 2 * tolerance)) return ofTwoApart(a, b, tolerance)
  if (isPuntal(a) && isPolygonal(b)) return ofPoints(a, b, tolerance)
  if (isPolygonal(a) && isPuntal(b)) return transposed(ofPoints(b, a, tolerance))
  const matrix = new Cells(isDecided)
  matrix.meet(OUTSIDE, OUTSIDE, 2)
  const meetAcross = isPolygonal(a) && isPolygonal(b) ? () => ofAreasAcross(matrix) : () => {}
  const found = nodes(a, b, tolerance, () => {
    meetAcross()
    return matrix.isOver()
  })
  if (matrix.isOver()) return matrix.cells
  for (const { at, of } of found.points)
    matrix.meet(placeOf(at, a, found.left, of !== 'right'), placeOf(at, b, found.right, of !== 'left'), 0)
  const isOver = () => matrix.isOver()
  pieces(a, b, found.left, found.right, (x, y, d) => matrix.meet(x, y, d), isOver)
  pieces(b, a, found.right, found.left, (x, y, d) => matrix.meet(y, x, d), isOver)
  return matrix.cells
}

/** Around a point where the edges of two valid areas cross lie both, each without the other, and neither. */
function ofAreasAcross(matrix: Cells): void {
  for (const own of [INSIDE, EDGE, OUTSIDE])
    for (const other of [INSIDE, EDGE, OUTSIDE])
      matrix.meet(own, other, own === EDGE && other === EDGE ? 0 : own === EDGE || other === EDGE ? 1 : 2)
}

/** The rectangles around them do not come near each other. */
function areApart(a: Shape, b: Shape, margin: number): boolean {
  const [p, q] = [boundsOf(a) as Bounds, boundsOf(b) as Bounds]
  return p.x0 - margin > q.x1 || q.x0 - margin > p.x1 || p.y0 - margin > q.y1 || q.y0 - margin > p.y1
}

function ofTwoApart(a: Shape, b: Shape, tolerance: number): Matrix {
  for (const given of [a, b]) assertValid(given, () => segments(given), tolerance)
  const matrix = new Cells()
  matrix.meet(OUTSIDE, OUTSIDE, 2)
  matrix.meet(INSIDE, OUTSIDE, dimensionOf(a))
  matrix.meet(EDGE, OUTSIDE, dimensionOfEdge(a))
  matrix.meet(OUTSIDE, INSIDE, dimensionOf(b))
  matrix.meet(OUTSIDE, EDGE, dimensionOfEdge(b))
  return matrix.cells
}

/** Points beside an area: many rows ask for one area, whose lines are kept, and nothing is made of them. */
function ofPoints(points: Shape, area: Shape, tolerance: number): Matrix {
  assertValid(area, () => segments(area), tolerance)
  const near = linesOf(area)
  const matrix = new Cells()
  matrix.meet(OUTSIDE, OUTSIDE, 2)
  matrix.meet(OUTSIDE, INSIDE, 2)
  matrix.meet(OUTSIDE, EDGE, 1)
  for (const [p] of points.paths) matrix.meet(INSIDE, isOnLine(p as Point, near, tolerance) ? EDGE : inArea(p as Point, near), 0)
  return matrix.cells
}

const lines = new WeakMap<Shape, Boxes<Segment>>()

function linesOf(area: Shape): Boxes<Segment> {
  const near = lines.get(area) ?? boxesOf(segments(area))
  lines.set(area, near)
  return near
}

function isOnLine(p: Point, near: Boxes<Segment>, tolerance: number): boolean {
  let isOn = false
  onLines(p, near, tolerance, () => {
    isOn = true
  })
  return isOn
}

const transposed = (matrix: Matrix): Matrix => matrix.map((_, i) => matrix.map((row) => row[i] as number))

/** What the pieces of the lines of `own` say, with what is on both sides of them; lines are left out once it is over. */
function pieces(
  own: Shape,
  other: Shape,
  mine: Noded,
  theirs: Noded,
  meet: (own: Place, other: Place, dimension: number) => void,
  isOver: () => boolean,
): void {
  const [isArea, besideArea] = [isPolygonal(own), isPolygonal(other)]
  // Beside points the pieces are all alike.
  for (const segment of isPuntal(other) ? mine.segments.slice(0, 1) : mine.segments) {
    if (isOver()) return
    for (const { middle, along } of segment.pieces()) {
      const place = along ? (besideArea ? EDGE : INSIDE) : besideArea ? inArea(middle, theirs.near) : OUTSIDE
      meet(isArea ? EDGE : INSIDE, place, 1)
      if (!isArea) continue
      if (!besideArea) meet(INSIDE, OUTSIDE, 2)
      else if (!along) for (const side of [INSIDE, OUTSIDE] as const) meet(side, place, 2)
      else {
        meet(INSIDE, along === 'same' ? INSIDE : OUTSIDE, 2)
        meet(OUTSIDE, along === 'same' ? OUTSIDE : INSIDE, 2)
      }
    }
  }
}

function placeOf(p: Point, given: Shape, own: Noded, known: boolean): Place {
  if (isPolygonal(given)) return known || own.on(p) ? EDGE : inArea(p, own.near)
  if (!known && !own.on(p)) return OUTSIDE
  return isLineal(given) && isEnd(p, given) ? EDGE : INSIDE
}

/** Of an odd number of open lines it is an end. */
const isEnd = ([x, y]: Point, given: Shape): boolean => endsOf(given).filter(([u, v]) => u === x && v === y).length % 2 === 1

function endsOf({ paths }: Shape): Point[] {
  spend(10 * paths.length)
  return paths.flatMap((path) => [path[0], path.at(-1)] as Point[])
}

function inArea(p: Point, near: Boxes<Segment>): Place {
  let isInside = false
  near(p[0], p[1], Infinity, p[1], ({ from, to }) => {
    if (passes(p, from, to)) isInside = !isInside
  })
  return isInside ? INSIDE : OUTSIDE
}

/** Whether a way from the point to the right crosses the line. */
const passes = ([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): boolean =>
  ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax

/** -1 of what has none: points, and lines that are closed. */
function dimensionOfEdge(given: Shape): number {
  if (!isLineal(given)) return dimensionOf(given) - 1
  const open = new Set<string>()
  for (const end of endsOf(given).map(String)) if (!open.delete(end)) open.add(end)
  return open.size > 0 ? 0 : -1
}

const dimensionOf = (given: Shape): number => (isPolygonal(given) ? 2 : isLineal(given) ? 1 : 0)

/** `T` any dimension, `F` none, `*` either, a digit that one. */
export function matches(matrix: Matrix, pattern: string): boolean {
  const fits = (found: number, want: string) =>
    want === '*' || (want === 'T' ? found >= 0 : want === 'F' ? found < 0 : found === Number(want))
  return matrix.flat().every((found, i) => fits(found, pattern[i] as string))
}

/** Whether the two lie as one of the patterns says. */
export function isRelated(left: Shape, right: Shape, patterns: readonly string[]): boolean {
  const isDecided: Decided = (found) =>
    patterns.every((pattern) => isLost(found, pattern)) || patterns.some((pattern) => isWon(found, pattern))
  const matrix = relate(left, right, isDecided)
  return patterns.some((pattern) => matches(matrix, pattern))
}

const pairs = (matrix: Matrix, pattern: string) => matrix.flat().map((found, i) => [found, pattern[i] as string] as const)
/** Whatever else is found, it does not match. */
const isLost = (matrix: Matrix, pattern: string): boolean =>
  pairs(matrix, pattern).some(([found, want]) => (want === 'F' ? found >= 0 : want !== 'T' && found > Number(want)))
/** Whatever else is found, it matches. */
const isWon = (matrix: Matrix, pattern: string): boolean =>
  pairs(matrix, pattern).every(([found, want]) => want === '*' || (want === 'T' && found >= 0))

/** Of two that have dimensions. */
const ofTwo =
  (decide: (left: Shape, right: Shape, m: number, n: number) => boolean) =>
  (left: Shape, right: Shape): boolean => {
    for (const { kind } of [left, right]) if (kind === 'GEOMETRYCOLLECTION') throw unserved('a geometry collection beside another geometry')
    return decide(left, right, dimensionOf(left), dimensionOf(right))
  }

export const PREDICATES: Readonly<Record<string, (left: Shape, right: Shape) => boolean>> = {
  contains: (a, b) => isRelated(a, b, ['T*****FF*']),
  within: (a, b) => isRelated(a, b, ['T*F**F***']),
  intersects: (a, b) => !isRelated(a, b, ['FF*FF****']),
  disjoint: (a, b) => isRelated(a, b, ['FF*FF****']),
  touches: ofTwo((a, b, m, n) => m + n > 0 && isRelated(a, b, ['FT*******', 'F**T*****', 'F***T****'])),
  equals: ofTwo((a, b, m, n) => m === n && isRelated(a, b, ['T*F**FFF*'])),
  crosses: ofTwo((a, b, m, n) =>
    m === n ? m === 1 && isRelated(a, b, ['0********']) : isRelated(a, b, [m < n ? 'T*T******' : 'T*****T**']),
  ),
  overlaps: ofTwo((a, b, m, n) => m === n && isRelated(a, b, [m === 1 ? '1*T***T**' : 'T*T***T**'])),
}
