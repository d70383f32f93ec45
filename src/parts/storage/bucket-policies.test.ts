// Policies of buckets over real HTTP: what they deny nobody gets, what they allow a user gets without a right of his own, and nothing is public.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, SESSION_KEY, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { openIdentities } from '#parts/storage/identities'
import type { KeyOwners } from '#parts/storage/key-owners'
import { openIndex } from '#parts/storage/store'
import { RESOURCE_KINDS } from '#runtime/policy'
import { mintSession } from '#wire/s3/session'
import type { Credentials } from '#wire/s3/sigv4'

const roles = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const records: string[] = []
const policy: Authoriser = {
  decide: roles.decide,
  record: async (caller, action, { kind, path }, { allow }) =>
    void records.push(`${caller.sub} ${action} ${kind} ${path.join('/')} ${allow}`),
}
let storage: TestStorage
/** Of ana: nobody's roles count, as long as none are told. */
let standing: ReturnType<KeyOwners['standing']>
const users: Record<string, Credentials> = {}
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const as = (user: string, sent: Sent) => send({ ...sent, credentials: users[user] as Credentials })
const user = (name: string) => ({ AWS: `arn:aws:iam::000000000000:user/${name}` })
const give = (statements: readonly object[], sent: Partial<Sent> = {}) =>
  send({ method: 'PUT', path: '/lake?policy=', body: JSON.stringify({ Version: '2012-10-17', Statement: statements }), ...sent })
const ALL = ['arn:aws:s3:::lake', 'arn:aws:s3:::lake/*']
const denied = { status: 403, code: 'AccessDenied' }

beforeAll(async () => {
  storage = await startTestStorage(policy, { keyOwners: { standing: (name) => (name === 'ana' ? standing : undefined) } })
  await storage.part.stop()
  const index = openIndex(storage.deps.dir)
  const identities = openIdentities(index.env, index.durably)
  for (const [name, actions] of [
    ['ana', undefined],
    ['max', ['s3:*']],
  ] as const) {
    await identities.createUser(name, '/')
    const key = await identities.createKey(name)
    if (key) users[name] = { accessKeyId: key.accessKeyId, secretAccessKey: key.secret.reveal() }
    if (actions)
      await identities.putPolicy(
        name,
        'own',
        JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: ALL }] }),
      )
  }
  await index.close()
  await storage.part.start()
  await send({ method: 'PUT', path: '/lake' })
  for (const key of ['open/a', 'shut/a']) await send({ method: 'PUT', path: `/lake/${key}`, body: key })
})
afterAll(() => storage.stop())
afterEach(() => send({ method: 'DELETE', path: '/lake?policy=' }))

