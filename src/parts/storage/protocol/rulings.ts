// What becomes of each header, parameter and element: served, harmless (the answer is the same without it), or else refused.
import { own } from '#kit/own'
import type { Operation } from '#parts/storage/protocol/operations'
import { ENCRYPTION } from '#parts/storage/records'
import { CHECKSUMS, checksumElement, checksumHeader, createDigest } from '#wire/s3/checksum'

export type Verdict = 'served' | 'harmless' | 'refused'
export type Place = 'header' | 'query' | 'element'

export interface Ruling {
  readonly verdict: Verdict
  /** The values that it is the verdict for, in any case of letters; others are refused. */
  readonly values?: readonly string[]
}

const served = (...values: readonly string[]): Ruling => ({ verdict: 'served', ...(values.length > 0 ? { values } : {}) })
const harmless = (...values: readonly string[]): Ruling => ({ verdict: 'harmless', ...(values.length > 0 ? { values } : {}) })
const REFUSED: Ruling = { verdict: 'refused' }

type Rulings = Readonly<Record<string, Ruling>>
const all = (names: readonly string[], ruling: Ruling): Rulings => Object.fromEntries(names.map((name) => [name, ruling]))

/** Served, with all that they stand in. */
const below = (path: string, names: readonly string[]): Rulings => {
  const parts = path.split('/')
  return all([...parts.map((_, i) => parts.slice(0, i + 1).join('/')), ...names.map((name) => `${path}/${name}`)], served())
}

/** Wherever the model has them. There is one owner and one storage class. */
const HEADERS: Rulings = {
  ...all(['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'], served()),
  ...all(['content-length', 'content-md5', 'range', 'x-amz-meta-', 'x-amz-metadata-directive'], served()),
  ...all(['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'], served()),
  ...all(['x-amz-copy-source', 'x-amz-copy-source-range', 'x-amz-copy-source-if-match', 'x-amz-copy-source-if-none-match'], served()),
  ...all(['x-amz-copy-source-if-modified-since', 'x-amz-copy-source-if-unmodified-since'], served()),
  ...all(['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner', 'x-amz-mp-object-size'], served()),
  ...all(CHECKSUMS.map(checksumHeader), served()),
  ...all(['x-amz-object-attributes', 'x-amz-max-parts', 'x-amz-part-number-marker'], served()),
  ...all(['x-amz-checksum-mode', 'x-amz-checksum-type'], served()),
  ...all(['x-amz-checksum-algorithm', 'x-amz-sdk-checksum-algorithm'], served(...CHECKSUMS)),
  'x-amz-acl': harmless('private', 'bucket-owner-full-control'),
  'x-amz-bucket-namespace': harmless('global'),
  'x-amz-bucket-object-lock-enabled': served('true', 'false'),
  'x-amz-bypass-governance-retention': served(),
  'x-amz-object-annotation-directive': harmless('COPY'),
  ...all(['x-amz-object-lock-legal-hold', 'x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'], served()),
  'x-amz-object-ownership': harmless('BucketOwnerEnforced'),
  'x-amz-optional-object-attributes': harmless(),
  'x-amz-confirm-remove-self-bucket-access': served('true', 'false'),
  'x-amz-request-payer': harmless(),
  'x-amz-server-side-encryption': served(ENCRYPTION),
  'x-amz-server-side-encryption-bucket-key-enabled': harmless('false'),
  'x-amz-skip-destination-validation': harmless('true', 'false'),
  'x-amz-storage-class': harmless('STANDARD'),
  'x-amz-tagging': served(),
  'x-amz-tagging-directive': served(),
  'x-amz-transition-default-minimum-object-size': harmless('all_storage_classes_128K'),
}

const QUERY: Rulings = {
  ...all(['delimiter', 'encoding-type', 'prefix', 'marker', 'start-after', 'continuation-token', 'fetch-owner'], served()),
  ...all(['max-buckets', 'max-keys', 'max-parts', 'max-uploads', 'bucket-region'], served()),
  ...all(['key-marker', 'upload-id-marker', 'part-number-marker', 'partNumber', 'uploadId', 'version-id-marker'], served()),
  ...all(['response-cache-control', 'response-content-disposition', 'response-content-encoding'], served()),
  ...all(['response-content-language', 'response-content-type', 'response-expires'], served()),
  versionId: served(),
}

const ENCRYPTION_RULE = 'ServerSideEncryptionConfiguration/Rule'

