// The list of rights that everything has: its one owner's. Whom else keys and policies let in, it does not tell, as in S3.
import { assertBucket, mayBucket, mayObject } from '#parts/storage/handlers/shared'
import { objectAsked } from '#parts/storage/handlers/versions'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { escapeXml, S3_NAMESPACE } from '#wire/s3/xml'

export async function getBucketAcl(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list')
  return ofOwner(store, request.bucket)
}

export async function getObjectAcl(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key } = request
  await mayObject(store, request, 'read', bucket, key)
  objectAsked(store, request)
  return ofOwner(store, bucket)
}

function ofOwner(store: Store, bucket: string): Reply {
  assertBucket(store, bucket)
  const owner = escapeXml(store.index.bucket(bucket)?.owner ?? '')
  const names = `<ID>${owner}</ID><DisplayName>${owner}</DisplayName>`
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${names}</Grantee>`
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<AccessControlPolicy xmlns="${S3_NAMESPACE}"><Owner>${names}</Owner><AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}
