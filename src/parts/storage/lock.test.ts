// Object lock over real HTTP, by a clock that is turned: nothing removes what is locked, and nobody ends a lock who may not.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, SESSION_KEY, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { mintSession } from '#wire/s3/session'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const DAY = 24 * 3600 * 1000
const BEGIN = Date.now()
let now = BEGIN
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, { now: new Date(now), ...sent })
const put = (path: string, body: string, headers: Record<string, string> = {}) => send({ method: 'PUT', path, body, headers })
const idOf = ({ headers }: Answer) => headers['x-amz-version-id'] as string
const inDays = (days: number) => new Date(BEGIN + days * DAY).toISOString()
const md5 = { 'content-md5': createHash('md5').update('x').digest('base64') }
const BYPASS = { 'x-amz-bypass-governance-retention': 'true' }
const locks = (mode: string, days: number) => ({ 'x-amz-object-lock-mode': mode, 'x-amz-object-lock-retain-until-date': inDays(days) })
const retention = (mode: string, days: number) =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${inDays(days)}</RetainUntilDate></Retention>`
const remove = (key: string, version: string, headers: Record<string, string> = {}) =>
  send({ method: 'DELETE', path: `/vault/${key}?versionId=${version}`, headers })
const config = (rule: string) => `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`
const rule = (fields: string) => `<Rule><DefaultRetention>${fields}</DefaultRetention></Rule>`
const protectedByLock = { status: 403, code: 'AccessDenied', text: expect.stringContaining('object lock') }

beforeAll(async () => {
  storage = await startTestStorage(policy, { now: () => new Date(now), expiryEveryMs: 10 })
  await send({ method: 'PUT', path: '/vault', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } })
  await send({ method: 'PUT', path: '/plain' })
})
afterAll(() => storage.stop())
beforeEach(() => {
  now = BEGIN
})

describe('a bucket', () => {
  it('made for locks keeps versions for ever, and one that keeps versions can become one', async () => {
    expect((await send({ path: '/vault?versioning=' })).text).toContain('<Status>Enabled</Status>')
    expect((await send({ path: '/vault?object-lock=' })).text).toContain('<ObjectLockEnabled>Enabled</ObjectLockEnabled>')
    const set = (bucket: string, status: string) =>
      put(`/${bucket}?versioning=`, `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`)
    expect(await set('vault', 'Suspended')).toMatchObject({ status: 409, code: 'InvalidBucketState' })
    await send({ method: 'PUT', path: '/later' })
    expect((await send({ path: '/later?object-lock=' })).code).toBe('ObjectLockConfigurationNotFoundError')
    expect(await put('/later?object-lock=', config(''))).toMatchObject({ status: 409, code: 'InvalidBucketState' })
    await set('later', 'Enabled')
    expect((await put('/later?object-lock=', config(''))).status).toBe(200)
    expect((await set('later', 'Suspended')).code).toBe('InvalidBucketState')
  })
  it.each([
    ['no mode', rule('<Days>1</Days>'), 'MalformedXML'],
    ['two lengths', rule('<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>'), 'MalformedXML'],
    ['no length', rule('<Mode>GOVERNANCE</Mode>'), 'MalformedXML'],
    ['two rules', rule('<Mode>GOVERNANCE</Mode><Days>1</Days>') + rule('<Mode>COMPLIANCE</Mode><Days>9</Days>'), 'MalformedXML'],
    ['no day', rule('<Mode>GOVERNANCE</Mode><Days>0</Days>'), 'InvalidArgument'],
    ['too many years', rule('<Mode>GOVERNANCE</Mode><Years>101</Years>'), 'InvalidArgument'],
  ])('takes no default with %s', async (_, fields, code) => {
    expect((await put('/vault?object-lock=', config(fields))).code).toBe(code)
  })
  it('gives what it is told to all new versions, also to uploads and copies, unless they ask for another', async () => {
    await put('/vault?object-lock=', config(rule('<Mode>GOVERNANCE</Mode><Days>3</Days>')))
    expect((await send({ path: '/vault?object-lock=' })).text).toContain('<DefaultRetention><Mode>GOVERNANCE</Mode><Days>3</Days>')
    const headOf = async (key: string) => (await send({ method: 'HEAD', path: `/vault/${key}` })).headers
    const until = async (key: string) => Date.parse((await headOf(key))['x-amz-object-lock-retain-until-date'] as string)
    await put('/vault/default', 'x')
    expect(Math.abs((await until('default')) - BEGIN - 3 * DAY)).toBeLessThan(60_000)
    await put('/vault/asked', 'x', { ...md5, ...locks('COMPLIANCE', 1) })
    expect(await headOf('asked')).toMatchObject(locks('COMPLIANCE', 1))
    await send({ method: 'PUT', path: '/vault/copy', headers: { 'x-amz-copy-source': '/vault/asked' } })
    expect((await headOf('copy'))['x-amz-object-lock-mode']).toBe('GOVERNANCE')
    const begun = await send({
      method: 'POST',
      path: '/vault/up?uploads=',
      headers: { ...locks('COMPLIANCE', 2), 'x-amz-object-lock-legal-hold': 'ON' },
    })
    const id = /<UploadId>(\w+)</.exec(begun.text)?.[1]
    const part = await put(`/vault/up?uploadId=${id}&partNumber=1`, 'x')
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`
    await send({ method: 'POST', path: `/vault/up?uploadId=${id}`, body })
    expect(await headOf('up')).toMatchObject({ ...locks('COMPLIANCE', 2), 'x-amz-object-lock-legal-hold': 'ON' })
    await put('/vault?object-lock=', config(''))
    await put('/vault/free', 'x')
    expect((await headOf('free'))['x-amz-object-lock-mode']).toBeUndefined()
  })
})

