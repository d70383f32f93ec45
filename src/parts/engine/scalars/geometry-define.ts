// How functions of geometries are defined: what they take and give are the texts of the engine.
import { INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api'
import { beginChunk, beginRow } from '#parts/engine/geometry/budget'
import { boundsOf, NAMES, read, type Shape, withoutEnvelope, write } from '#parts/engine/geometry/shape'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

export const named = (name: string, parameters: Scalar['parameters'], result: Scalar['result'], of: Scalar['of']): Scalar => ({
  name: `trino_${name}`,
  parameters,
  result,
  begin: beginChunk,
  of: (...args) => {
    beginRow()
    return of(...args)
  },
})

/** Of a geometry to a plain value. */
export const measure = (name: string, result: Scalar['result'], of: (given: Shape) => ReturnType<Scalar['of']>): Scalar =>
  named(name, [VARCHAR], result, (text: string) => of(read(text)))

/** Of a geometry to another. */
export const maker = (name: string, of: (given: Shape) => Shape | undefined): Scalar =>
  measure(name, VARCHAR, (given) => {
    const made = of(given)
    return made && write(made)
  })

export const list = (shapes: readonly Shape[] | undefined) => shapes && listValue(shapes.map(write))
export const lister = (name: string, of: (given: Shape) => readonly Shape[] | undefined): Scalar =>
  measure(name, LIST(VARCHAR), (given) => list(of(given)))

/** One part by its number. */
export const nth = (name: string, of: (given: Shape, index: number) => Shape | undefined): Scalar =>
  named(name, [VARCHAR, INTEGER], VARCHAR, (text: string, index: number) => {
    const made = of(read(text), index)
    return made && write(made)
  })

export function only(name: string, given: Shape, ...kinds: readonly string[]): void {
  const kind = withoutEnvelopeKind(given)
  if (!kinds.includes(kind))
    throw new BadArgument(`${name} does not apply to this kind of geometry`, undefined, `${name} does not apply to ${NAMES[given.kind]}`)
}

const withoutEnvelopeKind = ({ kind }: Shape): string => (kind === 'ENVELOPE' ? 'POLYGON' : kind)
export const asPolygon = (name: string, given: Shape): Shape => {
  only(name, given, 'POLYGON')
  return withoutEnvelope(given)
}

export function spherical(given: Shape): Shape {
  const b = boundsOf(given)
  if (b && !(Math.min(b.y0, -b.y1) >= -90)) throw new BadArgument('Latitude must be between -90 and 90')
  if (b && !(Math.min(b.x0, -b.x1) >= -180)) throw new BadArgument('Longitude must be between -180 and 180')
  return given
}
