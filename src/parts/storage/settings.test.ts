// Settings of buckets over real HTTP, and what follows from them: tags, cross-origin rules, lifecycle by a clock that is turned.
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, SESSION_KEY, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { mintSession } from '#wire/s3/session'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const DAY = 24 * 3600 * 1000
/** Noon, so that a day ends at the second midnight. */
const BEGIN = Math.floor(Date.now() / DAY) * DAY + DAY / 2
let now = BEGIN
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, { now: new Date(now), ...sent })
const put = (path: string, body: string, headers: Record<string, string> = {}) => send({ method: 'PUT', path, body, headers })

beforeAll(async () => {
  storage = await startTestStorage(policy, { now: () => new Date(now), expiryEveryMs: 10 })
  for (const bucket of ['lake', 'kept']) await send({ method: 'PUT', path: `/${bucket}` })
  await put('/kept?versioning=', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
})
afterAll(() => storage.stop())

const tagSet = (...tags: readonly (readonly [string, string])[]) =>
  `<Tagging><TagSet>${tags.map(([k, v]) => `<Tag><Key>${k}</Key><Value>${v}</Value></Tag>`).join('')}</TagSet></Tagging>`
const tagsAt = async (path: string) =>
  [...(await send({ path })).text.matchAll(/<Key>([^<]*)<\/Key><Value>([^<]*)</g)].map(([, key, value]) => `${key}=${value}`)

describe('tags', () => {
  it('of an object come with it or later, are counted, and go', async () => {
    await put('/lake/tagged', 'x', { 'x-amz-tagging': 'b=2&a=%C3%A9%20%2B' })
    expect(await tagsAt('/lake/tagged?tagging=')).toEqual(['b=2', 'a=é +'])
    for (const method of ['GET', 'HEAD']) expect((await send({ method, path: '/lake/tagged' })).headers['x-amz-tagging-count']).toBe('2')
    const before = (await send({ method: 'HEAD', path: '/lake/tagged' })).headers
    expect((await put('/lake/tagged?tagging=', tagSet(['c', '']))).status).toBe(200)
    expect(await tagsAt('/lake/tagged?tagging=')).toEqual(['c='])
    const { etag, 'last-modified': modified } = (await send({ method: 'HEAD', path: '/lake/tagged' })).headers
    expect([etag, modified]).toEqual([before.etag, before['last-modified']])
    expect((await send({ method: 'DELETE', path: '/lake/tagged?tagging=' })).status).toBe(204)
    expect(await tagsAt('/lake/tagged?tagging=')).toEqual([])
    expect((await put('/lake/never?tagging=', tagSet(['a', 'b']))).code).toBe('NoSuchKey')
  })

  it('are those of the version', async () => {
    const old = (await put('/kept/t', 'x', { 'x-amz-tagging': 'v=1' })).headers['x-amz-version-id'] as string
    await put('/kept/t', 'x', { 'x-amz-tagging': 'v=2' })
    expect((await put(`/kept/t?tagging=&versionId=${old}`, tagSet(['v', 'one']))).headers['x-amz-version-id']).toBe(old)
    expect([await tagsAt('/kept/t?tagging='), await tagsAt(`/kept/t?tagging=&versionId=${old}`)]).toEqual([['v=2'], ['v=one']])
    const marker = (await send({ method: 'DELETE', path: '/kept/t' })).headers['x-amz-version-id']
    expect((await put('/kept/t?tagging=', tagSet(['a', 'b']))).status).toBe(404)
    expect((await put(`/kept/t?tagging=&versionId=${marker}`, tagSet(['a', 'b']))).code).toBe('MethodNotAllowed')
  })

  it('are copied, or replaced', async () => {
    await put('/lake/source', 'x', { 'x-amz-tagging': 'a=1' })
    const copy = async (headers: Record<string, string>) => {
      await send({ method: 'PUT', path: '/lake/target', headers: { 'x-amz-copy-source': '/lake/source', ...headers } })
      return tagsAt('/lake/target?tagging=')
    }
    expect(await copy({})).toEqual(['a=1'])
    expect(await copy({ 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'b=2' })).toEqual(['b=2'])
  })

  const eleven = Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'] as const)
  it.each([
    ['eleven', tagSet(...eleven), 'BadRequest'],
    ['two of one key', tagSet(['a', '1'], ['a', '2']), 'InvalidTag'],
    ['a long key', tagSet(['k'.repeat(129), 'v']), 'InvalidTag'],
    ['a long value', tagSet(['k', 'v'.repeat(257)]), 'InvalidTag'],
    ['a system’s', tagSet(['aws:k', 'v']), 'InvalidTag'],
    ['other signs', tagSet(['k', '{v}']), 'InvalidTag'],
    ['no value', '<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>', 'MalformedXML'],
    ['no set', '<Tagging></Tagging>', 'MalformedXML'],
  ])('that are %s are refused', async (_, body, code) => {
    await put('/lake/strict', 'x')
    expect(await put('/lake/strict?tagging=', body)).toMatchObject({ status: 400, code })
    expect(await tagsAt('/lake/strict?tagging=')).toEqual([])
  })
  it.each(['a=1&a=2', '%ff=1', 'k={}'])('in a header that cannot be are refused with the object: %s', async (header) => {
    expect(await put('/lake/untagged', 'x', { 'x-amz-tagging': header })).toMatchObject({ status: 400 })
    expect((await send({ path: '/lake/untagged' })).code).toBe('NoSuchKey')
  })

  it('of a bucket are kept until they are taken away, also over a restart', async () => {
    expect((await send({ path: '/lake?tagging=' })).code).toBe('NoSuchTagSet')
    expect((await put('/lake?tagging=', tagSet(...eleven))).status).toBe(204)
    await storage.part.stop()
    await storage.part.start()
    expect(await tagsAt('/lake?tagging=')).toHaveLength(11)
    expect((await send({ method: 'DELETE', path: '/lake?tagging=' })).status).toBe(204)
    expect((await send({ path: '/lake?tagging=' })).code).toBe('NoSuchTagSet')
  })
})

describe('settings', () => {
  it('are for those who may make them, and a lent key makes none', async () => {
    const grants = [{ bucket: 'lake', prefix: '', mode: 'write' as const }]
    const credentials = mintSession(SESSION_KEY, { sub: 'ana', entitlements: grants, ttlSeconds: 60 }, new Date(now))
    for (const setting of ['tagging', 'cors', 'lifecycle', 'ownershipControls'])
      for (const method of ['PUT', 'DELETE'])
        expect(await send({ method, path: `/lake?${setting}=`, body: '<x/>', credentials })).toMatchObject({
          status: 403,
          code: 'AccessDenied',
        })
  })
  it('go with their bucket', async () => {
    await send({ method: 'PUT', path: '/again' })
    await put('/again?tagging=', tagSet(['a', 'b']))
    await send({ method: 'DELETE', path: '/again' })
    expect((await put('/again?tagging=', tagSet(['a', 'b']))).code).toBe('NoSuchBucket')
    await send({ method: 'PUT', path: '/again' })
    expect((await send({ path: '/again?tagging=' })).code).toBe('NoSuchTagSet')
  })
  it('of ownership are one of three, or none', async () => {
    const owned = async () => /<ObjectOwnership>(\w+)</.exec((await send({ path: '/lake?ownershipControls=' })).text)?.[1]
    const own = (value: string) =>
      put('/lake?ownershipControls=', `<OwnershipControls><Rule><ObjectOwnership>${value}</ObjectOwnership></Rule></OwnershipControls>`)
    expect(await owned()).toBe('BucketOwnerEnforced')
    await own('ObjectWriter')
    expect((await own('Nobody')).code).toBe('MalformedXML')
    expect(await owned()).toBe('ObjectWriter')
    await send({ method: 'DELETE', path: '/lake?ownershipControls=' })
    expect((await send({ path: '/lake?ownershipControls=' })).code).toBe('OwnershipControlsNotFoundError')
  })
})

describe('cross-origin rules', () => {
  const rule = (fields: Record<string, readonly string[]>) =>
    `<CORSRule>${Object.entries(fields)
      .flatMap(([name, all]) => all.map((value) => `<${name}>${value}</${name}>`))
      .join('')}</CORSRule>`
  const ask = (headers: Record<string, string>, path = '/lake/k') => send({ method: 'OPTIONS', path, headers, credentials: 'anonymous' })
  const preflight = (origin: string, method: string, headers = '') =>
    ask({ origin, 'access-control-request-method': method, ...(headers ? { 'access-control-request-headers': headers } : {}) })

  it('let in whom they name, with what they name, and nobody where there are none', async () => {
    expect(await preflight('https://a.example', 'GET')).toMatchObject({ status: 403, code: 'AccessForbidden' })
    const rules = [
      rule({
        AllowedOrigin: ['https://*.example'],
        AllowedMethod: ['GET', 'PUT'],
        AllowedHeader: ['x-amz-*'],
        ExposeHeader: ['etag'],
        MaxAgeSeconds: ['60'],
      }),
      rule({ AllowedOrigin: ['*'], AllowedMethod: ['HEAD'] }),
    ]
    expect((await put('/lake?cors=', `<CORSConfiguration>${rules.join('')}</CORSConfiguration>`)).status).toBe(200)
    expect(await preflight('https://a.example', 'PUT', 'X-Amz-Date, x-amz-meta-a')).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-headers': 'x-amz-date, x-amz-meta-a',
        'access-control-expose-headers': 'etag',
        'access-control-max-age': '60',
        'access-control-allow-credentials': 'true',
        vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
      },
    })
    const anyone = await preflight('http://b.other', 'HEAD')
    expect([anyone.headers['access-control-allow-origin'], anyone.headers['access-control-allow-credentials']]).toEqual(['*', undefined])
    for (const [origin, method, headers] of [
      ['http://a.example', 'GET', ''],
      ['https://a.example', 'DELETE', ''],
      ['https://a.example', 'GET', 'content-type'],
      ['https://a.example.evil', 'GET', ''],
    ] as const)
      expect(await preflight(origin, method, headers)).toMatchObject({ status: 403, code: 'AccessForbidden' })
  })
  it('show on answers and refusals, and open nothing by themselves', async () => {
    await put('/lake/k', 'x')
    const got = await send({ path: '/lake/k', headers: { origin: 'https://a.example' } })
    expect(got).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': 'https://a.example' } })
    const refused = await send({ path: '/lake/k', headers: { origin: 'https://a.example' }, credentials: 'anonymous' })
    expect(refused).toMatchObject({ status: 403, headers: { 'access-control-allow-origin': 'https://a.example' } })
    const other = await send({ path: '/lake/k', headers: { origin: 'https://evil.test' } })
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([200, undefined])
  })
  it('are held against what a request says that it asks for, be it a preflight or not, else against what it is, as in S3', async () => {
    const named = async (headers: Record<string, string>, method = 'GET') => {
      const answer = await send({ method, path: '/lake/k', headers: { origin: 'https://a.example', ...headers } })
      return [answer.status, answer.headers['access-control-allow-origin'], answer.headers['access-control-allow-headers']]
    }
    expect(await named({})).toEqual([200, 'https://a.example', undefined])
    expect(await named({ 'access-control-request-method': 'PUT' })).toEqual([200, 'https://a.example', undefined])
    expect(await named({ 'access-control-request-method': 'DELETE' })).toEqual([200, undefined, undefined])
    expect(await named({ 'access-control-request-headers': 'content-type' })).toEqual([200, undefined, undefined])
    expect(await named({ 'access-control-request-headers': 'x-amz-date' })).toEqual([200, 'https://a.example', 'x-amz-date'])
    for (const path of ['/lake/k', '/kept/k', '/never/k'])
      expect(await ask({ origin: 'https://a.example' }, path)).toMatchObject({ status: 403, code: 'AccessForbidden' })
  })
  it('name everybody or one origin, which alone is let in with credentials; no origin is one like others', async () => {
    const rules = [
      rule({ AllowedOrigin: ['https://b.example', '*'], AllowedMethod: ['GET'] }),
      rule({ AllowedOrigin: ['null'], AllowedMethod: ['PUT'] }),
      rule({ AllowedOrigin: ['https://c.example'], AllowedMethod: ['DELETE'] }),
    ]
    await put('/kept?cors=', `<CORSConfiguration>${rules.join('')}</CORSConfiguration>`)
    const told = async (origin: string, method: string) => {
      const { status, headers } = await ask({ origin, 'access-control-request-method': method }, '/kept/k')
      return [status, headers['access-control-allow-origin'], headers['access-control-allow-credentials']]
    }
    for (const origin of ['https://b.example', 'https://evil.test', 'null'])
      expect(await told(origin, 'GET')).toEqual([200, '*', undefined])
    expect(await told('null', 'PUT')).toEqual([200, 'null', 'true'])
    for (const origin of ['https://c.example', '', 'NULL', 'null null'])
      expect(await told(origin, 'PUT')).toEqual([403, undefined, undefined])
    expect(await told('https://c.example', 'DELETE')).toEqual([200, 'https://c.example', 'true'])
    for (const origin of [
      'https://C.example',
      'https://c.example.',
      'https://c.example, https://evil.test',
      'https://c.example:443',
      'null',
    ])
      expect(await told(origin, 'DELETE')).toEqual([403, undefined, undefined])
    await send({ method: 'DELETE', path: '/kept?cors=' })
  })
  it('let in no origin and no headers that an answer could not name, and answer all the same', async () => {
    const everybody = rule({ AllowedOrigin: ['h*'], AllowedMethod: ['GET'], AllowedHeader: ['*'] })
    await put('/kept?cors=', `<CORSConfiguration>${everybody}</CORSConfiguration>`)
    const odd = Buffer.from('http://\u65e5.example').toString('latin1')
    await put('/kept/k', 'x')
    const got = await send({ path: '/kept/k', headers: { origin: odd }, credentials: 'anonymous' })
    expect([got.status, got.headers['access-control-allow-origin']]).toEqual([403, undefined])
    const about = (headers: Record<string, string>) =>
      ask({ origin: 'http://a.example', 'access-control-request-method': 'GET', ...headers }, '/kept/k')
    expect((await about({})).status).toBe(200)
    expect(await about({ origin: odd })).toMatchObject({ status: 403, code: 'AccessForbidden' })
    expect(await about({ 'access-control-request-headers': odd })).toMatchObject({ status: 403, code: 'AccessForbidden' })
    await send({ method: 'DELETE', path: '/kept?cors=' })
  })
  it('are looked at once for each preflight, which nobody signs: for as many headers as a browser may name, and patterns as S3 keeps', async () => {
    const patterns = Array.from({ length: 6000 }, (_, i) => `x-${i}-*`)
    const many = rule({ AllowedOrigin: ['*'], AllowedMethod: ['GET'], AllowedHeader: patterns })
    expect((await put('/kept?cors=', `<CORSConfiguration>${many}</CORSConfiguration>`)).status).toBe(200)
    const about = (names: readonly string[]) =>
      ask({ origin: 'http://a', 'access-control-request-method': 'GET', 'access-control-request-headers': names.join(',') }, '/kept/k')
    const names = Array.from({ length: 1200 }, (_, i) => `x-5999-${i}`)
    const started = performance.now()
    expect(await about(names)).toMatchObject({ status: 403, code: 'AccessForbidden' })
    expect((await about(names.slice(0, 100))).status).toBe(200)
    expect((await about([...names.slice(0, 99), 'y'])).status).toBe(403)
    expect((await about(patterns.slice(0, 100).map((pattern) => pattern.replace('*', 'a')))).status).toBe(200)
    expect((await about(Array.from({ length: 5000 }, () => 'x-1-a'))).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(5000) // catches what multiplies again
    const larger = rule({ AllowedOrigin: ['*'], AllowedMethod: ['GET'], AllowedHeader: [...patterns, ...patterns] })
    expect(await put('/kept?cors=', `<CORSConfiguration>${larger}</CORSConfiguration>`)).toMatchObject({ code: 'MalformedXML' })
    await send({ method: 'DELETE', path: '/kept?cors=' })
  })
  it('are not asked for by halves, and tell nobody which buckets there are', async () => {
    expect((await ask({})).code).toBe('BadRequest')
    const about = (path: string) => ask({ origin: 'https://a.example', 'access-control-request-method': 'GET' }, path)
    const [there, not, long] = [await about('/kept/k'), await about('/never/k'), await about(`/${'b'.repeat(3000)}/k`)]
    expect([there.status, there.code]).toEqual([not.status, not.code])
    expect(long.code).toBe('InvalidBucketName')
  })
  it.each([
    ['another method', { AllowedOrigin: ['*'], AllowedMethod: ['PATCH'] }, 'InvalidRequest'],
    ['two asterisks', { AllowedOrigin: ['https://*.*'], AllowedMethod: ['GET'] }, 'InvalidRequest'],
    ['no origin', { AllowedMethod: ['GET'] }, 'MalformedXML'],
    ['a text to show that names no header', { AllowedOrigin: ['*'], AllowedMethod: ['GET'], ExposeHeader: ['\u65e5'] }, 'InvalidRequest'],
    ['no number', { AllowedOrigin: ['*'], AllowedMethod: ['GET'], MaxAgeSeconds: ['soon'] }, 'InvalidArgument'],
  ])('with %s are refused', async (_, fields, code) => {
    const body = `<CORSConfiguration>${rule(fields as Record<string, readonly string[]>)}</CORSConfiguration>`
    expect(await put('/kept?cors=', body)).toMatchObject({ status: 400, code })
    expect((await send({ path: '/kept?cors=' })).code).toBe('NoSuchCORSConfiguration')
  })
})

