// Checksums, sessions, policies, ranges, names and XML: the small codecs of the S3 door.
import { describe, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { compositeChecksum, createDigest } from '#wire/s3/checksum'
import { checkConditions, matchesEtag, parseRange } from '#wire/s3/conditions'
import { crc32c, crc64nvme } from '#wire/s3/crc'
import { PolicyError, parsePolicy } from '#wire/s3/policy'
import { mintSession, openSession } from '#wire/s3/session'
import { bucketOfHost, encodePath, encodeUri, parseBucketAndKey, parseS3Uri, parseTarget } from '#wire/s3/uri'
import { escapeXml, parseXml, printXml, XmlError } from '#wire/s3/xml'

describe('checksums', () => {
  const check = Buffer.from('123456789')
  it('give the check values of the catalogue of CRCs', () => {
    expect(crc32c(check)).toBe(0xe3069283)
    expect(crc64nvme(check)).toEqual({ high: 0xae8b1486, low: 0x0a799888 })
  })
  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('%s does not depend on how the data is cut', (algorithm) => {
    const data = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7919) & 255))
    const whole = createDigest(algorithm)
    whole.update(data)
    const cut = createDigest(algorithm)
    for (let at = 0; at < data.length; at += 13) cut.update(data.subarray(at, at + 13))
    expect(cut.finish()).toBe(whole.finish())
  })
  it('a composite counts its parts', () => {
    expect(compositeChecksum('SHA256', ['AAAA', 'BBBB'])).toMatch(/^[A-Za-z0-9+/]{43}=-2$/)
  })
})

describe('sessions', () => {
  const key = new Secret('k')
  const now = new Date('2026-01-01T00:00:00Z')
  const grant = { bucket: 'b', prefix: 'ns/t1', mode: 'read' as const }
  const session = mintSession(key, { sub: 'ana', entitlements: [grant], ttlSeconds: 60 }, now)
  it('open to what was granted, and no more', () => {
    const opened = openSession(key, session.accessKeyId, session.sessionToken)
    expect(opened).toMatchObject({ sub: 'ana', secretAccessKey: session.secretAccessKey, expiration: new Date('2026-01-01T00:01:00Z') })
    expect(opened?.entitlements).toContainEqual({ kind: 'object', path: ['b', 'ns/t1/'], actions: ['list', 'read'] })
  })
  it('open neither with another key, nor for another access key, nor changed', () => {
    expect(openSession(new Secret('other'), session.accessKeyId, session.sessionToken)).toBeUndefined()
    expect(openSession(key, 'ASIAOTHER', session.sessionToken)).toBeUndefined()
    const [body, seal] = session.sessionToken.split('.') as [string, string]
    const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('"r"', '"w"')).toString('base64url')
    expect(openSession(key, session.accessKeyId, `${forged}.${seal}`)).toBeUndefined()
    expect(openSession(key, session.accessKeyId, 'nonsense')).toBeUndefined()
  })
  it('the secret is not in the token', () => {
    expect(session.sessionToken).not.toContain(session.secretAccessKey)
  })
})

