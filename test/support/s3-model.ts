// Amazon's own description of S3, which botocore carries, as the small table that the store is held against.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { judgePython } from '#test/support/judges'

interface Member {
  readonly shape: string
  readonly location?: 'header' | 'headers' | 'querystring' | 'uri'
  readonly locationName?: string
  readonly xmlAttribute?: boolean
  readonly flattened?: boolean
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Member>>
  readonly member?: Member
  readonly flattened?: boolean
  readonly required?: readonly string[]
  readonly payload?: string
}

interface Operation {
  readonly name: string
  readonly http: { readonly method: string; readonly requestUri: string }
  readonly input?: { readonly shape: string }
  readonly deprecated?: boolean
  /** Whose body may come with a checksum, in a header or behind it. */
  readonly httpChecksum?: { readonly requestAlgorithmMember?: string; readonly requestChecksumRequired?: boolean }
  /** Of a host of its own. */
  readonly endpoint?: unknown
}

interface Model {
  readonly operations: Readonly<Record<string, Operation>>
  readonly shapes: Readonly<Record<string, Shape>>
}

interface Row {
  readonly name: string
  readonly method: string
  readonly on: 'service' | 'bucket' | 'object'
  needs: string[]
  readonly headers: readonly string[]
  readonly query: readonly string[]
  readonly body: readonly string[]
}

/** One line for each operation; without those that are deprecated, or asked of hosts of their own. */
export function operationsOf(): string {
  const model = read()
  const operations = Object.values(model.operations).filter((o) => !o.deprecated && !o.endpoint && o.name !== 'ListDirectoryBuckets')
  const rows = operations.map((o) => ({ row: rowOf(model, o), needed: neededHeaders(model, o) }))
  for (const { row, needed } of rows) if (rows.some((other) => other.row !== row && sameTarget(other.row, row))) row.needs.push(...needed)
  return `${rows.map(({ row }) => JSON.stringify(row)).join('\n')}\n`
}

function read(): Model {
  const base = join(dirname(judgePython()), '../lib/python3*/site-packages/botocore/data/s3/2006-03-01/service-2.json.gz')
  const [file] = globSync(base)
  if (!file) throw new Error(`no model of S3 at ${base}`)
  return JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Model
}

function rowOf({ shapes }: Model, { name, http, input, httpChecksum }: Operation): Row {
  const [path = '', search = ''] = http.requestUri.split('?')
  const shape = shapes[input?.shape ?? '']
  const members = Object.entries(shape?.members ?? {})
  const at = (...locations: string[]) =>
    members.filter(([, m]) => locations.includes(m.location ?? '')).map(([, m]) => m.locationName ?? '')
  const named = (location: string) => (member: string) => shape?.members?.[member]?.location === location
  const required = (shape?.required ?? []).filter(named('querystring')).map((m) => shape?.members?.[m]?.locationName ?? '')
  return {
    name,
    method: http.method,
    on: path.includes('{Key+}') ? 'object' : path.includes('{Bucket}') ? 'bucket' : 'service',
    needs: [...search.split('&').filter((s) => s !== ''), ...required],
    headers: [...new Set([...at('header', 'headers').map((h) => h.toLowerCase()), ...checksumHeaders(shapes, httpChecksum)])].sort(),
    query: at('querystring').sort(),
    body: bodyOf(shapes, shape),
  }
}

/** Members of few operations, but taken by all whose body is summed. */
function checksumHeaders(shapes: Model['shapes'], sums: Operation['httpChecksum']): string[] {
  if (sums?.requestAlgorithmMember === undefined) return []
  const members = Object.entries(shapes.PutObjectRequest?.members ?? {}).filter(([member]) => /^Checksum(?!Algorithm|Type)/.test(member))
  return [...members.map(([, m]) => (m.locationName ?? '').toLowerCase()), ...(sums.requestChecksumRequired ? ['content-md5'] : [])]
}

/** Elements by their path below the root, which is the first. */
function bodyOf(shapes: Model['shapes'], input: Shape | undefined): string[] {
  const payload = input?.members?.[input.payload ?? '']
  if (!payload) return []
  const root = payload.locationName ?? payload.shape
  return shapes[payload.shape]?.type === 'structure' ? [root, ...elements(shapes, payload.shape, root, [])] : []
}

function elements(shapes: Model['shapes'], name: string, path: string, above: readonly string[]): string[] {
  const shape = shapes[name]
  if (!shape || above.includes(name)) return []
  const inside = [...above, name]
  return Object.entries(shape.members ?? {}).flatMap(([member, { shape: of, locationName, xmlAttribute, flattened }]) => {
    if (xmlAttribute) return []
    const here = `${path}/${locationName ?? member}`
    const list = shapes[of]
    if (list?.type !== 'list') return [here, ...elements(shapes, of, here, inside)]
    const item = (flattened ?? list.flattened) ? here : `${here}/${list.member?.locationName ?? 'member'}`
    return [...new Set([here, item]), ...elements(shapes, list.member?.shape ?? '', item, inside)]
  })
}

function neededHeaders({ shapes }: Model, { input }: Operation): string[] {
  const shape = shapes[input?.shape ?? '']
  return (shape?.required ?? []).flatMap((member) => {
    const { location, locationName = '' } = shape?.members?.[member] ?? {}
    return location === 'header' ? [locationName.toLowerCase()] : []
  })
}

function sameTarget(a: Row, b: Row): boolean {
  return (
    a.method === b.method &&
    a.on === b.on &&
    a.needs.filter((n) => !n.startsWith('x-')).join() === b.needs.filter((n) => !n.startsWith('x-')).join()
  )
}