describe('a locked version', () => {
  it('of governance stays until its time, or until one who may says otherwise', async () => {
    const [one, two] = [
      idOf(await put('/vault/g', 'x', { ...md5, ...locks('GOVERNANCE', 2) })),
      idOf(await put('/vault/g', 'x', { ...md5, ...locks('GOVERNANCE', 2) })),
    ]
    expect(await remove('g', one)).toMatchObject(protectedByLock)
    const many = await send({
      method: 'POST',
      path: '/vault?delete=',
      body: `<Delete><Object><Key>g</Key><VersionId>${one}</VersionId></Object></Delete>`,
    })
    expect(many.text).toContain('<Code>AccessDenied</Code>')
    expect((await send({ method: 'DELETE', path: '/vault/g' })).headers['x-amz-delete-marker']).toBe('true')
    expect((await remove('g', one, BYPASS)).status).toBe(204)
    now = BEGIN + 2 * DAY - 1000
    expect(await remove('g', two)).toMatchObject(protectedByLock)
    now = BEGIN + 2 * DAY + 1000
    expect((await remove('g', two)).status).toBe(204)
  })
  it('of compliance stays until its time, whoever asks', async () => {
    const id = idOf(await put('/vault/c', 'x', { ...md5, ...locks('COMPLIANCE', 2) }))
    expect(await remove('c', id, BYPASS)).toMatchObject(protectedByLock)
    const set = (body: string) => put(`/vault/c?retention=&versionId=${id}`, body, BYPASS)
    for (const body of [retention('COMPLIANCE', 1), retention('GOVERNANCE', 3), '<Retention></Retention>'])
      expect(await set(body)).toMatchObject(protectedByLock)
    expect((await set(retention('COMPLIANCE', 3))).status).toBe(200)
    now = BEGIN + 2.5 * DAY
    expect(await remove('c', id, BYPASS)).toMatchObject(protectedByLock)
    now = BEGIN + 3.5 * DAY
    expect((await remove('c', id)).status).toBe(204)
  })
  it('of governance is made longer by anybody who locks, shorter or other only with its end', async () => {
    await put('/vault/l', 'x', { ...md5, ...locks('GOVERNANCE', 2) })
    const set = (body: string, headers = {}) => put('/vault/l?retention=', body, headers)
    expect((await set(retention('GOVERNANCE', 4))).status).toBe(200)
    for (const body of [retention('GOVERNANCE', 3), retention('COMPLIANCE', 9), '<Retention></Retention>'])
      expect(await set(body)).toMatchObject(protectedByLock)
    expect((await set(retention('GOVERNANCE', 1), BYPASS)).status).toBe(200)
    expect((await send({ path: '/vault/l?retention=' })).text).toContain(
      `<Mode>GOVERNANCE</Mode><RetainUntilDate>${inDays(1)}</RetainUntilDate>`,
    )
    expect((await set('<Retention></Retention>', BYPASS)).status).toBe(200)
    expect((await send({ path: '/vault/l?retention=' })).code).toBe('NoSuchObjectLockConfiguration')
  })
  it('that is held stays until it is not, without a time', async () => {
    const id = idOf(await put('/vault/h', 'x'))
    expect((await send({ path: '/vault/h?legal-hold=' })).code).toBe('NoSuchObjectLockConfiguration')
    const hold = (status: string) => put('/vault/h?legal-hold=', `<LegalHold><Status>${status}</Status></LegalHold>`)
    expect((await hold('ON')).status).toBe(200)
    expect((await send({ path: '/vault/h?legal-hold=' })).text).toContain('<Status>ON</Status>')
    now = BEGIN + 999 * DAY
    expect(await remove('h', id, BYPASS)).toMatchObject(protectedByLock)
    expect((await hold('OFF')).status).toBe(200)
    expect((await remove('h', id)).status).toBe(204)
  })
  it('outlives lifecycle, its bucket, and a restart', async () => {
    const id = idOf(await put('/vault/kept', 'x', { ...md5, ...locks('COMPLIANCE', 40) }))
    await put('/vault/kept', 'y')
    const older = '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>'
    await put(
      '/vault?lifecycle=',
      `<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status>${older}</Rule></LifecycleConfiguration>`,
    )
    const free = idOf(await put('/vault/goes', 'x'))
    await put('/vault/goes', 'y')
    now = BEGIN + 30 * DAY
    const read = async (key: string, version: string) => (await send({ path: `/vault/${key}?versionId=${version}` })).status
    await expect.poll(() => read('goes', free)).toBe(404)
    await storage.part.stop()
    await storage.part.start()
    expect(await read('kept', id)).toBe(200)
    expect((await send({ method: 'DELETE', path: '/vault' })).code).toBe('BucketNotEmpty')
    expect(await remove('kept', id)).toMatchObject(protectedByLock)
    await send({ method: 'DELETE', path: '/vault?lifecycle=' })
  })
})

