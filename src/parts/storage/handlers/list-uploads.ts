// Listing uploads that are open, and the parts of one.
import { listingOf } from '#parts/storage/handlers/listing'
import { MAX_PARTS, uploadOf } from '#parts/storage/handlers/multipart'
import { assertBucket, mayBucket, mayObject, numberFrom, quoted, xmlReply } from '#parts/storage/handlers/shared'
import { numberName, pageOf } from '#parts/storage/listing'
import type { PartRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { checksumElement } from '#wire/s3/checksum'

/** Sorted by key, then by the time they began (upload ids sort by time). */
export async function listUploads(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const { wanted, echo, name, prefixesOf } = listingOf(request, 'max-uploads')
  await mayBucket(store, request, 'list')
  assertBucket(store, bucket)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const after = keyMarker === '' ? undefined : { name: keyMarker, ...(idMarker === '' ? {} : { sub: idMarker }) }
  const page = store.index.listUploads(bucket, { ...wanted, after })
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: name(keyMarker),
    UploadIdMarker: idMarker,
    ...echo,
    NextKeyMarker: page.next && name(page.next.name),
    NextUploadIdMarker: page.next?.sub,
    MaxUploads: wanted.limit,
    IsTruncated: page.next !== undefined,
    Upload: page.items.map(({ name: key, sub, value: { owner, initiated, checksumAlgorithm, checksumType } }) => ({
      Key: name(key),
      UploadId: sub,
      Initiator: { ID: owner, DisplayName: owner },
      Owner: { ID: owner, DisplayName: owner },
      StorageClass: 'STANDARD',
      Initiated: new Date(initiated).toISOString(),
      ChecksumAlgorithm: checksumAlgorithm,
      ChecksumType: checksumType,
    })),
    CommonPrefixes: prefixesOf(page),
  })
}

export async function listParts(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'read', request.bucket, request.key)
  const { uploadId, upload } = uploadOf(store, request)
  const limit = numberFrom(request, 'max-parts', 1000, 1000)
  const marker = numberFrom(request, 'part-number-marker', 0, MAX_PARTS)
  function* parts() {
    for (const { part, record } of store.index.parts(uploadId, marker)) yield { name: numberName(part), value: record }
  }
  const page = pageOf<PartRecord>(parts, { prefix: '', delimiter: '', after: { name: numberName(marker) }, limit })
  const owner = { ID: upload.owner, DisplayName: upload.owner }
  return xmlReply('ListPartsResult', {
    Bucket: request.bucket,
    Key: request.key,
    UploadId: uploadId,
    Initiator: owner,
    Owner: owner,
    StorageClass: 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: Number(page.items.at(-1)?.name ?? 0),
    MaxParts: limit,
    IsTruncated: page.next !== undefined,
    ChecksumAlgorithm: upload.checksumAlgorithm,
    ChecksumType: upload.checksumType,
    Part: page.items.map(({ name, value }) => ({
      PartNumber: Number(name),
      LastModified: new Date(value.modified).toISOString(),
      ETag: quoted(value.etag),
      Size: value.size,
      ...(value.checksum ? { [checksumElement(value.checksum.algorithm)]: value.checksum.value } : {}),
    })),
  })
}
