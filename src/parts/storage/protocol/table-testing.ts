// For the test of the table: a good request of each operation that is served, and a value of each member that must show in the answer.
import { expect } from 'vitest'
import { type Answer, REGION, type Sent } from '#parts/storage/fixture'
import { CHECKSUMS, checksumElement, checksumHeader, createDigest } from '#wire/s3/checksum'

export interface Bench {
  send(sent: Sent): Promise<Answer>
}

type Base = (bench: Bench) => Promise<Sent>

export interface Probe {
  readonly value: string
  /** Another request than the operation's own. */
  readonly base?: Base
  shows(seen: { answer: Answer; sent: Sent; bench: Bench; member: string; value: string }): void | Promise<void>
}

const OBJECT = '/lake/object'
const BODY = 'the body of an object'

const withObject = async ({ send }: Bench): Promise<void> => {
  expect((await send({ method: 'PUT', path: OBJECT, body: BODY, headers: { 'x-amz-checksum-crc32': sumOf('CRC32') } })).status).toBe(200)
}

const begun = async ({ send }: Bench, headers: Record<string, string> = {}): Promise<string> => {
  const { text } = await send({ path: '/lake?uploads=' })
  for (const [, id] of text.matchAll(/<UploadId>(\w+)</g)) await send({ method: 'DELETE', path: `${OBJECT}?uploadId=${id}` })
  const answer = await send({ method: 'POST', path: `${OBJECT}?uploads=`, headers })
  return /<UploadId>(\w+)</.exec(answer.text)?.[1] as string
}

const withPart = async (bench: Bench, headers: Record<string, string> = {}): Promise<{ id: string; etag: string }> => {
  const id = await begun(bench, headers)
  const part = await bench.send({ method: 'PUT', path: `${OBJECT}?partNumber=1&uploadId=${id}`, body: BODY })
  return { id, etag: part.headers.etag as string }
}

