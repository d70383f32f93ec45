// The authoriser before everything: users' keys reach what their policies say, IAM is the root key's, silence denies.
import { open } from 'lmdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, ROOT, SESSION_KEY, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { iamOf } from '#parts/storage/test-keys'
import { RESOURCE_KINDS } from '#runtime/policy'
import { mintSession } from '#wire/s3/session'
import type { Credentials } from '#wire/s3/sigv4'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let mood: 'answers' | 'silent' | 'fails' = 'answers'
const moody: Authoriser = {
  decide: (caller, action, resource) => {
    if (mood === 'silent') return new Promise(() => undefined)
    if (mood === 'fails') throw new Error('no connection')
    return policy.decide(caller, action, resource)
  },
}

let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)

const { ask: iam, keyFor } = iamOf(() => storage.endpoint)

beforeAll(async () => {
  storage = await startTestStorage(moody)
  for (const bucket of ['mine', 'theirs']) await send({ method: 'PUT', path: `/${bucket}` })
  await send({ method: 'PUT', path: '/theirs/secret', body: 'secret' })
  await send({ method: 'PUT', path: '/mine/in/a', body: 'a' })
})
afterAll(() => storage.stop())

describe("a user's key", () => {
  let writer: Credentials
  let reader: Credentials
  beforeAll(async () => {
    writer = await keyFor('writer', { Action: 's3:*', Resource: ['arn:aws:s3:::mine', 'arn:aws:s3:::mine/*'] })
    reader = await keyFor('reader', { Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::mine/in/*' })
  })

  it('reaches its bucket, and sees no other', async () => {
    expect((await send({ method: 'PUT', path: '/mine/x', body: 'x', credentials: writer })).status).toBe(200)
    const { text } = await send({ path: '/', credentials: writer })
    expect([...text.matchAll(/<Name>(\w+)<\/Name>/g)].map((m) => m[1])).toEqual(['mine'])
  })
  it('is denied elsewhere, and cannot get around it', async () => {
    const attempts: Sent[] = [
      { path: '/theirs/secret' },
      { method: 'HEAD', path: '/theirs' },
      { path: '/theirs?list-type=2' },
      { path: '/theirs?uploads=' },
      { method: 'DELETE', path: '/theirs/secret' },
      { method: 'PUT', path: '/theirs/secret', body: 'x' },
      { method: 'PUT', path: '/mine/stolen', headers: { 'x-amz-copy-source': '/theirs/secret' } },
      { method: 'PUT', path: '/mine/stolen', headers: { 'x-amz-copy-source': '/mine/../theirs/secret' } },
      { method: 'POST', path: '/theirs/secret?uploads=' },
      { method: 'PUT', path: '/another-bucket' },
      { method: 'DELETE', path: '/theirs' },
    ]
    const statuses = await Promise.all(attempts.map(async (a) => (await send({ ...a, credentials: writer })).status))
    expect(statuses).toEqual([403, 403, 403, 403, 403, 403, 403, 404, 403, 403, 403])
    const body = '<Delete><Object><Key>secret</Key></Object></Delete>'
    expect((await send({ method: 'POST', path: '/theirs?delete=', body, credentials: writer })).text).toContain('AccessDenied')
    expect((await send({ path: '/theirs/secret' })).text).toBe('secret')
  })
  it('is told which bucket it may not list, and who makes buckets', async () => {
    expect((await send({ path: '/theirs?list-type=2', credentials: writer })).text).toContain('writer may not list object theirs;')
    const made = await send({ method: 'PUT', path: '/another-bucket', credentials: writer })
    expect(made.text).toMatch(
      /<Code>AccessDenied<[\s\S]*may not create bucket another-bucket; [\s\S]*akko storage bucket create another-bucket/,
    )
  })

  it('that reads below a prefix does that only', async () => {
    expect((await send({ path: '/mine/in/a', credentials: reader })).text).toBe('a')
    expect((await send({ path: '/mine/x', credentials: reader })).status).toBe(403)
    expect((await send({ method: 'PUT', path: '/mine/in/b', body: 'b', credentials: reader })).status).toBe(403)
    expect((await send({ path: '/mine?list-type=2&prefix=in%2F', credentials: reader })).status).toBe(403)
  })
  it('that does not read compares no entity tags either', async () => {
    const Action = ['s3:PutObject', 's3:DeleteObject']
    const dropper = await keyFor('dropper', { Action, Resource: 'arn:aws:s3:::mine/*' })
    const { etag } = (await send({ method: 'PUT', path: '/mine/tagged', body: 'x' })).headers as { etag: string }
    const asked = (method: string, value: string) =>
      send({ method, path: '/mine/tagged', headers: { 'if-match': value }, credentials: dropper, body: '' })
    for (const method of ['PUT', 'DELETE']) for (const value of [etag, '"other"']) expect((await asked(method, value)).status).toBe(403)
    const body = `<Delete><Object><Key>tagged</Key><ETag>${etag}</ETag></Object></Delete>`
    expect((await send({ method: 'POST', path: '/mine?delete=', body, credentials: dropper })).text).toContain('AccessDenied')
    expect((await send({ path: '/mine/tagged' })).text).toBe('x')
    expect((await asked('DELETE', '*')).status).toBe(204)
  })
  it('administers nobody', async () => {
    for (const action of ['ListUsers', 'CreateUser', 'CreateAccessKey', 'PutUserPolicy', 'Unknown'])
      expect(await iam(action, { UserName: 'writer' }, writer)).toMatchObject({ status: 403 })
  })
  it('ends with its deletion, and its user goes only when empty', async () => {
    expect((await iam('DeleteUser', { UserName: 'reader' })).text).toContain('<Code>DeleteConflict</Code>')
    await iam('DeleteAccessKey', { UserName: 'reader', AccessKeyId: reader.accessKeyId })
    expect((await send({ path: '/mine/in/a', credentials: reader })).code).toBe('InvalidAccessKeyId')
    await iam('DeleteUserPolicy', { UserName: 'reader', PolicyName: 'own' })
    expect((await iam('DeleteUser', { UserName: 'reader' })).status).toBe(200)
    expect((await iam('GetUser', { UserName: 'reader' })).text).toContain('<Code>NoSuchEntity</Code>')
  })
})

describe('a policy', () => {
  const fault = (code: string) => ({
    status: 400,
    text: expect.stringMatching(`<Error><Type>Sender</Type><Code>${code}</Code><Message>[^<]+</Message></Error>`),
  })
  const allowed = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  it.each(
    [
      ...[null, 5, 'text', [], [allowed], {}, { Statement: null }, { Statement: [] }, { Statement: 'Allow' }, { Statement: 1 }],
      ...[null, 7, true, 'text', [], [allowed], {}].map((statement) => ({ Statement: [statement] })),
      ...[null, 7, {}, [], [null], [7], [{}], [['s3:*']]].map((Action) => ({ Statement: [{ ...allowed, Action }] })),
      ...[null, 7, {}, [], [null], [7], [{}], [['*']]].map((Resource) => ({ Statement: [{ ...allowed, Resource }] })),
      ...[null, 7, {}, ['Allow']].map((Effect) => ({ Statement: [{ ...allowed, Effect }] })),
      ...[{ Version: 2012 }, { Version: '2026-01-01' }, { Id: 7 }, { Other: 7 }].map((more) => ({ ...more, Statement: [allowed] })),
      { Statement: [{ ...allowed, Sid: 7 }] },
    ].map((document) => JSON.stringify(document)),
  )('of another form is malformed: %s', async (PolicyDocument) => {
    await iam('CreateUser', { UserName: 'shapeless' })
    const made = await iam('PutUserPolicy', { UserName: 'shapeless', PolicyName: 'own', PolicyDocument })
    expect(made).toMatchObject(fault('MalformedPolicyDocument'))
    expect((await iam('ListUserPolicies', { UserName: 'shapeless' })).text).not.toContain('own')
  })
  it('that was kept before and is malformed today grants nothing', async () => {
    const credentials = await keyFor('earlier', { Action: 's3:*', Resource: 'arn:aws:s3:::mine/*' })
    expect((await send({ path: '/mine/in/a', credentials })).status).toBe(200)
    await storage.part.stop()
    const env = open({ path: storage.deps.dir, maxDbs: 16, noSubdir: false, overlappingSync: false })
    const policies = env.openDB<string, Buffer>('policies', { keyEncoding: 'binary' })
    await policies.put(Buffer.from('earlier\0own'), JSON.stringify({ Statement: [null] }))
    await env.close()
    await storage.part.start()
    expect(await send({ path: '/mine/in/a', credentials })).toMatchObject({ status: 403, code: 'AccessDenied' })
  })
  it.each([
    ['GetUser', { UserName: 'u'.repeat(5000) }],
    ['ListAccessKeys', { UserName: 'u'.repeat(5000) }],
    ['DeleteAccessKey', { UserName: 'writer', AccessKeyId: 'A'.repeat(5000) }],
    ['CreateUser', { UserName: 'pathless', Path: 'no slash' }],
    ['CreateUser', { UserName: 'pathless', Path: `/${'p'.repeat(600)}/` }],
  ])('and what else %s is told has a form', async (action, fields) => {
    expect(await iam(action, fields)).toMatchObject(fault('ValidationError'))
  })
  it('is asked for in a form that can be read', async () => {
    expect(await iam('%', {}, ROOT, 'Action=%zz')).toMatchObject(fault('ValidationError'))
  })
  it('is asked for in a form that is not too long', async () => {
    expect(await iam('ListUsers', { PathPrefix: 'p'.repeat(300 * 1024) })).toMatchObject(fault('EntityTooLarge'))
  })
  it('is of a key that can be', async () => {
    const credentials = { ...ROOT, accessKeyId: 'A'.repeat(5000) }
    expect(await send({ path: '/mine/in/a', credentials })).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' })
  })
})

describe('an authoriser that does not answer', () => {
  it.each(['fails', 'silent'] as const)('denies when it %s', async (state) => {
    mood = state
    try {
      const [got, listed, users] = await Promise.all([send({ path: '/mine/in/a' }), send({ path: '/' }), iam('ListUsers', {})])
      expect(got).toMatchObject({ status: 403, code: 'AccessDenied' })
      expect(listed.text).not.toContain('<Name>')
      expect(users.status).toBe(403)
    } finally {
      mood = 'answers'
    }
  })
})

describe('a version that is asked for by its name', () => {
  interface Asked extends Sent {
    readonly right: 'read' | 'list' | 'tag' | 'drop'
  }
  /** All that can be asked of it. */
  const everything = (key: string, version: string): readonly Asked[] => {
    const path = `/kept/${key}?versionId=${version}`
    const body = `<Delete><Object><Key>${key}</Key><VersionId>${version}</VersionId></Object></Delete>`
    return [
      { right: 'read', path },
      { right: 'read', path: `${path}&tagging=` },
      { right: 'read', path: `${path}&acl=` },
      { right: 'read', path: `${path}&attributes=`, headers: { 'x-amz-object-attributes': 'ETag' } },
      { right: 'read', method: 'PUT', path: '/kept/mine/copy', headers: { 'x-amz-copy-source': `/kept/${key}?versionId=${version}` } },
      { right: 'list', path: '/kept?versions=&prefix=mine/' },
      { right: 'tag', method: 'DELETE', path: `${path}&tagging=` },
      { right: 'drop', method: 'POST', path: '/kept?delete=', body },
      { right: 'drop', method: 'DELETE', path },
    ]
  }
  const put = async (key: string) => {
    const { headers } = await send({ method: 'PUT', path: `/kept/${key}`, body: 'x' })
    return headers['x-amz-version-id'] as string
  }
  const refused = async (key: string, version: string, credentials: Credentials) => {
    const rights = new Set<string>()
    for (const { right, ...sent } of everything(key, version)) {
      const { text } = await send({ ...sent, credentials })
      if (text.includes('<Code>AccessDenied</Code>')) rights.add(right)
    }
    return [...rights]
  }
  const all = ['read', 'list', 'tag', 'drop']

  beforeAll(async () => {
    await send({ method: 'PUT', path: '/kept' })
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
    await send({ method: 'PUT', path: '/kept?versioning=', body })
  })

  it.each(['read', 'write'] as const)('is not lent: what was removed from a folder is not for who may %s in it', async (mode) => {
    const [old, now] = [await put('mine/a'), await put('mine/a')]
    const entitlements = [{ bucket: 'kept', prefix: 'mine', mode }]
    const credentials = mintSession(SESSION_KEY, { sub: 'ana', entitlements, ttlSeconds: 60 })
    for (const version of [old, now, 'null']) expect(await refused('mine/a', version, credentials)).toEqual(all)
    expect((await send({ path: '/kept/mine/a', credentials })).text).toBe('x')
    for (const version of [old, now]) expect((await send({ path: `/kept/mine/a?versionId=${version}` })).text).toBe('x')
  })
  it('is for keys whose policy names the actions for versions, as in S3', async () => {
    const Resource = ['arn:aws:s3:::kept', 'arn:aws:s3:::kept/mine/*']
    const left = async (...Action: string[]) => refused('mine/b', await put('mine/b'), await keyFor('careful', { Action, Resource }))
    const plain = [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:ListBucket',
      's3:*Tagging',
      's3:GetObjectAttributes',
      's3:GetObjectAcl',
    ]
    expect(await left(...plain.filter((name) => !name.includes('*')))).toEqual(all)
    const reading = ['s3:GetObjectVersion', 's3:GetObjectVersionTagging', 's3:GetObjectVersionAcl', 's3:GetObjectVersionAttributes']
    expect(await left(...plain, ...reading)).toEqual(['list', 'drop'])
    expect(await left(...plain, 's3:ListBucketVersions')).toEqual(['read', 'drop'])
    expect(await left(...plain, 's3:DeleteObjectVersion')).toEqual(['read', 'list'])
    expect(await left(...plain.slice(0, 4), 's3:DeleteObjectVersionTagging')).toEqual(['read', 'list', 'drop'])
    expect(await left('s3:*')).toEqual([])
    const elsewhere = await keyFor('careful', { Action: 's3:*', Resource })
    expect(await refused('other/b', await put('other/b'), elsewhere)).toEqual(['read', 'tag', 'drop'])
  })
})
