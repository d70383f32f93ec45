// Clients that we did not write judge the part: boto3, the AWS CLI with `aws iam`, s3fs. A missing judge is a failure.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, SESSION_KEY, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startForkingPython } from '#test/support/forking-python'
import { judgePython } from '#test/support/judges'
import { mintSession } from '#wire/s3/session'
import type { Credentials } from '#wire/s3/sigv4'

const run = promisify(execFile)
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
let folder: string

beforeAll(async () => {
  storage = await startTestStorage(policy)
  folder = mkdtempSync(join(tmpdir(), 'akko-judge-'))
})
afterAll(async () => {
  await storage.stop()
  rmSync(folder, { recursive: true, force: true })
})

const environment = (credentials: Credentials) => ({
  PATH: process.env.PATH,
  HOME: folder,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
  AWS_ENDPOINT_URL: storage.endpoint,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_PAGER: '',
})

const forked = startForkingPython(judgePython(), ['boto3.session', 'boto3.s3.transfer', 'awscli.clidriver', 's3transfer.manager', 's3fs'])

/** Asserts are the script's own; the output is its standard output. */
async function python(script: string, credentials: Credentials = ROOT, args: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await forked({ script, args, env: environment(credentials), folder })
  if (code !== 0) throw new Error(`Python ended with ${code}\n${stderr}\n${stdout}`)
  return stdout.trim()
}

/** As its console script has it. */
const AWS = 'import sys\nfrom awscli.clidriver import main\nsys.exit(main())'

const aws = (args: readonly string[], credentials: Credentials = ROOT): Promise<string> => python(AWS, credentials, args)

