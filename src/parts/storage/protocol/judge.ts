// Holds a request against the table before its handler sees it: what is asked for and not done is refused by name.
import { ExpectedOwner, InvalidOwnerId, MalformedXml, NotDone } from '#parts/storage/errors'
import { OPERATIONS, type Operation } from '#parts/storage/protocol/operations'
import { type Place, protocolRulings, type Ruling, rulingsOf, strange } from '#parts/storage/protocol/rulings'
import { LISTED } from '#wire/s3/xml'

/** The one account, as ARNs name it. */
export const ACCOUNT = '000000000000'

export interface Asked {
  readonly headers: ReadonlyMap<string, string>
  readonly pairs: readonly (readonly [name: string, value: string])[]
}

type Known = ReadonlyMap<string, (value: string) => boolean>

const taken = ({ verdict, values }: Ruling): ((value: string) => boolean) => {
  if (verdict === 'refused') return () => false
  if (values === undefined) return () => true
  const allowed = new Set(values.map((v) => v.toLowerCase()))
  return (value) => allowed.has(value.trim().toLowerCase())
}

const knownTo = (operation: Operation, place: Place): Known =>
  new Map(Object.entries({ ...protocolRulings(place), ...rulingsOf(operation, place) }).map(([name, ruling]) => [name, taken(ruling)]))

const TABLE: ReadonlyMap<string, Readonly<Record<Place, Known>>> = new Map(
  OPERATIONS.map((o) => [o.name, { header: knownTo(o, 'header'), query: knownTo(o, 'query'), element: knownTo(o, 'element') }]),
)

const META = 'x-amz-meta-'

/** @throws NotDone, ExpectedOwner, InvalidOwnerId */
export function assertTaken(operation: Operation, { headers, pairs }: Asked): void {
  const known = TABLE.get(operation.name)
  for (const [name, value] of headers) {
    const rule = known?.header.get(name.startsWith(META) ? META : name)
    if (rule ? !rule(value) : strange(operation, 'header', name)) throw NotDone({ place: 'header', name, value: rule ? `: ${value}` : '' })
  }
  for (const [name, value] of pairs) {
    const rule = known?.query.get(name)
    if (rule ? !rule(value) : !operation.needs.some((n) => n.split('=')[0] === name))
      throw NotDone({ place: 'query parameter', name, value: rule ? `=${value}` : '' })
  }
  assertOwner(headers.get('x-amz-expected-bucket-owner'))
  assertOwner(headers.get('x-amz-source-expected-bucket-owner'))
}

/** The elements of a document, by their path from its root. @throws NotDone, MalformedXml for what the model has not */
export function assertElements(operation: Operation, root: string, fields: Readonly<Record<string, unknown>>): void {
  const known = TABLE.get(operation.name)?.element
  const look = (path: string, value: unknown): void => {
    if (Array.isArray(value)) {
      if (!LISTED.has(path.slice(path.lastIndexOf('/') + 1))) throw MalformedXml({ reason: `${path} comes more than once` })
      for (const one of value) look(path, one)
      return
    }
    const rule = known?.get(path)
    if (!rule) throw MalformedXml({ reason: `there is no element ${path}` })
    const inside = typeof value === 'object' && value !== null
    if (!rule(inside ? '' : String(value))) throw NotDone({ place: 'element', name: path, value: '' })
    if (inside) for (const [name, one] of Object.entries(value)) if (name !== '#text') look(`${path}/${name}`, one)
  }
  look(root, fields)
}

function assertOwner(expected: string | undefined): void {
  if (expected === undefined || expected === ACCOUNT) return
  throw /^\d{12}$/.test(expected) ? ExpectedOwner({ expected }) : InvalidOwnerId()
}