const completing = async (bench: Bench, headers: Record<string, string> = {}): Promise<Sent> => {
  await withObject(bench)
  const { id, etag } = await withPart(bench, headers)
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`
  return { method: 'POST', path: `${OBJECT}?uploadId=${id}`, body }
}

const reading =
  (sent: Sent): Base =>
  async (bench) => {
    await withObject(bench)
    return sent
  }

const ofAnother =
  (method: string, parameter: string, body?: string): Base =>
  async ({ send }) => {
    await send({ method: 'PUT', path: '/another' })
    return { method, path: `/another?${parameter}=`, ...(body === undefined ? {} : { body }) }
  }

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::another/never' }],
})
const withPolicy =
  (parameter: string): Base =>
  async (bench) => {
    await bench.send(await ofAnother('PUT', 'policy', POLICY)(bench))
    return { path: `/another?${parameter}=` }
  }

const TAGS = '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>'
const CORS =
  '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>'
const ABORT = '<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>'
const RULE = `<Rule><ID>r</ID><Filter><Prefix>p</Prefix></Filter><Status>Enabled</Status>${ABORT}</Rule>`
const ENCRYPTION =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>'
/** The webhook that the table’s store declares. */
export const WEBHOOK = 'table'
const NOTIFICATION = `<NotificationConfiguration><QueueConfiguration><Id>r</Id><Queue>arn:akko:sqs::${WEBHOOK}:webhook</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>p</Value></FilterRule></S3Key></Filter></QueueConfiguration></NotificationConfiguration>`
const OWNERSHIP = '<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>'

/** A bucket whose versions can be locked, and an object in it. */
const inLocked =
  (sent: Omit<Sent, 'path'>, parameter = ''): Base =>
  async ({ send }) => {
    await send({ method: 'PUT', path: '/locked', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } })
    await send({ method: 'PUT', path: LOCKED, body: BODY })
    return { ...sent, path: parameter === '' ? LOCKED : `${LOCKED}?${parameter}=` }
  }

const LOCKED = '/locked/object'
const LOCK = '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'
const RETAINED = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3600_000).toISOString()
const RETENTION = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${RETAINED}</RetainUntilDate></Retention>`
const HOLD = '<LegalHold><Status>OFF</Status></LegalHold>'
const retained: Base = async (bench) => {
  const sent = await inLocked({}, 'retention')(bench)
  await bench.send({ ...sent, method: 'PUT', body: RETENTION })
  return sent
}
const held: Base = async (bench) => {
  const sent = await inLocked({}, 'legal-hold')(bench)
  await bench.send({ ...sent, method: 'PUT', body: HOLD })
  return sent
}

/** Settings, by the parameter that asks for them. */
const SETTINGS = {
  GetBucketAccelerateConfiguration: 'accelerate',
  GetBucketCors: 'cors',
  GetBucketEncryption: 'encryption',
  GetBucketLifecycleConfiguration: 'lifecycle',
  GetBucketLogging: 'logging',
  GetBucketNotificationConfiguration: 'notification',
  GetBucketOwnershipControls: 'ownershipControls',
  GetBucketReplication: 'replication',
  GetBucketRequestPayment: 'requestPayment',
  GetBucketTagging: 'tagging',
  GetBucketWebsite: 'website',
  GetPublicAccessBlock: 'publicAccessBlock',
}

/** Those that no bucket has, by the code that says so. */
export const NEVER_SET: Readonly<Record<string, string>> = {
  GetBucketCors: 'NoSuchCORSConfiguration',
  GetBucketEncryption: 'ServerSideEncryptionConfigurationNotFoundError',
  GetBucketReplication: 'ReplicationConfigurationNotFoundError',
  GetBucketTagging: 'NoSuchTagSet',
  GetBucketWebsite: 'NoSuchWebsiteConfiguration',
}

export const bases: Readonly<Record<string, Base>> = {
  ...Object.fromEntries(
    Object.entries(SETTINGS).map(([name, parameter]): [string, Base] => [name, async () => ({ path: `/lake?${parameter}=` })]),
  ),
  PutBucketPolicy: ofAnother('PUT', 'policy', POLICY),
  GetBucketPolicy: withPolicy('policy'),
  GetBucketPolicyStatus: withPolicy('policyStatus'),
  DeleteBucketPolicy: ofAnother('DELETE', 'policy'),
  PutPublicAccessBlock: ofAnother('PUT', 'publicAccessBlock', '<PublicAccessBlockConfiguration></PublicAccessBlockConfiguration>'),
  DeletePublicAccessBlock: ofAnother('DELETE', 'publicAccessBlock'),
  PutObjectLockConfiguration: async (bench) => {
    await inLocked({})(bench)
    return { method: 'PUT', path: '/locked?object-lock=', body: LOCK }
  },
  GetObjectLockConfiguration: async (bench) => {
    await inLocked({})(bench)
    return { path: '/locked?object-lock=' }
  },
  PutObjectRetention: inLocked({ method: 'PUT', body: RETENTION }, 'retention'),
  GetObjectRetention: retained,
  PutObjectLegalHold: inLocked({ method: 'PUT', body: HOLD }, 'legal-hold'),
  GetObjectLegalHold: held,
  PutBucketTagging: ofAnother('PUT', 'tagging', TAGS),
  DeleteBucketTagging: ofAnother('DELETE', 'tagging'),
  PutBucketCors: ofAnother('PUT', 'cors', CORS),
  DeleteBucketCors: ofAnother('DELETE', 'cors'),
  PutBucketLifecycleConfiguration: ofAnother('PUT', 'lifecycle', `<LifecycleConfiguration>${RULE}</LifecycleConfiguration>`),
  DeleteBucketLifecycle: ofAnother('DELETE', 'lifecycle'),
  PutBucketOwnershipControls: ofAnother('PUT', 'ownershipControls', OWNERSHIP),
  PutBucketNotificationConfiguration: ofAnother('PUT', 'notification', NOTIFICATION),
  PutBucketEncryption: ofAnother('PUT', 'encryption', ENCRYPTION),
  DeleteBucketEncryption: ofAnother('DELETE', 'encryption'),
  DeleteBucketOwnershipControls: ofAnother('DELETE', 'ownershipControls'),
  GetObjectTagging: reading({ path: `${OBJECT}?tagging=` }),
  PutObjectTagging: reading({ method: 'PUT', path: `${OBJECT}?tagging=`, body: TAGS }),
  DeleteObjectTagging: reading({ method: 'DELETE', path: `${OBJECT}?tagging=` }),
  ListBuckets: async ({ send }) => {
    await send({ method: 'PUT', path: '/another' })
    return { path: '/' }
  },
  CreateBucket: async ({ send }) => {
    await send({ method: 'DELETE', path: '/another' })
    return { method: 'PUT', path: '/another' }
  },
  HeadBucket: async () => ({ method: 'HEAD', path: '/lake' }),
  DeleteBucket: async ({ send }) => {
    await send({ method: 'PUT', path: '/another' })
    return { method: 'DELETE', path: '/another' }
  },
  GetBucketLocation: async () => ({ path: '/lake?location=' }),
  GetBucketVersioning: async () => ({ path: '/lake?versioning=' }),
  PutBucketVersioning: ofAnother('PUT', 'versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
  ListObjects: reading({ path: '/lake' }),
  ListObjectVersions: reading({ path: '/lake?versions=' }),
  GetBucketAcl: async () => ({ path: '/lake?acl=' }),
  GetObjectAcl: reading({ path: `${OBJECT}?acl=` }),
  GetObjectAttributes: async (bench) => {
    await bench.send(await completing(bench))
    return { path: `${OBJECT}?attributes=`, headers: { 'x-amz-object-attributes': 'ObjectParts' } }
  },
  ListObjectsV2: reading({ path: '/lake?list-type=2' }),
  GetObject: reading({ path: OBJECT }),
  HeadObject: reading({ method: 'HEAD', path: OBJECT }),
  PutObject: reading({ method: 'PUT', path: OBJECT, body: BODY }),
  CopyObject: reading({
    method: 'PUT',
    path: '/lake/copied',
    headers: { 'x-amz-copy-source': OBJECT, 'x-amz-metadata-directive': 'REPLACE' },
  }),
  DeleteObject: reading({ method: 'DELETE', path: OBJECT }),
  DeleteObjects: reading({ method: 'POST', path: '/lake?delete=', body: '<Delete><Object><Key>object</Key></Object></Delete>' }),
  CreateMultipartUpload: async () => ({ method: 'POST', path: `${OBJECT}?uploads=` }),
  UploadPart: async (bench) => ({ method: 'PUT', path: `${OBJECT}?partNumber=2&uploadId=${await begun(bench)}`, body: BODY }),
  UploadPartCopy: async (bench) => {
    await withObject(bench)
    return { method: 'PUT', path: `${OBJECT}?partNumber=2&uploadId=${await begun(bench)}`, headers: { 'x-amz-copy-source': OBJECT } }
  },
  CompleteMultipartUpload: (bench) => completing(bench),
  AbortMultipartUpload: async (bench) => ({ method: 'DELETE', path: `${OBJECT}?uploadId=${await begun(bench)}` }),
  ListParts: async (bench) => ({ path: `${OBJECT}?uploadId=${(await withPart(bench)).id}` }),
  ListMultipartUploads: async (bench) => {
    await begun(bench)
    return { path: '/lake?uploads=' }
  },
}

/** Shown by tests of their own: that a body needs a length, and that a copy has a source, keys are deleted, parts joined. */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['content-length', 'Delete', 'Delete/Object', 'Delete/Object/Key', 'CompleteMultipartUpload', 'CompleteMultipartUpload/Part'],
  ...['CreateBucketConfiguration', 'VersioningConfiguration', 'Tagging', 'Tagging/TagSet', 'Tagging/TagSet/Tag'],
  ...['CORSConfiguration', 'CORSConfiguration/CORSRule', 'OwnershipControls', 'OwnershipControls/Rule', 'LifecycleConfiguration'],
  // Each alone with another condition or action: settings.test.ts.
  ...['', '/Prefix', '/Filter', '/Filter/Tag', '/Filter/Tag/Key', '/Filter/Tag/Value'].map((path) => `LifecycleConfiguration/Rule${path}`),
  ...['', '/Prefix', '/Tag', '/Tag/Key', '/Tag/Value'].map((path) => `LifecycleConfiguration/Rule/Filter/And${path}`),
  ...['Filter', 'Filter/And'].flatMap((path) =>
    ['GreaterThan', 'LessThan'].map((end) => `LifecycleConfiguration/Rule/${path}/ObjectSize${end}`),
  ),
  ...['', '/Days', '/Date', '/ExpiredObjectDeleteMarker'].map((path) => `LifecycleConfiguration/Rule/Expiration${path}`),
  ...['', '/NoncurrentDays', '/NewerNoncurrentVersions'].map((path) => `LifecycleConfiguration/Rule/NoncurrentVersionExpiration${path}`),
  'LifecycleConfiguration/Rule/AbortIncompleteMultipartUpload',
  ...[
    '',
    '/QueueConfiguration',
    '/QueueConfiguration/Filter',
    '/QueueConfiguration/Filter/S3Key',
    '/QueueConfiguration/Filter/S3Key/FilterRule',
  ].map((path) => `NotificationConfiguration${path}`),
  ...['', '/Rule', '/Rule/ApplyServerSideEncryptionByDefault'].map((path) => `ServerSideEncryptionConfiguration${path}`),
  // In pairs, and with what time makes of them: lock.test.ts.
  ...['x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date', 'x-amz-bucket-object-lock-enabled'],
  ...['', '/Mode', '/Days', '/Years'].map((path) => `ObjectLockConfiguration/Rule/DefaultRetention${path}`),
  ...['ObjectLockConfiguration', 'ObjectLockConfiguration/Rule', 'Retention', 'LegalHold', 'PublicAccessBlockConfiguration'],
  // Of who is no root: bucket-policies.test.ts.
  'x-amz-confirm-remove-self-bucket-access',
])

