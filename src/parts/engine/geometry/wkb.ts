// Well-known binary of two dimensions: written little-endian, read in both orders.
import { spend } from '#parts/engine/geometry/budget'
import {
  assertFinite,
  type Kind,
  type Path,
  type Point,
  polygonsOf,
  reversed,
  ringOf,
  type Shape,
  shape,
  unserved,
  withoutEnvelope,
} from '#parts/engine/geometry/shape'
import { BadArgument } from '#parts/engine/scalars/scalar'

const CODES: readonly Kind[] = ['POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON', 'GEOMETRYCOLLECTION']
const PART: Readonly<Record<number, number>> = { 4: 1, 5: 2, 6: 3 }

const int = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(n)
  return bytes
}
const points = (path: Path): Buffer => {
  const bytes = Buffer.alloc(16 * path.length)
  for (const [i, [x, y]] of path.entries()) {
    bytes.writeDoubleLE(x, 16 * i)
    bytes.writeDoubleLE(y, 16 * i + 8)
  }
  return bytes
}
const head = (code: number): Buffer => Buffer.concat([Buffer.of(1), int(code)])
const counted = (path: Path): Buffer => Buffer.concat([int(path.length), points(path)])
const ring = (path: Path): Buffer => counted([...reversed(path), path[0] as Point])
const rings = (polygon: readonly Path[]): Buffer => Buffer.concat([int(polygon.length), ...polygon.map(ring)])

export function writeWkb(given: Shape): Buffer {
  const { kind, paths, members } = withoutEnvelope(given)
  const code = CODES.indexOf(kind) + 1
  const bodies =
    kind === 'GEOMETRYCOLLECTION'
      ? members.map(writeWkb)
      : kind.endsWith('POLYGON')
        ? polygonsOf({ kind, paths, members }).map(rings)
        : kind.endsWith('POINT')
          ? paths.map(points)
          : paths.map(counted)
  if (code === 7) return Buffer.concat([head(code), int(bodies.length), ...bodies])
  const part = PART[code]
  if (part !== undefined) return Buffer.concat([head(code), int(bodies.length), ...bodies.map((body) => Buffer.concat([head(part), body]))])
  if (kind === 'POINT' && bodies.length === 0) throw unserved('an empty point as binary')
  return Buffer.concat([head(code), bodies[0] ?? int(0)])
}

class Reader {
  readonly #view: DataView
  #at = 0
  #little = true

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  #take(length: number): number {
    if (this.#at + length > this.#view.byteLength) throw new BadArgument('Invalid WKB')
    this.#at += length
    return this.#at - length
  }

  #count(): number {
    const count = this.#view.getUint32(this.#take(4), this.#little)
    if (count > this.#view.byteLength) throw new BadArgument('Invalid WKB')
    return count
  }

  #list<T>(one: () => T): T[] {
    return Array.from({ length: this.#count() }, one)
  }

  #point(): Point {
    const [x, y] = [this.#view.getFloat64(this.#take(8), this.#little), this.#view.getFloat64(this.#take(8), this.#little)]
    assertFinite(x, y)
    return [x, y]
  }

  #line(): Path {
    const path = this.#list(() => this.#point())
    if (path.length === 1) throw unserved('a line of one point')
    return path
  }

  #kind(): Kind {
    const order = this.#view.getUint8(this.#take(1))
    if (order > 1) throw unserved('a binary geometry in such an order of bytes')
    this.#little = order === 1
    const kind = CODES[this.#view.getUint32(this.#take(4), this.#little) - 1]
    if (!kind) throw unserved('a binary geometry of such a type')
    return kind
  }

  #simple(kind: Kind): readonly Path[] {
    if (kind === 'POINT') return [[this.#point()]]
    if (kind === 'LINESTRING') return [this.#line()].filter((path) => path.length > 0)
    return this.#list(() => this.#line()).map((path, i) => ringOf(path, i === 0))
  }

  #part(of: Kind): readonly Path[] {
    const kind = this.#kind()
    if (`MULTI${kind}` !== of) throw unserved('a binary geometry with a part of another type')
    return this.#simple(kind)
  }

  geometry(depth = 0): Shape {
    if (depth > 20) throw unserved('a collection of collections so deep')
    const kind = this.#kind()
    if (kind === 'GEOMETRYCOLLECTION') {
      const members = this.#list(() => this.geometry(depth + 1))
      return shape(kind, [], members)
    }
    return shape(kind, kind.startsWith('MULTI') ? this.#list(() => this.#part(kind)).flat() : this.#simple(kind))
  }
}

export function readWkb(bytes: Uint8Array): Shape {
  spend(bytes.length, 'a geometry of so many points')
  return new Reader(bytes).geometry()
}