const ELEMENTS: Rulings = {
  ...all(['Delete', 'Delete/Object', 'Delete/Object/Key', 'Delete/Object/ETag', 'Delete/Object/VersionId', 'Delete/Quiet'], served()),
  ...all(['CompleteMultipartUpload', 'CompleteMultipartUpload/Part'], served()),
  ...all(['CompleteMultipartUpload/Part/ETag', 'CompleteMultipartUpload/Part/PartNumber'], served()),
  ...all(
    CHECKSUMS.map((c) => `CompleteMultipartUpload/Part/${checksumElement(c)}`),
    served(),
  ),
  ...all(['Tagging', 'Tagging/TagSet', 'Tagging/TagSet/Tag', 'Tagging/TagSet/Tag/Key', 'Tagging/TagSet/Tag/Value'], served()),
  ...below('CORSConfiguration/CORSRule', ['ID', 'AllowedHeader', 'AllowedMethod', 'AllowedOrigin', 'ExposeHeader', 'MaxAgeSeconds']),
  ...below('LifecycleConfiguration/Rule', ['ID', 'Prefix', 'Status']),
  ...below('LifecycleConfiguration/Rule/Expiration', ['Days', 'Date', 'ExpiredObjectDeleteMarker']),
  ...below('LifecycleConfiguration/Rule/Filter', ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan']),
  ...below('LifecycleConfiguration/Rule/Filter/Tag', ['Key', 'Value']),
  ...below('LifecycleConfiguration/Rule/Filter/And', ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan']),
  ...below('LifecycleConfiguration/Rule/Filter/And/Tag', ['Key', 'Value']),
  ...below('LifecycleConfiguration/Rule/NoncurrentVersionExpiration', ['NoncurrentDays', 'NewerNoncurrentVersions']),
  ...below('LifecycleConfiguration/Rule/AbortIncompleteMultipartUpload', ['DaysAfterInitiation']),
  ...below('NotificationConfiguration/QueueConfiguration', ['Id', 'Queue', 'Event']),
  ...below('NotificationConfiguration/QueueConfiguration/Filter/S3Key/FilterRule', ['Name', 'Value']),
  ...below(ENCRYPTION_RULE, []),
  [`${ENCRYPTION_RULE}/ApplyServerSideEncryptionByDefault`]: served(),
  [`${ENCRYPTION_RULE}/ApplyServerSideEncryptionByDefault/SSEAlgorithm`]: served(ENCRYPTION),
  [`${ENCRYPTION_RULE}/BucketKeyEnabled`]: harmless('false'),
  ...below('ObjectLockConfiguration', ['ObjectLockEnabled']),
  ...below('ObjectLockConfiguration/Rule/DefaultRetention', ['Mode', 'Days', 'Years']),
  ...below('PublicAccessBlockConfiguration', ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']),
  ...below('Retention', ['Mode', 'RetainUntilDate']),
  ...below('LegalHold', ['Status']),
  ...below('OwnershipControls/Rule', ['ObjectOwnership']),
  ...all(['VersioningConfiguration', 'VersioningConfiguration/Status'], served()),
  'VersioningConfiguration/MfaDelete': harmless('Disabled'),
  ...all(['CreateBucketConfiguration', 'CreateBucketConfiguration/LocationConstraint'], served()),
}

const OF_MODEL: Readonly<Record<Place, Rulings>> = { header: HEADERS, query: QUERY, element: ELEMENTS }

/** The AWS SDK for Java sends the digest of no body with requests that have none. */
const DIGESTS_OF_NOTHING: Rulings = Object.fromEntries(CHECKSUMS.map((c) => [checksumHeader(c), harmless(createDigest(c).finish())]))

/** Of the signature, the transfer and the client's own counting: with every operation, though the model names them at none. */
const PROTOCOL: Readonly<Record<Place, Rulings>> = {
  header: {
    ...all(['x-amz-content-sha256', 'x-amz-date', 'x-amz-decoded-content-length', 'x-amz-security-token', 'x-amz-trailer'], served()),
    ...DIGESTS_OF_NOTHING,
    ...all(['x-amz-api-version', 'x-amz-sdk-checksum-algorithm', 'x-amz-te', 'x-amz-user-agent'], harmless()),
  },
  query: {
    ...all(['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-Security-Token'], served()),
    ...all(['X-Amz-Signature', 'X-Amz-SignedHeaders'], served()),
    'X-Amz-Content-Sha256': harmless('UNSIGNED-PAYLOAD'),
    'x-id': harmless(),
  },
  element: {},
}

/** Headers without `x-amz-` that change what a request means: refused where the operation does not have them. */
const MEANINGFUL = new Set(['content-range', 'if-match', 'if-modified-since', 'if-none-match', 'if-unmodified-since', 'range'])

const WRITES = new Set(['DELETE', 'POST', 'PUT'])

/** What the operation's own members are, by their names. */
export function rulingsOf(operation: Operation, place: Place): Rulings {
  const names = { header: operation.headers, query: operation.query, element: operation.body }[place]
  return Object.fromEntries(names.map((name) => [name, own(OF_MODEL[place], name) ?? REFUSED]))
}

/** What stands beside the members of every operation. */
export function protocolRulings(place: Place): Rulings {
  return PROTOCOL[place]
}

/** Whether a parameter is one that presigning adds. */
export function isOfSignature(parameter: string): boolean {
  return own(PROTOCOL.query, parameter) !== undefined
}

/** Undefined for a header that says nothing to the store. */
export function strange(operation: Operation, place: Place, name: string): Ruling | undefined {
  if (place === 'header' && !name.startsWith('x-amz-') && !(MEANINGFUL.has(name) && WRITES.has(operation.method))) return undefined
  return REFUSED
}
