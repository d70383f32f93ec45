// GetObjectAttributes: what is known of an object, without its bytes.
import { InvalidArgument } from '#parts/storage/errors'
import { mayObject, xmlReply } from '#parts/storage/handlers/shared'
import { objectAsked, versionHeaders } from '#parts/storage/handlers/versions'
import { numberName, pageOf, sourceOf } from '#parts/storage/listing'
import type { ObjectRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { checksumElement } from '#wire/s3/checksum'
import type { XmlFields } from '#wire/s3/xml'

const MOST_PARTS = 1000

type Attribute = (record: ObjectRecord, request: S3Request) => XmlFields

const ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ['ETag', ({ etag }) => ({ ETag: etag })],
  ['Checksum', ({ checksum: c }) => (c ? { Checksum: { [checksumElement(c.algorithm)]: c.value, ChecksumType: c.type } } : {})],
  ['ObjectParts', objectParts],
  ['StorageClass', () => ({ StorageClass: 'STANDARD' })],
  ['ObjectSize', ({ size }) => ({ ObjectSize: size })],
])

export async function getObjectAttributes(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  await mayObject(store, request, 'read', bucket, key, request.query.has('versionId') ? 'GetObjectVersion' : 'GetObject')
  await mayObject(store, request, 'read', bucket, key)
  const record = objectAsked(store, request)
  const asked = (headers.get('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim())
  const unknown = asked.find((name) => !ATTRIBUTES.has(name))
  if (unknown !== undefined)
    throw InvalidArgument({ reason: `x-amz-object-attributes must name some of ${[...ATTRIBUTES.keys()].join(', ')}` })
  const shown = [...ATTRIBUTES].filter(([name]) => asked.includes(name)).map(([, of]) => of(record, request))
  return xmlReply('GetObjectAttributesResponse', Object.assign({}, ...shown), {
    'last-modified': new Date(record.modified).toUTCString(),
    ...versionHeaders(store, request, record),
  })
}

function objectParts({ parts, partChecksums, checksum }: ObjectRecord, { headers }: S3Request): XmlFields {
  if (!parts) return {}
  const limit = Math.min(numberIn(headers, 'x-amz-max-parts', MOST_PARTS), MOST_PARTS)
  const marker = numberIn(headers, 'x-amz-part-number-marker', 0)
  const all = parts.map((Size, i) => ({ name: numberName(i + 1), value: { PartNumber: i + 1, Size, sum: partChecksums?.[i] } }))
  const page = pageOf(sourceOf(all), { prefix: '', delimiter: '', after: { name: numberName(marker) }, limit })
  return {
    ObjectParts: {
      PartsCount: parts.length,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.items.at(-1)?.value.PartNumber ?? 0,
      MaxParts: limit,
      IsTruncated: page.next !== undefined,
      Part: page.items.map(({ value: { sum, ...part } }) => ({
        ...part,
        ...(sum && checksum ? { [checksumElement(checksum.algorithm)]: sum } : {}),
      })),
    },
  }
}

function numberIn(headers: ReadonlyMap<string, string>, name: string, fallback: number): number {
  const text = headers.get(name) ?? String(fallback)
  if (!/^\d{1,9}$/.test(text)) throw InvalidArgument({ reason: `${name} must be a whole number` })
  return Number(text)
}
