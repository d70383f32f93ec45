// Avro container files in memory: 64-bit integers as bigint, logical types left raw, custom attributes and headers kept.
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw, zstdDecompress } from 'node:zlib'
import avro from 'avsc'

const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

/** Every long, however the schema spells it, logical types included. */
const typeHook = (schema: unknown): avro.Type | undefined =>
  schema === 'long' || (schema as { type?: unknown }).type === 'long' ? LONG : undefined
/** Made anew for each schema: the library keeps the names of types in it. */
const options = () => ({ typeHook, wrapUnions: false }) as unknown as Parameters<typeof avro.Type.forSchema>[1]

type Codec = (data: Buffer, done: (error: Error | null, result?: Buffer) => void) => void
type Inflate = (data: Buffer, options: { maxOutputLength: number }, done: (error: Error | null, result: Buffer) => void) => void
/** Bytes of all blocks of a file together, uncompressed: ten times what writers put into a manifest. */
const LARGEST_CONTENT = 256 * 1024 * 1024

/** Of one file: what its blocks may become is bounded, however well they were compressed. */
function codecs(): Record<string, Codec> {
  let left = LARGEST_CONTENT
  const bounded =
    (inflate: Inflate): Codec =>
    (data, done) =>
      inflate(data, { maxOutputLength: Math.max(1, left) }, (error, result) => {
        left -= result?.length ?? 0
        done(error, result)
      })
  return { null: (data, done) => done(null, data), deflate: bounded(inflateRaw), zstandard: bounded(zstdDecompress) }
}

export interface Container {
  /** The writer's schema with all its attributes. */
  readonly schema: AvroSchema
  readonly header: Readonly<Record<string, Buffer>>
  readonly records: readonly Record<string, unknown>[]
}

/** A schema as JSON; what is read of it here. */
export interface AvroSchema {
  readonly type: unknown
  readonly name?: string
  readonly fields?: readonly { readonly name: string; readonly type: unknown; readonly 'field-id'?: number }[]
  readonly [attribute: string]: unknown
}

const MOST_TYPES = 20
const LONGEST_SCHEMA = 32 * 1024
const types = new Map<string, avro.Type>()

/** The library compiles code for each type; writers use few schemas. */
function typeOf(schema: unknown): avro.Type {
  const text = JSON.stringify(schema)
  const type = types.get(text) ?? avro.Type.forSchema(schema as avro.Schema, options())
  types.delete(text)
  if (text.length <= LONGEST_SCHEMA) types.set(text, type)
  for (const oldest of types.keys()) {
    if (types.size <= MOST_TYPES) break
    types.delete(oldest)
  }
  return type
}

/** Throws on what is not an Avro file, or is compressed otherwise than null, deflate or zstandard. */
export function readContainer(bytes: Buffer): Promise<Container> {
  return new Promise((resolve, reject) => {
    const records: Record<string, unknown>[] = []
    let schema: AvroSchema | undefined
    let header: Record<string, Buffer> = {}
    let sync: Uint8Array | undefined
    const decoder = new avro.streams.BlockDecoder({
      codecs: codecs(),
      parseHook: (parsed: unknown) => {
        assertSized(parsed, 0)
        schema = parsed as AvroSchema
        return typeOf(parsed)
      },
    })
    decoder.on('metadata', (_type: unknown, _codec: string, found: { meta: Record<string, Buffer>; sync: Buffer }) => {
      header = found.meta
      sync = found.sync
    })
    decoder.on('data', (record) => records.push(record as Record<string, unknown>))
    decoder.on('error', reject)
    decoder.on('end', () => {
      if (!schema || !sync) return reject(new Error('not an Avro file'))
      // The decoder says nothing of a last block that was cut short; every whole file ends with its marker.
      if (!bytes.subarray(-sync.length).equals(sync)) return reject(new Error('the Avro file was cut short'))
      resolve({ schema, header, records })
    })
    decoder.end(bytes)
  })
}

/** Items that take no bytes could be counted without end; no field of the format is such. */
function assertSized(schema: unknown, depth: number): void {
  if (depth > DEEPEST_SCHEMA) throw new Error('the Avro schema is nested too deeply')
  if (schema === null || typeof schema !== 'object') return
  if (Array.isArray(schema)) {
    for (const branch of schema) assertSized(branch, depth + 1)
    return
  }
  const { type, items, values, fields } = schema as Record<string, unknown>
  for (const inner of [items, values]) if (takesNothing(inner)) throw new Error('the Avro schema has a list of items without bytes')
  for (const inner of [type, items, values]) assertSized(inner, depth + 1)
  for (const field of Array.isArray(fields) ? fields : []) assertSized(field, depth + 1)
}

const DEEPEST_SCHEMA = 100

function takesNothing(schema: unknown): boolean {
  if (schema === 'null') return true
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return false
  const { type, fields, size } = schema as { type?: unknown; fields?: { type?: unknown }[]; size?: unknown }
  if (type === 'record') return !Array.isArray(fields) || fields.every((f) => takesNothing(f?.type))
  return type === 'null' || (type === 'fixed' && !(Number(size) > 0)) || (typeof type === 'object' && takesNothing(type))
}

const compress = promisify(deflateRaw) as (data: Buffer) => Promise<Buffer>
const META = avro.Type.forSchema({ type: 'map', values: 'bytes' })
const COUNT = avro.Type.forSchema('long')

/** A container file of one block, compressed with deflate; the schema goes in with all its attributes, `header` values are texts. */
export async function writeContainer(
  schema: AvroSchema,
  header: Readonly<Record<string, string>>,
  records: readonly unknown[],
): Promise<Buffer> {
  const type = avro.Type.forSchema(schema as unknown as avro.Schema, options())
  const meta = Object.fromEntries(
    Object.entries({ ...header, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' }).map(([k, v]) => [k, Buffer.from(v)]),
  )
  const sync = randomBytes(16)
  const head = [Buffer.from('Obj\x01'), META.toBuffer(meta), sync]
  if (records.length === 0) return Buffer.concat(head)
  const data = await compress(Buffer.concat(records.map((record) => type.toBuffer(record))))
  return Buffer.concat([...head, COUNT.toBuffer(records.length), COUNT.toBuffer(data.length), data, sync])
}