describe('lifecycle', () => {
  const rules = (...all: readonly string[]) =>
    `<LifecycleConfiguration>${all.map((r) => `<Rule>${r}<Status>Enabled</Status></Rule>`).join('')}</LifecycleConfiguration>`
  const days = (n: number) => `<Expiration><Days>${n}</Days></Expiration>`
  const keys = async (bucket: string) =>
    [...(await send({ path: `/${bucket}?list-type=2` })).text.matchAll(/<Key>([^<]*)</g)].map(([, key]) => key)
  const versions = async (bucket: string) => (await send({ path: `/${bucket}?versions=` })).text.match(/<VersionId>/g)?.length ?? 0
  /** Long enough that a look would have come by. */
  const looked = () => new Promise((resolve) => setTimeout(resolve, 200))

  const withBucket = async (name: string, versioned: boolean, run: () => Promise<void>) => {
    now = BEGIN
    await send({ method: 'PUT', path: `/${name}` })
    if (versioned) await put(`/${name}?versioning=`, '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
    try {
      await run()
    } finally {
      now = BEGIN
    }
  }

  it('removes what its filters are for when its days are over, not before, and says when', async () => {
    await withBucket('old', false, async () => {
      const made = Date.now()
      await put('/old/logs/a', 'xx')
      await put('/old/logs/tagged', 'xx', { 'x-amz-tagging': 'keep=no&other=1' })
      await put('/old/big/b', 'x'.repeat(100))
      await put('/old/big/small', 'x')
      await put('/old/kept', 'xx')
      const filters = [
        `<ID>one</ID><Filter><Prefix>logs/a</Prefix></Filter>${days(2)}`,
        `<Filter><And><Prefix>logs/</Prefix><Tag><Key>keep</Key><Value>no</Value></Tag><Tag><Key>other</Key><Value>1</Value></Tag></And></Filter>${days(2)}`,
        `<Filter><And><Prefix>big/</Prefix><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan><ObjectSizeLessThan>101</ObjectSizeLessThan></And></Filter>${days(2)}`,
        `<Filter><Tag><Key>keep</Key><Value>yes</Value></Tag></Filter>${days(1)}`,
      ]
      const given = await put('/old?lifecycle=', rules(...filters))
      expect([given.status, given.text]).toEqual([200, ''])
      const back = (await send({ path: '/old?lifecycle=' })).text
      for (const filter of filters) expect(back).toContain(/<Filter>.*<\/Filter>/.exec(filter)?.[0])
      const ends = Math.ceil((made + 2 * DAY) / DAY) * DAY
      const header = (await send({ method: 'HEAD', path: '/old/logs/a' })).headers['x-amz-expiration']
      expect(header).toBe(`expiry-date="${new Date(ends).toUTCString()}", rule-id="one"`)
      expect((await send({ path: '/old/kept' })).headers['x-amz-expiration']).toBeUndefined()
      now = ends - 1000
      await looked()
      expect(await keys('old')).toHaveLength(5)
      now = ends
      await expect.poll(() => keys('old')).toEqual(['big/small', 'kept'])
    })
  })

  it('marks the newest version as deleted, ends older ones but so many, and the marker that is left alone', async () => {
    await withBucket('aged', true, async () => {
      for (const body of ['1', '2', '3', '4']) await put('/aged/k', body)
      const older =
        '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>'
      await put('/aged?lifecycle=', rules(`<Filter><Prefix></Prefix></Filter>${older}`))
      now = BEGIN + 3 * DAY
      await expect.poll(() => versions('aged')).toBe(2)
      expect((await send({ path: '/aged/k' })).text).toBe('4')
      await put(
        '/aged?lifecycle=',
        rules(`<Filter/>${days(1)}<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>`),
      )
      await expect.poll(() => versions('aged')).toBe(0)
    })
  })

  it('ends a marker that stands alone, and no other', async () => {
    await withBucket('marked', true, async () => {
      const made = await put('/marked/alone', 'x')
      await put('/marked/kept', 'x')
      for (const key of ['alone', 'kept']) await send({ method: 'DELETE', path: `/marked/${key}` })
      await put(
        '/marked?lifecycle=',
        rules('<Prefix></Prefix><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>'),
      )
      await looked()
      expect(await versions('marked')).toBe(4)
      await send({ method: 'DELETE', path: `/marked/alone?versionId=${made.headers['x-amz-version-id']}` })
      await expect.poll(() => versions('marked')).toBe(2)
    })
  })

  it('ends at a date, and uploads after days of its own', async () => {
    await withBucket('dated', false, async () => {
      await put('/dated/k', 'x')
      const date = new Date(BEGIN + 20.5 * DAY).toISOString()
      const abort = '<AbortIncompleteMultipartUpload><DaysAfterInitiation>30</DaysAfterInitiation></AbortIncompleteMultipartUpload>'
      await put(
        '/dated?lifecycle=',
        rules(`<ID>a b</ID><Filter><Prefix></Prefix></Filter>${abort}`, `<Filter/><Expiration><Date>${date}</Date></Expiration>`),
      )
      expect((await send({ path: '/dated?lifecycle=' })).text).toContain(`<Date>${date}</Date>`)
      expect((await send({ method: 'POST', path: '/dated/u?uploads=' })).headers['x-amz-abort-rule-id']).toBe('a%20b')
      const open = async () => (await send({ path: '/dated?uploads=' })).text.includes('<UploadId>')
      now = BEGIN + 20 * DAY
      await looked()
      expect([await keys('dated'), await open()]).toEqual([['k'], true])
      now = BEGIN + 21 * DAY
      await expect.poll(() => keys('dated')).toEqual([])
      now = BEGIN + 32 * DAY
      await expect.poll(open).toBe(false)
      await put('/dated?lifecycle=', rules(`<Filter/>${abort}`).replace('Enabled', 'Disabled'))
      now = BEGIN
      await send({ method: 'POST', path: '/dated/u?uploads=' })
      now = BEGIN + 300 * DAY
      await looked()
      expect(await open()).toBe(true)
    })
  })

  it('frees the files of what it ends', async () => {
    const files = () => readdirSync(storage.deps.objectsDir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).length
    await withBucket('freed', false, async () => {
      const before = files()
      await put('/freed/k', 'x')
      await put('/freed?lifecycle=', rules(`<Filter/>${days(1)}`))
      expect(files()).toBe(before + 1)
      now = BEGIN + 3 * DAY
      await expect.poll(files).toBe(before)
    })
  })

  it.each([
    ['no action', '<Filter/>', 'InvalidRequest'],
    ['no days', `<Filter/>${days(0)}`, 'InvalidArgument'],
    ['a text where its filter has conditions', `<Filter>logs/</Filter>${days(1)}`, 'MalformedXML'],
    ['a text beside the conditions', `<Filter>logs/<Prefix>a</Prefix></Filter>${days(1)}`, 'MalformedXML'],
    ['a text in the And', `<Filter><And>logs/</And></Filter>${days(1)}`, 'MalformedXML'],
    ['an And of nothing', `<Filter><And></And></Filter>${days(1)}`, 'MalformedXML'],
    ['a filter and a prefix', `<Filter/><Prefix/>${days(1)}`, 'MalformedXML'],
    ['neither', days(1), 'MalformedXML'],
    [
      'two conditions without And',
      `<Filter><Prefix>a</Prefix><ObjectSizeLessThan>3</ObjectSizeLessThan></Filter>${days(1)}`,
      'MalformedXML',
    ],
    [
      'two tags without And',
      `<Filter><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value>d</Value></Tag></Filter>${days(1)}`,
      'MalformedXML',
    ],
    ['days and a date', '<Filter/><Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>', 'MalformedXML'],
    ['a date at noon', '<Filter/><Expiration><Date>2030-01-01T12:00:00Z</Date></Expiration>', 'InvalidArgument'],
    [
      'uploads with a tag',
      '<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
      'InvalidRequest',
    ],
    ['another storage class', '<Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>', 'NotImplemented'],
  ])('with %s is refused, and the bucket keeps what it had', async (_, rule, code) => {
    const before = (await send({ path: '/lake?lifecycle=' })).text
    expect((await put('/lake?lifecycle=', rules(rule))).code).toBe(code)
    expect((await send({ path: '/lake?lifecycle=' })).text).toBe(before)
  })
})