describe('a policy', () => {
  it('gives a person’s key nothing in a bucket that the person’s roles of now do not allow, and denies there all the same', async () => {
    const allow = { Effect: 'Allow', Principal: user('ana'), Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' }
    await give([allow, { ...allow, Effect: 'Deny', Resource: 'arn:aws:s3:::lake/shut/*' }])
    const read = async (covers: boolean) => {
      standing = { roles: [], rightsVersion: 0, covers: (bucket) => covers && bucket === 'lake' }
      const [open, shut] = [await as('ana', { path: '/lake/open/a' }), await as('ana', { path: '/lake/shut/a' })]
      standing = undefined
      return [open.status, shut.status]
    }
    expect([await read(true), await read(false)]).toEqual([
      [200, 403],
      [403, 403],
    ])
  })
  it('gives a user what it allows, there and no further, until it is taken away', async () => {
    expect(await as('ana', { path: '/lake/open/a' })).toMatchObject(denied)
    const allow = { Effect: 'Allow', Principal: user('ana'), Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::lake/open/*' }
    const listing = {
      Effect: 'Allow',
      Principal: user('ana'),
      Action: 's3:ListBucket',
      Resource: ALL[0],
      Condition: { StringLike: { 's3:prefix': 'open/*' } },
    }
    expect((await give([allow, listing])).status).toBe(204)
    expect(JSON.parse((await send({ path: '/lake?policy=' })).text).Statement).toEqual([allow, listing])
    expect((await send({ path: '/lake?policyStatus=' })).text).toContain('<IsPublic>false</IsPublic>')
    expect((await as('ana', { path: '/lake/open/a' })).text).toBe('open/a')
    expect((await as('ana', { path: '/lake?list-type=2&prefix=open%2F' })).status).toBe(200)
    for (const sent of [
      { path: '/lake/shut/a' },
      { path: '/lake/open/a?versionId=null' },
      { path: '/lake/open/a?tagging=' },
      { method: 'PUT', path: '/lake/open/a', body: 'x' },
      { method: 'DELETE', path: '/lake/open/a' },
      { path: '/lake?list-type=2' },
      { path: '/lake?versions=&prefix=open%2F' },
      { path: '/lake?policy=' },
      { method: 'PUT', path: '/lake/open/b', headers: { 'x-amz-copy-source': '/lake/open/a' } },
    ])
      expect(await as('ana', sent)).toMatchObject(denied)
    expect((await send({ method: 'DELETE', path: '/lake?policy=' })).status).toBe(204)
    expect(await as('ana', { path: '/lake/open/a' })).toMatchObject(denied)
    expect((await send({ path: '/lake?policy=' })).code).toBe('NoSuchBucketPolicy')
  })

  it('that denies is stronger than every right, that of the account too, and the denial is on record', async () => {
    await give([{ Effect: 'Deny', Principal: '*', Action: ['s3:GetObject*', 's3:DeleteObject'], Resource: 'arn:aws:s3:::lake/shut/*' }])
    records.length = 0
    expect(await send({ path: '/lake/shut/a' })).toMatchObject(denied)
    expect(records).toEqual(['root read object lake/shut/a false'])
    expect((await as('max', { path: '/lake/open/a' })).text).toBe('open/a')
    const tried: Sent[] = [
      { path: '/lake/shut/a' },
      { path: '/lake/shut/a?versionId=null' },
      { method: 'HEAD', path: '/lake/shut/a' },
      { method: 'DELETE', path: '/lake/shut/a' },
      { method: 'PUT', path: '/lake/open/copy', headers: { 'x-amz-copy-source': '/lake/shut/a' } },
      { method: 'PUT', path: '/lake/shut/a', body: 'x', headers: { 'if-match': '"x"' } },
    ]
    for (const sent of tried) expect((await as('max', sent)).status).toBe(403)
    const body = '<Delete><Object><Key>shut/a</Key></Object><Object><Key>open/none</Key></Object></Delete>'
    const many = (await as('max', { method: 'POST', path: '/lake?delete=', body })).text
    expect(many).toContain('<Error><Key>shut/a</Key><Code>AccessDenied</Code>')
    expect(many).toContain('<Deleted><Key>open/none</Key></Deleted>')
    await send({ method: 'DELETE', path: '/lake?policy=' })
    expect((await send({ path: '/lake/shut/a' })).text).toBe('shut/a')
  })

  it('looks at what is asked for and at what is there', async () => {
    await send({ method: 'PUT', path: '/lake/open/tagged', body: 'x', headers: { 'x-amz-tagging': 'secret=yes' } })
    await give([
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: ALL[1],
        Condition: { StringEquals: { 's3:ExistingObjectTag/secret': 'yes' } },
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: ALL[1],
        Condition: { Null: { 's3:RequestObjectTag/team': 'true' } },
      },
      { Effect: 'Deny', Principal: user('max'), Action: 's3:PutObjectTagging', Resource: 'arn:aws:s3:::lake/shut/*' },
    ])
    expect(await as('max', { path: '/lake/open/tagged' })).toMatchObject(denied)
    expect((await as('max', { path: '/lake/open/a' })).status).toBe(200)
    const write = (path: string, headers = {}) => as('max', { method: 'PUT', path, body: 'x', headers })
    expect(await write('/lake/open/new')).toMatchObject(denied)
    expect((await write('/lake/open/new', { 'x-amz-tagging': 'team=a' })).status).toBe(200)
    expect(await write('/lake/shut/new', { 'x-amz-tagging': 'team=a' })).toMatchObject(denied)
  })

  it('does not widen what was lent, and denies it too', async () => {
    const lent = mintSession(SESSION_KEY, { sub: 'ana', entitlements: [{ bucket: 'lake', prefix: 'open', mode: 'read' }], ttlSeconds: 60 })
    await give([{ Effect: 'Allow', Principal: user('ana'), Action: 's3:*', Resource: ALL }])
    expect((await send({ path: '/lake/open/a', credentials: lent })).text).toBe('open/a')
    expect(await send({ path: '/lake/shut/a', credentials: lent })).toMatchObject(denied)
    await give([{ Effect: 'Deny', Principal: user('ana'), Action: 's3:GetObject', Resource: ALL[1] }])
    expect(await send({ path: '/lake/open/a', credentials: lent })).toMatchObject(denied)
  })

  it('is changed by who may, who does not shut himself out unasked; the account always can', async () => {
    const shut = [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: ALL }]
    expect(await give(shut, { credentials: users.ana as Credentials })).toMatchObject(denied)
    expect(await give(shut, { credentials: users.max as Credentials })).toMatchObject(denied)
    const confirmed = { 'x-amz-confirm-remove-self-bucket-access': 'true' }
    expect((await give(shut, { credentials: users.max as Credentials, headers: confirmed })).status).toBe(204)
    for (const method of ['GET', 'DELETE']) expect(await as('max', { method, path: '/lake?policy=' })).toMatchObject(denied)
    expect(await send({ path: '/lake/open/a' })).toMatchObject(denied)
    expect((await send({ path: '/lake?policy=' })).status).toBe(200)
    expect((await send({ method: 'DELETE', path: '/lake?policy=' })).status).toBe(204)
  })

  it.each([
    ['everybody', [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: ALL[1] }], 403, 'AccessDenied'],
    [
      'a user that there is not',
      [{ Effect: 'Allow', Principal: user('nobody'), Action: 's3:GetObject', Resource: ALL[1] }],
      400,
      'MalformedPolicy',
    ],
    [
      'another bucket',
      [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::other/*' }],
      400,
      'MalformedPolicy',
    ],
    [
      'what is not done',
      [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: ALL, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      501,
      'NotImplemented',
    ],
    ['nothing', [], 400, 'MalformedPolicy'],
    [
      'too much',
      [{ Sid: 'x'.repeat(21_000), Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: ALL[1] }],
      400,
      'MalformedPolicy',
    ],
  ] as const)('for %s is refused', async (_, statements, status, code) => {
    expect(await give(statements)).toMatchObject({ status, code })
    expect((await send({ path: '/lake?policy=' })).code).toBe('NoSuchBucketPolicy')
  })
})

describe('the public access block', () => {
  it('is on from the beginning, kept as it is set, and lets nobody in when it is off', async () => {
    const block = async () =>
      [...(await send({ path: '/lake?publicAccessBlock=' })).text.matchAll(/<(\w+)>(true|false)</g)].map(([, name, on]) => `${name} ${on}`)
    expect(await block()).toEqual(['BlockPublicAcls true', 'IgnorePublicAcls true', 'BlockPublicPolicy true', 'RestrictPublicBuckets true'])
    const body = '<PublicAccessBlockConfiguration><IgnorePublicAcls>TRUE</IgnorePublicAcls></PublicAccessBlockConfiguration>'
    expect((await send({ method: 'PUT', path: '/lake?publicAccessBlock=', body })).status).toBe(200)
    expect(await block()).toEqual([
      'BlockPublicAcls false',
      'IgnorePublicAcls true',
      'BlockPublicPolicy false',
      'RestrictPublicBuckets false',
    ])
    expect((await send({ method: 'DELETE', path: '/lake?publicAccessBlock=' })).status).toBe(204)
    expect((await send({ path: '/lake?publicAccessBlock=' })).code).toBe('NoSuchPublicAccessBlockConfiguration')
    expect(await give([{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: ALL[1] }])).toMatchObject(denied)
    expect(await send({ path: '/lake/open/a', credentials: 'anonymous' })).toMatchObject(denied)
  })
})