const refused = (value: string, status: number, code: string): Probe => ({
  value,
  shows: ({ answer, sent, member }) => {
    expect({ member, status: answer.status }).toEqual({ member, status })
    if (sent.method !== 'HEAD' && status !== 304) expect({ member, code: answer.code }).toEqual({ member, code })
  },
})

const says = (value: string, text: string): Probe => ({ value, shows: ({ answer }) => expect(answer.text).toContain(text) })

/** HEAD of what was written, or of what the upload becomes that was begun. */
const headOf = async (bench: Bench, sent: Sent, answer: Answer): Promise<Answer['headers']> => {
  let path = sent.path
  const id = /<UploadId>(\w+)</.exec(answer.text)?.[1]
  if (id) {
    path = OBJECT
    const part = await bench.send({ method: 'PUT', path: `${OBJECT}?partNumber=1&uploadId=${id}`, body: BODY })
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`
    expect((await bench.send({ method: 'POST', path: `${OBJECT}?uploadId=${id}`, body })).status).toBe(200)
  }
  return (await bench.send({ method: 'HEAD', path })).headers
}

/** Stored with the object, and told by the next HEAD of it. */
const told = (value: string): Probe => ({
  value,
  shows: async ({ answer, sent, bench, member }) =>
    expect(await headOf(bench, sent, answer)).toMatchObject({ [member.endsWith('-') ? `${member}x` : member]: value }),
})

/** Told by what asks for the setting that was made. */
const kept = (value: string): Probe => ({
  value,
  shows: async ({ sent, bench, member }) => {
    const tag = member.slice(member.lastIndexOf('/') + 1)
    expect((await bench.send({ path: sent.path })).text).toContain(`<${tag}>${value}</${tag}>`)
  },
})

const tagCount = (value: string, count: string | undefined): Probe => ({
  value,
  shows: async ({ answer, sent, bench }) => expect((await headOf(bench, sent, answer))['x-amz-tagging-count']).toBe(count),
})

/** A copy of an object that has a tag. */
const copying =
  (headers: Record<string, string>): Base =>
  async ({ send }) => {
    await send({ method: 'PUT', path: OBJECT, body: BODY, headers: { 'x-amz-tagging': 'a=1' } })
    return { method: 'PUT', path: '/lake/copied', headers: { 'x-amz-copy-source': OBJECT, ...headers } }
  }

const answered = (value: string, header: string): Probe => ({ value, shows: ({ answer }) => expect(answer.headers[header]).toBe(value) })

const LONG_AGO = 'Sat, 01 Jan 2000 00:00:00 GMT'
const FAR = new Date(Date.now() + 24 * 3600 * 1000).toUTCString()
const responses = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires']

export const PROBES: Readonly<Record<string, Probe>> = {
  ...Object.fromEntries(responses.map((name) => [name, told(name === 'expires' ? LONG_AGO : `x-${name}`)])),
  ...Object.fromEntries(responses.map((name) => [`response-${name}`, answered(`x-${name}`, name)])),
  'x-amz-meta-': told('kept'),
  'x-amz-metadata-directive': refused('NEITHER', 400, 'InvalidArgument'),
  'content-md5': refused('AAAAAAAAAAAAAAAAAAAAAA==', 400, 'BadDigest'),
  range: refused('bytes=999-', 416, 'InvalidRange'),
  'if-match': refused('"other"', 412, 'PreconditionFailed'),
  'if-none-match': refused('*', 412, 'PreconditionFailed'),
  'GetObject if-none-match': refused('*', 304, ''),
  'HeadObject if-none-match': refused('*', 304, ''),
  'CopyObject if-none-match': {
    ...refused('*', 412, 'PreconditionFailed'),
    base: async (b) => ({ ...(await bases.CopyObject!(b)), path: OBJECT }),
  },
  'if-modified-since': refused(FAR, 304, ''),
  'if-unmodified-since': refused(LONG_AGO, 412, 'PreconditionFailed'),
  'x-amz-copy-source-range': refused('bytes=5-', 400, 'InvalidArgument'),
  'x-amz-copy-source-if-match': refused('"other"', 412, 'PreconditionFailed'),
  'x-amz-copy-source-if-none-match': refused('*', 412, 'PreconditionFailed'),
  'x-amz-copy-source-if-modified-since': refused(FAR, 412, 'PreconditionFailed'),
  'x-amz-copy-source-if-unmodified-since': refused(LONG_AGO, 412, 'PreconditionFailed'),
  'x-amz-expected-bucket-owner': refused('999999999999', 403, 'AccessDenied'),
  'x-amz-source-expected-bucket-owner': refused('999999999999', 403, 'AccessDenied'),
  'x-amz-mp-object-size': refused('1', 400, 'InvalidRequest'),
  ...Object.fromEntries(CHECKSUMS.map((c) => [checksumHeader(c), refused(sumOf(c, 'other'), 400, 'BadDigest')])),
  ...Object.fromEntries(
    CHECKSUMS.map((c): [string, Probe] => [
      `CompleteMultipartUpload ${checksumHeader(c)}`,
      { ...refused(sumOf(c, 'other'), 400, 'BadDigest'), base: (b) => completing(b, { 'x-amz-checksum-algorithm': c }) },
    ]),
  ),
  'x-amz-checksum-mode': {
    value: 'ENABLED',
    shows: ({ answer }) =>
      expect(answer.headers).toMatchObject({ 'x-amz-checksum-crc32': sumOf('CRC32'), 'x-amz-checksum-type': 'FULL_OBJECT' }),
  },
  'x-amz-checksum-type': refused('FULL_OBJECT', 400, 'InvalidRequest'),
  'x-amz-checksum-algorithm': answered('SHA256', 'x-amz-checksum-algorithm'),
  'CopyObject x-amz-checksum-algorithm': says('SHA256', `<ChecksumSHA256>${sumOf('SHA256')}</ChecksumSHA256>`),
  'x-amz-sdk-checksum-algorithm': refused('SHA256', 400, 'InvalidRequest'),
  delimiter: says('j', '<CommonPrefixes><Prefix>obj</Prefix></CommonPrefixes>'),
  'encoding-type': refused('latin1', 400, 'InvalidArgument'),
  prefix: says('zz', '<Prefix>zz</Prefix>'),
  marker: { value: 'zz', shows: ({ answer }) => expect(answer.text).not.toContain('<Key>') },
  'start-after': { value: 'zz', shows: ({ answer }) => expect(answer.text).not.toContain('<Key>') },
  'key-marker': { value: 'zz', shows: ({ answer }) => expect(answer.text).not.toContain('<Key>') },
  'upload-id-marker': says('zz', '<UploadIdMarker>zz</UploadIdMarker>'),
  'continuation-token': refused('no token', 400, 'InvalidArgument'),
  'fetch-owner': says('true', '<Owner>'),
  'bucket-region': { value: 'elsewhere', shows: ({ answer }) => expect(answer.text).not.toContain('<Name>') },
  'max-buckets': says('1', '<ContinuationToken>'),
  'max-keys': says('0', '<MaxKeys>0</MaxKeys>'),
  'max-parts': says('0', '<MaxParts>0</MaxParts>'),
  'max-uploads': says('0', '<MaxUploads>0</MaxUploads>'),
  'part-number-marker': { value: '1', shows: ({ answer }) => expect(answer.text).not.toContain('<Part>') },
  partNumber: refused('99', 416, 'InvalidPartNumber'),
  'x-amz-object-attributes': says('ObjectSize', '<ObjectSize>21</ObjectSize>'),
  'x-amz-max-parts': says('0', '<MaxParts>0</MaxParts>'),
  'x-amz-part-number-marker': { value: '1', shows: ({ answer }) => expect(answer.text).not.toContain('<Part>') },
  'version-id-marker': refused('null', 400, 'InvalidArgument'),
  versionId: answered('null', 'x-amz-version-id'),
  'GetObjectTagging versionId': says('null', '<TagSet>'),
  'GetObjectAcl versionId': says('null', '<Permission>FULL_CONTROL</Permission>'),
  'GetObjectAttributes versionId': answered('null', 'x-amz-version-id'),
  'Delete/Quiet': { value: 'true', shows: ({ answer }) => expect(answer.text).not.toContain('<Deleted>') },
  'Delete/Object/ETag': says('other', '<Error><Key>object</Key><Code>PreconditionFailed</Code>'),
  'Delete/Object/VersionId': says('null', '<Key>object</Key><VersionId>null</VersionId>'),
  'CompleteMultipartUpload/Part/ETag': refused('other', 400, 'InvalidPart'),
  'CompleteMultipartUpload/Part/PartNumber': refused('7', 400, 'InvalidPart'),
  ...Object.fromEntries(
    CHECKSUMS.map((c): [string, Probe] => [
      `CompleteMultipartUpload/Part/${checksumElement(c)}`,
      { ...refused(sumOf(c, 'other'), 400, 'InvalidPart'), base: (b) => completing(b, { 'x-amz-checksum-algorithm': c }) },
    ]),
  ),
  'VersioningConfiguration/Status': kept('Suspended'),
  'x-amz-object-lock-legal-hold': refused('ON', 400, 'InvalidRequest'),
  'x-amz-bypass-governance-retention': refused('true', 400, 'InvalidArgument'),
  'PutObjectRetention x-amz-bypass-governance-retention': {
    value: 'true',
    base: async (bench) => ({ ...(await retained(bench)), method: 'PUT', body: '<Retention></Retention>' }),
    shows: ({ answer }) => expect(answer.status).toBe(200),
  },
  'ObjectLockConfiguration/ObjectLockEnabled': refused('Disabled', 400, 'MalformedXML'),
  'Retention/Mode': refused('OTHER', 400, 'MalformedXML'),
  'Retention/RetainUntilDate': refused('2001-01-01T00:00:00Z', 400, 'InvalidArgument'),
  ...Object.fromEntries(
    ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'].map((name): [string, Probe] => [
      `PublicAccessBlockConfiguration/${name}`,
      kept('true'),
    ]),
  ),
  'LegalHold/Status': refused('MAYBE', 400, 'MalformedXML'),
  ...Object.fromEntries(
    ['PutObjectRetention', 'GetObjectRetention', 'PutObjectLegalHold', 'GetObjectLegalHold'].map((name): [string, Probe] => [
      `${name} versionId`,
      refused('0'.repeat(32), 404, 'NoSuchVersion'),
    ]),
  ),
  'x-amz-tagging': tagCount('a=1&b=2', '2'),
  'CopyObject x-amz-tagging': { ...tagCount('a=1&b=2', '2'), base: copying({ 'x-amz-tagging-directive': 'REPLACE' }) },
  'CopyObject x-amz-tagging-directive': { ...tagCount('REPLACE', undefined), base: copying({}) },
  'PutObjectTagging versionId': answered('null', 'x-amz-version-id'),
  'DeleteObjectTagging versionId': answered('null', 'x-amz-version-id'),
  'Tagging/TagSet/Tag/Key': kept('other'),
  'Tagging/TagSet/Tag/Value': kept('other'),
  'CORSConfiguration/CORSRule/ID': kept('named'),
  'CORSConfiguration/CORSRule/AllowedHeader': kept('x-a'),
  'CORSConfiguration/CORSRule/AllowedMethod': kept('PUT'),
  'CORSConfiguration/CORSRule/AllowedOrigin': kept('https://*.example'),
  'CORSConfiguration/CORSRule/ExposeHeader': kept('etag'),
  'CORSConfiguration/CORSRule/MaxAgeSeconds': kept('7'),
  'LifecycleConfiguration/Rule/ID': kept('named'),
  'LifecycleConfiguration/Rule/Status': kept('Disabled'),
  'LifecycleConfiguration/Rule/Filter/Prefix': kept('other'),
  'LifecycleConfiguration/Rule/AbortIncompleteMultipartUpload/DaysAfterInitiation': kept('7'),
  'x-amz-server-side-encryption': answered('AES256', 'x-amz-server-side-encryption'),
  'ServerSideEncryptionConfiguration/Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm': kept('AES256'),
  'NotificationConfiguration/QueueConfiguration/Id': kept('named'),
  'NotificationConfiguration/QueueConfiguration/Queue': refused('arn:akko:sqs::other:webhook', 400, 'InvalidArgument'),
  'NotificationConfiguration/QueueConfiguration/Event': kept('s3:ObjectRemoved:Delete'),
  'NotificationConfiguration/QueueConfiguration/Filter/S3Key/FilterRule/Name': kept('Suffix'),
  'NotificationConfiguration/QueueConfiguration/Filter/S3Key/FilterRule/Value': kept('other'),
  'OwnershipControls/Rule/ObjectOwnership': kept('BucketOwnerPreferred'),
  'CreateBucketConfiguration/LocationConstraint': refused(`${REGION}-2`, 400, 'InvalidLocationConstraint'),
}

function sumOf(algorithm: (typeof CHECKSUMS)[number], body = BODY): string {
  const digest = createDigest(algorithm)
  digest.update(Buffer.from(body))
  return digest.finish()
}