describe('policies', () => {
  const RIGHTS = { bucket: ['ListBucket', 'PutBucketVersioning'], object: ['GetObject', 'GetObjectTagging', 'PutObjectTagging'] }
  const all = ['list', 'read', 'write', 'create', 'drop', 'manage']
  const policy = (statement: object) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }), RIGHTS)
  it('s3:* on a bucket and its keys', () => {
    const entitlements = policy({ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] })
    expect(entitlements).toContainEqual({ kind: 'bucket', path: ['b'], actions: all })
    expect(entitlements.filter((e) => e.kind === 'object').every((e) => e.path.length === 1 && e.path[0] === 'b')).toBe(true)
  })
  it('reading below a prefix', () => {
    expect(policy({ Effect: 'Allow', Action: ['s3:Get*'], Resource: 'arn:aws:s3:::b/in/*' })).toEqual([
      { kind: 'object', path: ['b', 'in/'], actions: ['read'] },
      { kind: 'object-version', path: ['b', 'in/'], actions: ['read'] },
      { kind: 'object-setting', path: ['GetObjectTagging', 'b', 'in/'], actions: all },
    ])
  })
  it('the ARN of a bucket gives no rights on its keys but to list them', () => {
    const entitlements = policy({ Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: 'arn:aws:s3:::b' })
    expect(entitlements.flatMap((e) => e.actions)).not.toContain('read')
    expect(entitlements).toContainEqual({ kind: 'object', path: ['b'], actions: ['list'] })
  })
  it('one setting of a bucket, or of all, and no other of its rights', () => {
    const versioning = (Resource: string) => policy({ Effect: 'Allow', Action: 's3:PutBucketVersioning', Resource })
    expect(versioning('arn:aws:s3:::b')).toEqual([{ kind: 'bucket-setting', path: ['PutBucketVersioning', 'b'], actions: all }])
    expect(versioning('*')).toEqual([{ kind: 'bucket-setting', path: ['PutBucketVersioning'], actions: all }])
    expect(versioning('arn:aws:s3:::b/*')).toEqual([])
  })
  it.each([
    [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }, /Deny|Allow/],
    [{ Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: {} }, /Condition/],
    [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b-*' }, /pattern/],
    [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b/key' }, /prefix/],
    [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }, /action/],
    [{ Effect: 'Allow', Action: 's3:*' }, /Resource/],
    [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b/\u0024{aws:username}/*' }, /variables/],
    [{ Effect: 'Allow', Action: 's3:*', Resource: '*', Conditions: {} }, /no element Conditions/],
  ])('refuses what it could not keep as written: %j', (statement, reason) => {
    expect(() => policy(statement)).toThrow(PolicyError)
    expect(() => policy(statement)).toThrow(reason)
  })
})

describe('hosts', () => {
  it.each([
    ['lake.localhost:8333', 'lake'],
    ['LAKE.LocalHost', 'lake'],
    ['a.b.storage.akko.localhost', 'a.b'],
    ['storage.akko.localhost:8443', undefined],
    ['localhost:8333', undefined],
    ['127.0.0.1:8333', undefined],
    ['[::1]:8333', undefined],
    ['notlocalhost', undefined],
    ['elsewhere.example', undefined],
    ['.localhost', ''],
    [undefined, undefined],
  ])('of %s name the bucket %s', (header, bucket) => {
    expect(bucketOfHost(header, ['localhost', 'storage.akko.localhost'])).toBe(bucket)
  })
})

describe('ranges and conditions', () => {
  it.each([
    ['bytes=0-4', 10, { start: 0, end: 4 }],
    ['bytes=5-', 10, { start: 5, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-30', 10, { start: 0, end: 9 }],
    ['bytes=5-99', 10, { start: 5, end: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=4-2', 10, 'whole'],
    ['bytes=0-1,3-4', 10, 'whole'],
    ['lines=1-2', 10, 'whole'],
    [undefined, 10, 'whole'],
  ])('%s of %i bytes', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected)
  })
  it('entity tags: quoted, weak, bare, any', () => {
    for (const header of ['"e"', 'W/"e"', 'e', '*', '"x", "e"']) expect(matchesEtag(header, 'e')).toBe(true)
    expect(matchesEtag('"x"', 'e')).toBe(false)
  })
  it('If-Match wins over If-Unmodified-Since, If-None-Match over If-Modified-Since (RFC 9110, 13.2.2)', () => {
    const modified = new Date('2026-01-01T00:00:00.500Z')
    const old = 'Wed, 01 Jan 2020 00:00:00 GMT'
    expect(checkConditions({ ifMatch: 'e', ifUnmodifiedSince: old }, 'e', modified)).toBe('go on')
    expect(checkConditions({ ifUnmodifiedSince: old }, 'e', modified)).toBe('failed')
    expect(checkConditions({ ifNoneMatch: 'x', ifModifiedSince: modified.toUTCString() }, 'e', modified)).toBe('go on')
    expect(checkConditions({ ifModifiedSince: modified.toUTCString() }, 'e', modified)).toBe('not modified')
  })
})

describe('names', () => {
  it('are never resolved', () => {
    expect(parseBucketAndKey('/b/../../etc/passwd')).toEqual({ bucket: 'b', key: '../../etc/passwd' })
    expect(parseBucketAndKey('/b//a//')).toEqual({ bucket: 'b', key: '/a//' })
    expect(parseBucketAndKey('/b/%2e%2e%2Fx+y')).toEqual({ bucket: 'b', key: '../x+y' })
  })
  it('are escaped as the specification wants', () => {
    expect(encodeUri("a b/é'()*!~")).toBe('a%20b%2F%C3%A9%27%28%29%2A%21~')
    expect(encodePath('a b/c')).toBe('a%20b/c')
  })
  it('a plus sign is a space in a query only', () => {
    expect(parseTarget('/b?prefix=a+b%2B').query.get('prefix')).toBe('a b+')
  })
  it('addresses', () => {
    expect(parseS3Uri('s3://b/a/b')).toEqual({ bucket: 'b', key: 'a/b' })
    expect(parseS3Uri('/etc/passwd')).toBeUndefined()
    expect(parseS3Uri('s3://b/')).toBeUndefined()
  })
})

describe('XML', () => {
  it('prints repeated and missing elements, and escapes', () => {
    expect(printXml('R', { A: ['<', '&'], B: undefined, C: { D: 1 } })).toContain('<R><A>&lt;</A><A>&amp;</A><C><D>1</D></C></R>')
    expect(escapeXml('a\u0001\r"')).toBe('a&#x1;&#xd;&quot;')
  })
  it('reads keys as they were, one Part as a list', () => {
    const read = parseXml('<D xmlns="x"><Object><Key> 007 &amp; &#xE9;</Key></Object></D>', 'D')
    expect(read).toEqual({ Object: [{ Key: ' 007 & é' }] })
  })
  it('refuses document types, other roots and broken documents', () => {
    for (const text of ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<b/>', '<a><b></a>', '', 'x', '<a>&#0;</a>', '<a>&#x00;</a>'])
      expect(() => parseXml(text, 'a')).toThrow(XmlError)
  })
  it('refuses elements in ten thousand elements, and elements named as what every object has', () => {
    for (const inner of ['<b>'.repeat(10_000) + '</b>'.repeat(10_000), '<__proto__>1</__proto__>', '<constructor>1</constructor>'])
      expect(() => parseXml(`<a>${inner}</a>`, 'a')).toThrow(XmlError)
  })
})