describe('a lock', () => {
  it('is for who may manage, and a lent key neither locks nor ends one', async () => {
    const entitlements = [{ bucket: 'vault', prefix: '', mode: 'write' as const }]
    const credentials = mintSession(SESSION_KEY, { sub: 'ana', entitlements, ttlSeconds: 60 }, new Date(now))
    const id = idOf(await put('/vault/r', 'x', { ...md5, ...locks('GOVERNANCE', 2) }))
    for (const sent of [
      { method: 'PUT', path: '/vault/n', body: 'x', headers: { ...md5, ...locks('GOVERNANCE', 2) } },
      { method: 'PUT', path: '/vault/n', body: 'x', headers: { ...md5, 'x-amz-object-lock-legal-hold': 'ON' } },
      { method: 'PUT', path: '/vault/r?retention=', body: retention('GOVERNANCE', 9) },
      { method: 'PUT', path: '/vault/r?legal-hold=', body: '<LegalHold><Status>ON</Status></LegalHold>' },
      { method: 'DELETE', path: `/vault/r?versionId=${id}`, headers: BYPASS },
      { method: 'PUT', path: '/vault?object-lock=', body: config('') },
    ])
      expect(await send({ ...sent, credentials })).toMatchObject({ status: 403, code: 'AccessDenied' })
    const body = `<Delete><Object><Key>r</Key><VersionId>${id}</VersionId></Object></Delete>`
    expect((await send({ method: 'POST', path: '/vault?delete=', body, headers: BYPASS, credentials })).text).toContain(
      '<Code>AccessDenied</Code>',
    )
    expect((await send({ path: `/vault/r?versionId=${id}` })).text).toBe('x')
  })
  it.each([
    ['where there are none', '/plain/x', { ...md5, ...locks('GOVERNANCE', 1) }, 'InvalidRequest'],
    ['without a digest of the body', '/vault/x', locks('GOVERNANCE', 1), 'InvalidRequest'],
    ['by half', '/vault/x', { ...md5, 'x-amz-object-lock-mode': 'GOVERNANCE' }, 'InvalidArgument'],
    ['of another mode', '/vault/x', { ...md5, ...locks('OTHER', 1) }, 'InvalidArgument'],
    ['until before', '/vault/x', { ...md5, ...locks('GOVERNANCE', -1) }, 'InvalidArgument'],
    ['of another hold', '/vault/x', { ...md5, 'x-amz-object-lock-legal-hold': 'MAYBE' }, 'InvalidArgument'],
  ])('is not put on %s', async (_, path, headers, code) => {
    expect(await put(path, 'x', headers)).toMatchObject({ status: 400, code })
    expect((await send({ path })).status).toBe(404)
  })
  it('is asked of no bucket without', async () => {
    await put('/plain/k', 'x')
    for (const what of ['retention', 'legal-hold']) expect((await send({ path: `/plain/k?${what}=` })).code).toBe('InvalidRequest')
    expect((await send({ method: 'DELETE', path: '/plain/k', headers: BYPASS })).code).toBe('InvalidArgument')
    expect((await send({ path: '/plain/k' })).text).toBe('x')
  })
})
