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
const CODECS: Record<string, Codec> = { null: (data, done) => done(null, data), deflate: inflateRaw, zstandard: zstdDecompress }

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

/** Throws on what is not an Avro file, or is compressed otherwise than null, deflate or zstandard. */
export function readContainer(bytes: Buffer): Promise<Container> {
  return new Promise((resolve, reject) => {
    const records: Record<string, unknown>[] = []
    let schema: AvroSchema | undefined
    let header: Record<string, Buffer> = {}
    const decoder = new avro.streams.BlockDecoder({
      codecs: CODECS,
      parseHook: (parsed: unknown) => {
        schema = parsed as AvroSchema
        return avro.Type.forSchema(parsed as avro.Schema, options())
      },
    })
    decoder.on('metadata', (_type: unknown, _codec: string, found: { meta: Record<string, Buffer> }) => {
      header = found.meta
    })
    decoder.on('data', (record) => records.push(record as Record<string, unknown>))
    decoder.on('error', reject)
    decoder.on('end', () => (schema ? resolve({ schema, header, records }) : reject(new Error('not an Avro file'))))
    decoder.end(bytes)
  })
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