describe('boto3', () => {
  it('clears a bucket as test suites do: versions, uploads, bucket', async () => {
    const output = await python(`
import boto3
s3, bucket = boto3.client('s3'), boto3.resource('s3').Bucket('cleared')
bucket.create(CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
for key in ['a', 'b/c', 'd\\re', 'f g']: s3.put_object(Bucket='cleared', Key=key, Body=b'x')
s3.create_multipart_upload(Bucket='cleared', Key='open')
assert s3.get_bucket_acl(Bucket='cleared')['Grants'][0]['Permission'] == 'FULL_CONTROL'
assert s3.get_object_attributes(Bucket='cleared', Key='a', ObjectAttributes=['ObjectSize', 'ETag'])['ObjectSize'] == 1
versions = s3.get_paginator('list_object_versions').paginate(Bucket='cleared', PaginationConfig={'PageSize': 3})
found = [(v['Key'], v['VersionId']) for page in versions for v in page['Versions']]
assert found == [('a', 'null'), ('b/c', 'null'), ('d\\re', 'null'), ('f g', 'null')], found
bucket.object_versions.delete()
assert 'Contents' not in s3.list_objects_v2(Bucket='cleared')
bucket.delete()
print('cleared')
`)
    expect(output).toBe('cleared')
  })

  it('has objects encrypted, by itself and by the bucket, in parts and copied', async () => {
    const output = await python(`
import boto3, io
from boto3.s3.transfer import TransferConfig
s3 = boto3.client('s3')
s3.create_bucket(Bucket='secret', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
rule = {'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'AES256'}}
sse = {'ServerSideEncryption': 'AES256'}
assert s3.put_object(Bucket='secret', Key='asked', Body=b'x' * 1000, **sse)['ServerSideEncryption'] == 'AES256'
assert 'ServerSideEncryption' not in s3.put_object(Bucket='secret', Key='plain', Body=b'x')
s3.put_bucket_encryption(Bucket='secret', ServerSideEncryptionConfiguration={'Rules': [rule]})
found = s3.get_bucket_encryption(Bucket='secret')['ServerSideEncryptionConfiguration']['Rules']
assert found == [{**rule, 'BucketKeyEnabled': False}], found
large = bytes(range(256)) * 4096 * 6
small_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
s3.upload_fileobj(io.BytesIO(large), 'secret', 'large', Config=small_parts)
s3.copy({'Bucket': 'secret', 'Key': 'large'}, 'secret', 'copied', Config=small_parts)
for key in ['large', 'copied']:
    got = s3.get_object(Bucket='secret', Key=key)
    assert got['ServerSideEncryption'] == 'AES256' and got['Body'].read() == large, key
into = io.BytesIO()
s3.download_fileobj('secret', 'copied', into, Config=small_parts)
assert into.getvalue() == large
assert s3.head_object(Bucket='secret', Key='asked')['ServerSideEncryption'] == 'AES256'
print('encrypted')
`)
    expect(output).toBe('encrypted')
  })

  it('keeps versions, lists their pages, brings one back, clears the bucket', async () => {
    const output = await python(`
import boto3
from botocore.exceptions import ClientError
s3, bucket = boto3.client('s3'), boto3.resource('s3').Bucket('versioned')
bucket.create(CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
bucket.Versioning().enable()
assert bucket.Versioning().status == 'Enabled'
made = [s3.put_object(Bucket='versioned', Key=key, Body=b'%d' % i)['VersionId'] for key in ['a', 'b/c'] for i in range(5)]
gone = s3.delete_object(Bucket='versioned', Key='a')
assert gone['DeleteMarker']
try: s3.head_object(Bucket='versioned', Key='a', VersionId=gone['VersionId']); raise AssertionError
except ClientError as e: assert e.response['Error']['Code'] == '405', e
assert s3.get_object(Bucket='versioned', Key='a', VersionId=made[2])['Body'].read() == b'2'
pages = list(s3.get_paginator('list_object_versions').paginate(Bucket='versioned', PaginationConfig={'PageSize': 4}))
assert [v['VersionId'] for p in pages for v in p.get('Versions', [])] == made[4::-1] + made[:4:-1], pages
assert [(m['VersionId'], m['IsLatest']) for p in pages for m in p.get('DeleteMarkers', [])] == [(gone['VersionId'], True)]
back = s3.copy_object(Bucket='versioned', Key='a', CopySource={'Bucket': 'versioned', 'Key': 'a', 'VersionId': made[1]})
assert back['CopySourceVersionId'] == made[1] and s3.get_object(Bucket='versioned', Key='a')['Body'].read() == b'1'
bucket.Versioning().suspend()
s3.put_object(Bucket='versioned', Key='a', Body=b'null')
assert s3.get_object(Bucket='versioned', Key='a', VersionId='null')['Body'].read() == b'null'
bucket.object_versions.delete()
bucket.delete()
print('cleared')
`)
    expect(output).toBe('cleared')
  })

  it('tags, and sets what a bucket has for pages from elsewhere, for its lifecycle and its owner', async () => {
    const output = await python(`
import boto3
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
s3.create_bucket(Bucket='set', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
def gone(code, call, **args):
    try: call(Bucket='set', **args)
    except ClientError as e: assert e.response['Error']['Code'] == code, e
    else: raise AssertionError(code)
tags = [{'Key': 'team', 'Value': 'é + ü'}, {'Key': 'b', 'Value': ''}]
s3.put_object(Bucket='set', Key='k', Body=b'x', Tagging='team=%C3%A9+%2B+%C3%BC&b=')
assert s3.get_object_tagging(Bucket='set', Key='k')['TagSet'] == tags
assert s3.get_object(Bucket='set', Key='k')['TagCount'] == 2
s3.put_object_tagging(Bucket='set', Key='k', Tagging={'TagSet': tags[1:]})
assert s3.get_object_tagging(Bucket='set', Key='k')['TagSet'] == tags[1:]
s3.delete_object_tagging(Bucket='set', Key='k')
assert s3.get_object_tagging(Bucket='set', Key='k')['TagSet'] == []
s3.put_bucket_tagging(Bucket='set', Tagging={'TagSet': tags})
assert s3.get_bucket_tagging(Bucket='set')['TagSet'] == tags
s3.delete_bucket_tagging(Bucket='set')
gone('NoSuchTagSet', s3.get_bucket_tagging)
cors = [{'ID': 'r', 'AllowedHeaders': ['*'], 'AllowedMethods': ['GET', 'PUT'], 'AllowedOrigins': ['https://a.example'], 'ExposeHeaders': ['etag'], 'MaxAgeSeconds': 5}]
s3.put_bucket_cors(Bucket='set', CORSConfiguration={'CORSRules': cors})
assert s3.get_bucket_cors(Bucket='set')['CORSRules'] == cors
s3.delete_bucket_cors(Bucket='set')
gone('NoSuchCORSConfiguration', s3.get_bucket_cors)
both = {'And': {'Prefix': 'logs/', 'Tags': tags, 'ObjectSizeGreaterThan': 5}}
rules = [
    {'ID': 'a', 'Filter': both, 'Status': 'Enabled', 'Expiration': {'Days': 3}, 'NoncurrentVersionExpiration': {'NoncurrentDays': 2, 'NewerNoncurrentVersions': 4}},
    {'ID': 'b', 'Filter': {'Prefix': ''}, 'Status': 'Disabled', 'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 1}},
    {'ID': 'c', 'Prefix': 'old', 'Status': 'Enabled', 'Expiration': {'ExpiredObjectDeleteMarker': True}},
]
s3.put_bucket_lifecycle_configuration(Bucket='set', LifecycleConfiguration={'Rules': rules})
assert s3.get_bucket_lifecycle_configuration(Bucket='set')['Rules'] == rules
s3.delete_bucket_lifecycle(Bucket='set')
assert s3.get_bucket_lifecycle_configuration(Bucket='set')['Rules'][0]['ID'] == 'abort-incomplete-uploads'
s3.put_bucket_ownership_controls(Bucket='set', OwnershipControls={'Rules': [{'ObjectOwnership': 'ObjectWriter'}]})
assert s3.get_bucket_ownership_controls(Bucket='set')['OwnershipControls']['Rules'] == [{'ObjectOwnership': 'ObjectWriter'}]
s3.delete_bucket_ownership_controls(Bucket='set')
gone('OwnershipControlsNotFoundError', s3.get_bucket_ownership_controls)
print('set')
`)
    expect(output).toBe('set')
  })

  it('sends MD5 and SHA-512 as checksums, of an object and of parts', async () => {
    const output = await python(`
import base64, boto3, hashlib
from botocore.config import Config
s3 = boto3.client('s3', config=Config(retries={'max_attempts': 0})) # it would send again, four times, what a checksum refuses
s3.create_bucket(Bucket='sums', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
parts = [b'a' * (5 << 20), b'end']
for name in ['MD5', 'SHA512']:
    digest = lambda data: hashlib.new(name.lower(), data).digest()
    text = lambda data: base64.b64encode(digest(data)).decode()
    member = 'Checksum' + name
    assert s3.put_object(Bucket='sums', Key='k', Body=b'end', **{member: text(b'end')})[member] == text(b'end')
    head = s3.head_object(Bucket='sums', Key='k', ChecksumMode='ENABLED')
    assert (head[member], head['ChecksumType']) == (text(b'end'), 'FULL_OBJECT'), head
    try: s3.put_object(Bucket='sums', Key='k', Body=b'other', **{member: text(b'end')}); raise AssertionError
    except s3.exceptions.ClientError as e: assert e.response['Error']['Code'] == 'BadDigest', e
    u = s3.create_multipart_upload(Bucket='sums', Key='p', ChecksumAlgorithm=name)
    assert u['ChecksumType'] == 'COMPOSITE'
    at = {'Bucket': 'sums', 'Key': 'p', 'UploadId': u['UploadId']}
    sent = [s3.upload_part(**at, PartNumber=i + 1, Body=data, **{member: text(data)}) for i, data in enumerate(parts)]
    done = s3.complete_multipart_upload(**at, MultipartUpload={'Parts': [{'PartNumber': i + 1, 'ETag': p['ETag'], member: p[member]} for i, p in enumerate(sent)]})
    assert done[member] == text(b''.join(digest(data) for data in parts)) + '-2', done
print('summed')
`)
    expect(output).toBe('summed')
  })

  it('locks versions, and is refused what a lock forbids', async () => {
    const output = await python(`
import boto3, datetime
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
s3.create_bucket(Bucket='vault', ObjectLockEnabledForBucket=True, CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
def refused(code, call, **args):
    try: call(Bucket='vault', **args)
    except ClientError as e: assert e.response['Error']['Code'] == code, e
    else: raise AssertionError(code)
made = s3.put_object(Bucket='vault', Key='k', Body=b'x', ObjectLockMode='GOVERNANCE', ObjectLockRetainUntilDate=until)['VersionId']
head = s3.head_object(Bucket='vault', Key='k')
assert head['ObjectLockMode'] == 'GOVERNANCE' and head['ObjectLockRetainUntilDate'] == until, head
refused('AccessDenied', s3.delete_object, Key='k', VersionId=made)
s3.put_object_legal_hold(Bucket='vault', Key='k', LegalHold={'Status': 'ON'})
refused('AccessDenied', s3.delete_object, Key='k', VersionId=made, BypassGovernanceRetention=True)
s3.put_object_legal_hold(Bucket='vault', Key='k', LegalHold={'Status': 'OFF'})
assert s3.get_object_legal_hold(Bucket='vault', Key='k')['LegalHold'] == {'Status': 'OFF'}
s3.put_object_retention(Bucket='vault', Key='k', Retention={'Mode': 'GOVERNANCE', 'RetainUntilDate': until + datetime.timedelta(days=1)})
assert s3.get_object_retention(Bucket='vault', Key='k')['Retention']['RetainUntilDate'] == until + datetime.timedelta(days=1)
rule = {'ObjectLockEnabled': 'Enabled', 'Rule': {'DefaultRetention': {'Mode': 'COMPLIANCE', 'Years': 1}}}
s3.put_object_lock_configuration(Bucket='vault', ObjectLockConfiguration=rule)
assert s3.get_object_lock_configuration(Bucket='vault')['ObjectLockConfiguration'] == rule
s3.delete_object(Bucket='vault', Key='k', VersionId=made, BypassGovernanceRetention=True)
print('locked')
`)
    expect(output).toBe('locked')
  })

  it('names a bucket before the host, where it is told to', async () => {
    const output = await python(`
import boto3, io, os, socket, urllib.request
from botocore.config import Config
from boto3.s3.transfer import TransferConfig
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: resolve('127.0.0.1' if str(host).endswith('localhost') else host, *more, **named)
endpoint = os.environ['AWS_ENDPOINT_URL'].replace('127.0.0.1', 'localhost')
s3 = boto3.client('s3', endpoint_url=endpoint, config=Config(s3={'addressing_style': 'virtual'}))
hosts = set()
s3.meta.events.register('before-send.s3', lambda request, **_: hosts.add(request.url.split('/')[2].split(':')[0]))
s3.create_bucket(Bucket='hosted', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
data = os.urandom(11 << 20)
s3.upload_fileobj(io.BytesIO(data), 'hosted', 'dir/big +ü', Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
assert s3.get_object(Bucket='hosted', Key='dir/big +ü')['Body'].read() == data
s3.copy_object(Bucket='hosted', Key='copy', CopySource={'Bucket': 'hosted', 'Key': 'dir/big +ü'})
assert [o['Key'] for o in s3.list_objects_v2(Bucket='hosted')['Contents']] == ['copy', 'dir/big +ü']
url = s3.generate_presigned_url('get_object', Params={'Bucket': 'hosted', 'Key': 'copy'})
assert url.startswith(endpoint.replace('//', '//hosted.') + '/copy?') and urllib.request.urlopen(url).read() == data
s3.delete_objects(Bucket='hosted', Delete={'Objects': [{'Key': 'copy'}, {'Key': 'dir/big +ü'}]})
s3.delete_bucket(Bucket='hosted')
print(sorted(hosts))
`)
    expect(output).toBe("['hosted.localhost']")
  })

  it('buckets, objects, ranges, metadata, copies, conditions, listings, multipart', async () => {
    const output = await python(`
import boto3, io, os
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
def refused(code, call, **args):
    try: call(**args)
    except ClientError as e:
        assert e.response['Error']['Code'] == code, e
        return
    raise AssertionError('not refused: ' + code)
s3.create_bucket(Bucket='boto', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
assert 'boto' in [b['Name'] for b in s3.list_buckets()['Buckets']]
refused('NoSuchBucket', s3.list_objects_v2, Bucket='none')
for key in ['plain', 'with space/and+plus', 'é/日本/😀', '../up', 'a/../b', '..', '%41', 'a&b<c>"d"', "q'(1)*!~", 'trailing/']:
    s3.put_object(Bucket='boto', Key=key, Body=key.encode(), Metadata={'k': 'v'}, ContentType='text/plain')
    got = s3.get_object(Bucket='boto', Key=key)
    assert got['Body'].read() == key.encode() and got['Metadata'] == {'k': 'v'} and got['ContentType'] == 'text/plain', key
    s3.copy_object(Bucket='boto', Key=key + '.copy', CopySource={'Bucket': 'boto', 'Key': key})
    assert s3.get_object(Bucket='boto', Key=key + '.copy')['Body'].read() == key.encode(), key
listed = sum((p.get('Contents', []) for p in s3.get_paginator('list_objects_v2').paginate(Bucket='boto', PaginationConfig={'PageSize': 3})), [])
assert len(listed) == 20 and [o['Key'] for o in listed] == sorted((o['Key'] for o in listed), key=lambda k: k.encode()), listed
assert [p['Prefix'] for p in s3.list_objects(Bucket='boto', Delimiter='/', Prefix='é/')['CommonPrefixes']] == ['é/日本/']
assert s3.get_object(Bucket='boto', Key='plain', Range='bytes=-2')['Body'].read() == b'in'
refused('InvalidRange', s3.get_object, Bucket='boto', Key='plain', Range='bytes=99-')
refused('PreconditionFailed', s3.put_object, Bucket='boto', Key='plain', Body=b'', IfNoneMatch='*')
refused('304', s3.get_object, Bucket='boto', Key='plain', IfNoneMatch=s3.head_object(Bucket='boto', Key='plain')['ETag'])
refused('404', s3.head_object, Bucket='boto', Key='none')
for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(Bucket='boto', Key='sum', Body=b'x' * 300000, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket='boto', Key='sum', ChecksumMode='ENABLED')
    assert got['Checksum' + algorithm] and got['Body'].read() == b'x' * 300000
big = os.urandom(12 * 1024 * 1024 + 5)
s3.upload_fileobj(io.BytesIO(big), 'boto', 'big', Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
out = io.BytesIO(); s3.download_fileobj('boto', 'big', out)
assert out.getvalue() == big and s3.head_object(Bucket='boto', Key='big')['ETag'].endswith('-3"')
u = s3.create_multipart_upload(Bucket='boto', Key='parts')['UploadId']
s3.upload_part(Bucket='boto', Key='parts', UploadId=u, PartNumber=1, Body=b'1')
s3.upload_part_copy(Bucket='boto', Key='parts', UploadId=u, PartNumber=2, CopySource='boto/big', CopySourceRange='bytes=0-9')
assert [p['Size'] for p in s3.list_parts(Bucket='boto', Key='parts', UploadId=u)['Parts']] == [1, 10]
assert [x['Key'] for x in s3.list_multipart_uploads(Bucket='boto')['Uploads']] == ['parts']
s3.abort_multipart_upload(Bucket='boto', Key='parts', UploadId=u)
refused('BucketNotEmpty', s3.delete_bucket, Bucket='boto')
bucket = boto3.resource('s3').Bucket('boto')
bucket.objects.all().delete()
s3.delete_bucket(Bucket='boto')
`)
    expect(output).toBe('')
  })

  it('presigned URLs, wrong secrets, unknown keys, anonymous access, a wrong clock', async () => {
    const output = await python(`
import boto3, datetime, urllib.request, urllib.error
from botocore import UNSIGNED, auth
from botocore.config import Config
from botocore.exceptions import ClientError
s3 = boto3.client('s3', config=Config(signature_version='s3v4'))
s3.create_bucket(Bucket='signed')
put = s3.generate_presigned_url('put_object', Params={'Bucket': 'signed', 'Key': 'k &+'}, ExpiresIn=60)
urllib.request.urlopen(urllib.request.Request(put, data=b'presigned', method='PUT'))
get = s3.generate_presigned_url('get_object', Params={'Bucket': 'signed', 'Key': 'k &+'}, ExpiresIn=60)
assert urllib.request.urlopen(get).read() == b'presigned'
try: urllib.request.urlopen(get.replace('k%20', 'l%20')); raise AssertionError
except urllib.error.HTTPError as e: assert e.code == 403 and b'SignatureDoesNotMatch' in e.read()
def code(**args):
    try: boto3.client('s3', **args).list_buckets()
    except ClientError as e: return e.response['Error']['Code']
assert code(aws_secret_access_key='wrong', aws_access_key_id='${ROOT.accessKeyId}') == 'SignatureDoesNotMatch'
assert code(aws_secret_access_key='x', aws_access_key_id='NOBODY') == 'InvalidAccessKeyId'
assert code(config=Config(signature_version=UNSIGNED)) == 'AccessDenied'
real = auth.get_current_datetime
auth.get_current_datetime = lambda *a, **k: real(*a, **k) - datetime.timedelta(minutes=20)
assert code(config=Config(retries={'max_attempts': 0})) == 'RequestTimeTooSkewed'
`)
    expect(output).toBe('')
  })

  it('session credentials reach their prefix only', async () => {
    const output = await python(`
import boto3
s3 = boto3.client('s3')
s3.create_bucket(Bucket='vended')
for key in ['t1/a', 't2/a']: s3.put_object(Bucket='vended', Key=key, Body=b'a')
`)
    expect(output).toBe('')
    const session = mintSession(SESSION_KEY, {
      sub: 'ana',
      entitlements: [{ bucket: 'vended', prefix: 't1', mode: 'write' }],
      ttlSeconds: 60,
    })
    await python(
      `
import boto3
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
assert s3.get_object(Bucket='vended', Key='t1/a')['Body'].read() == b'a'
s3.put_object(Bucket='vended', Key='t1/b', Body=b'b')
assert len(s3.list_objects_v2(Bucket='vended', Prefix='t1/')['Contents']) == 2
for call, args in [(s3.get_object, {'Key': 't2/a'}), (s3.put_object, {'Key': 't2/b', 'Body': b''}), (s3.list_objects_v2, {}), (s3.delete_object, {'Key': 't2/a'})]:
    try: call(Bucket='vended', **args); raise AssertionError(args)
    except ClientError as e: assert e.response['Error']['Code'] == 'AccessDenied', e
`,
      session,
    )
  })
})

describe('the AWS CLI', () => {
  it('mb, cp, sync, ls, rm, rb', async () => {
    const output = await python(`
import os, pathlib
for i in range(12):
    p = pathlib.Path('tree') / str(i % 3) / f'file {i}.txt'
    p.parent.mkdir(parents=True, exist_ok=True); p.write_bytes(os.urandom(1000 * i))
pathlib.Path('big').write_bytes(os.urandom(20 * 1024 * 1024))
`)
    expect(output).toBe('')
    await aws(['s3', 'mb', 's3://cli'])
    await aws(['s3', 'cp', 'big', 's3://cli/big', '--no-progress'])
    await aws(['s3', 'sync', 'tree', 's3://cli/tree', '--no-progress'])
    expect(await aws(['s3', 'sync', 'tree', 's3://cli/tree', '--no-progress'])).toBe('')
    expect((await aws(['s3', 'ls', '--recursive', 's3://cli/tree/'])).split('\n')).toHaveLength(12)
    await aws(['s3', 'sync', 's3://cli/tree', 'back', '--no-progress'])
    await aws(['s3', 'cp', 's3://cli/big', 'big.back', '--no-progress'])
    await run('diff', ['-r', 'tree', 'back'], { cwd: folder })
    await run('cmp', ['big', 'big.back'], { cwd: folder })
    await aws(['s3', 'mv', 's3://cli/big', 's3://cli/moved', '--no-progress'])
    expect(await aws(['s3api', 'head-object', '--bucket', 'cli', '--key', 'moved', '--query', 'ContentLength'])).toBe(
      String(20 * 1024 * 1024),
    )
    await aws(['s3', 'rb', 's3://cli', '--force'])
    expect(await aws(['s3', 'ls'])).not.toContain('cli')
  })

  it('iam: a user, a policy, a key; and their end', async () => {
    await aws(['s3', 'mb', 's3://team'])
    expect(JSON.parse(await aws(['iam', 'create-user', '--user-name', 'spark'])).User.UserName).toBe('spark')
    const document = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::team', 'arn:aws:s3:::team/*'] }],
    }
    await aws(['iam', 'put-user-policy', '--user-name', 'spark', '--policy-name', 'own', '--policy-document', JSON.stringify(document)])
    expect(JSON.parse(await aws(['iam', 'get-user-policy', '--user-name', 'spark', '--policy-name', 'own'])).PolicyDocument).toEqual(
      document,
    )
    expect(JSON.parse(await aws(['iam', 'list-user-policies', '--user-name', 'spark'])).PolicyNames).toEqual(['own'])
    const { AccessKey } = JSON.parse(await aws(['iam', 'create-access-key', '--user-name', 'spark']))
    const spark = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
    expect(await aws(['s3', 'ls'], spark)).toMatch(/ team$/)
    await expect(aws(['iam', 'list-users'], spark)).rejects.toThrow(/AccessDenied/)
    await expect(aws(['s3', 'mb', 's3://other'], spark)).rejects.toThrow(/AccessDenied/)
    expect(JSON.parse(await aws(['sts', 'get-caller-identity'], spark)).Arn).toBe('arn:aws:iam::000000000000:user/spark')
    expect(JSON.parse(await aws(['iam', 'list-access-keys', '--user-name', 'spark'])).AccessKeyMetadata).toHaveLength(1)
    await expect(aws(['iam', 'delete-user', '--user-name', 'spark'])).rejects.toThrow(/DeleteConflict/)
    await aws(['iam', 'delete-access-key', '--user-name', 'spark', '--access-key-id', spark.accessKeyId])
    await aws(['iam', 'delete-user-policy', '--user-name', 'spark', '--policy-name', 'own'])
    await aws(['iam', 'delete-user', '--user-name', 'spark'])
    expect(JSON.parse(await aws(['iam', 'list-users'])).Users).toEqual([])
    await expect(aws(['iam', 'get-user', '--user-name', 'spark'])).rejects.toThrow(/NoSuchEntity/)
    await expect(aws(['s3', 'ls'], spark)).rejects.toThrow(/InvalidAccessKeyId/)
  })
})

describe('the AWS CLI and a bucket’s policy', () => {
  it('lets a user in, shuts one out, and blocks what is public', async () => {
    await aws(['s3', 'mb', 's3://ruled'])
    await python("import boto3; boto3.client('s3').put_object(Bucket='ruled', Key='k', Body=b'x')")
    await aws(['iam', 'create-user', '--user-name', 'guest'])
    const { AccessKey } = JSON.parse(await aws(['iam', 'create-access-key', '--user-name', 'guest']))
    const guest = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
    const head = ['s3api', 'head-object', '--bucket', 'ruled', '--key', 'k', '--query', 'ContentLength']
    await expect(aws(head, guest)).rejects.toThrow(/403/)
    const statement = {
      ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:user/guest' } },
      ...{ Action: 's3:GetObject', Resource: 'arn:aws:s3:::ruled/*' },
    }
    const give = (one: object) => aws(['s3api', 'put-bucket-policy', '--bucket', 'ruled', '--policy', JSON.stringify({ Statement: [one] })])
    await give(statement)
    expect(await aws(head, guest)).toBe('1')
    expect(JSON.parse(JSON.parse(await aws(['s3api', 'get-bucket-policy', '--bucket', 'ruled'])).Policy).Statement).toEqual([statement])
    await expect(give({ ...statement, Principal: '*' })).rejects.toThrow(/AccessDenied/)
    await give({ ...statement, Effect: 'Deny', Principal: '*' })
    await expect(aws(head)).rejects.toThrow(/403/)
    await aws(['s3api', 'delete-bucket-policy', '--bucket', 'ruled'])
    expect(await aws(head)).toBe('1')
    const block = JSON.parse(await aws(['s3api', 'get-public-access-block', '--bucket', 'ruled'])).PublicAccessBlockConfiguration
    expect(Object.values(block)).toEqual([true, true, true, true])
  })
})

describe('s3fs', () => {
  it('writes, lists, reads, moves, removes', async () => {
    const output = await python(`
import os, s3fs
fs = s3fs.S3FileSystem(endpoint_url=os.environ['AWS_ENDPOINT_URL'], default_block_size=5 << 20)
fs.mkdir('fsspec')
data = os.urandom(11 * 1024 * 1024)
with fs.open('fsspec/dir/big', 'wb') as f: f.write(data)
with fs.open('fsspec/dir/small', 'w') as f: f.write('small')
assert sorted(fs.ls('fsspec/dir')) == ['fsspec/dir/big', 'fsspec/dir/small']
assert fs.cat('fsspec/dir/big') == data and fs.cat_file('fsspec/dir/big', start=100, end=200) == data[100:200]
assert fs.isdir('fsspec/dir') and fs.exists('fsspec/dir/small') and not fs.exists('fsspec/none')
fs.mv('fsspec/dir/small', 'fsspec/moved'); assert fs.cat('fsspec/moved') == b'small'
fs.rm('fsspec', recursive=True)
assert not fs.exists('fsspec')
`)
    expect(output).toBe('')
  })
})

describe('pyarrow and DuckDB', () => {
  it('write and read Parquet, with their own S3 clients', async () => {
    const output = await python(`
import glob, os, duckdb, duckdb_extension_httpfs, pyarrow as pa, pyarrow.fs, pyarrow.parquet as pq
host = os.environ['AWS_ENDPOINT_URL'].removeprefix('http://')
fs = pa.fs.S3FileSystem(endpoint_override=host, scheme='http', region='${REGION}', allow_bucket_creation=True)
fs.create_dir('arrow')
table = pa.table({'a': range(500000), 'b': [os.urandom(16) for _ in range(500000)]})
pq.write_table(table, 'arrow/dir/t.parquet', filesystem=fs)
assert pq.read_table('arrow/dir/t.parquet', filesystem=fs).equals(table)
files = [f.path for f in fs.get_file_info(pa.fs.FileSelector('arrow', recursive=True)) if f.is_file]
assert files == ['arrow/dir/t.parquet'], files
db = duckdb.connect()
db.execute('SET enable_progress_bar = false')
db.execute("LOAD '%s'" % glob.glob(os.path.dirname(duckdb_extension_httpfs.__file__) + '/**/*.duckdb_extension', recursive=True)[0])
db.execute("CREATE SECRET (TYPE s3, KEY_ID '%s', SECRET '%s', ENDPOINT '%s', URL_STYLE 'path', USE_SSL false)"
           % (os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY'], host))
assert db.sql("SELECT sum(a) FROM 's3://arrow/*/*.parquet'").fetchall() == [(124999750000,)]
db.execute("COPY (SELECT * FROM range(100000)) TO 's3://arrow/duck/o.parquet'")
assert db.sql("SELECT count(*) FROM 's3://arrow/duck/o.parquet'").fetchall() == [(100000,)]
`)
    expect(output).toBe('')
  })
})
