// Events of buckets at a webhook that a real server answers: each kind, in order, until it is taken, and to none that nobody declared.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { open } from 'lmdb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { openEventQueue } from '#parts/storage/events'
import {
  type Answer,
  REGION,
  ROOT,
  SESSION_KEY,
  type Sent,
  send as sendTo,
  startTestStorage,
  type TestStorage,
} from '#parts/storage/fixture'
import { iamOf } from '#parts/storage/test-keys'
import { RESOURCE_KINDS } from '#runtime/policy'
import { judgePython } from '#test/support/judges'
import { mintSession } from '#wire/s3/session'

interface EventRecord {
  readonly eventVersion: string
  readonly eventName: string
  readonly userIdentity: { readonly principalId: string }
  readonly s3: {
    readonly configurationId: string
    readonly object: {
      readonly key: string
      readonly sequencer: string
      readonly versionId?: string
      readonly size?: number
      readonly eTag?: string
    }
  }
}

const DAY = 24 * 3600 * 1000
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let now = Date.now()
let storage: TestStorage
let hook: Server
let mood: 'takes' | 'fails' | 'redirects' = 'takes'
let asked = 0
const elsewhere: string[] = []
const taken: EventRecord[] = []
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, { now: new Date(now), ...sent })
const put = (path: string, body: string, headers: Record<string, string> = {}) => send({ method: 'PUT', path, body, headers })
const iam = iamOf(() => storage.endpoint)
const seen = () => taken.map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`)

beforeAll(async () => {
  hook = createServer(async (req, res) => {
    const body = await text(req)
    asked++
    if (req.url !== '/hook') elsewhere.push(req.url ?? '')
    if (mood === 'fails') return void res.writeHead(500).end()
    if (mood === 'redirects') return void res.writeHead(307, { location: '/elsewhere' }).end()
    taken.push(...(JSON.parse(body) as { Records: EventRecord[] }).Records)
    res.end()
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  storage = await startTestStorage(policy, {
    webhooks: { alarm: url, other: url },
    webhookPauseMs: 5,
    now: () => new Date(now),
    expiryEveryMs: 20,
  })
  for (const bucket of ['lake', 'kept', 'quiet']) await send({ method: 'PUT', path: `/${bucket}` })
  await put('/kept?versioning=', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
})
beforeEach(() => {
  taken.length = 0
  mood = 'takes'
})
afterAll(async () => {
  await storage.stop()
  hook.close()
})

const rule = (id: string, events: readonly string[], filters: Record<string, string> = {}, target = 'alarm') =>
  `<QueueConfiguration><Id>${id}</Id><Queue>arn:akko:sqs::${target}:webhook</Queue>${events.map((e) => `<Event>${e}</Event>`).join('')}<Filter><S3Key>${Object.entries(
    filters,
  )
    .map(([name, value]) => `<FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule>`)
    .join('')}</S3Key></Filter></QueueConfiguration>`
const configure = (bucket: string, ...rules: string[]) =>
  put(`/${bucket}?notification=`, `<NotificationConfiguration>${rules.join('')}</NotificationConfiguration>`)
const ALL = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*', 's3:LifecycleExpiration:*']

describe('a bucket tells', () => {
  it('boto3’s user what happens, in his own words', async () => {
    const script = `
import boto3
s3 = boto3.client('s3')
wanted = [{'Id': 'mine', 'QueueArn': 'arn:akko:sqs::alarm:webhook', 'Events': ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'],
  'Filter': {'Key': {'FilterRules': [{'Name': 'Prefix', 'Value': 'in/'}, {'Name': 'Suffix', 'Value': '.csv'}]}}}]
s3.put_bucket_notification_configuration(Bucket='quiet', NotificationConfiguration={'QueueConfigurations': wanted}, SkipDestinationValidation=True)
assert s3.get_bucket_notification_configuration(Bucket='quiet')['QueueConfigurations'] == wanted
for key in ['in/a b+é.csv', 'in/a.txt', 'out/a.csv']: s3.put_object(Bucket='quiet', Key=key, Body=b'12345')
s3.copy_object(Bucket='quiet', Key='in/copy.csv', CopySource='quiet/in/a.txt')
s3.delete_object(Bucket='quiet', Key='in/a b+é.csv')
s3.put_bucket_notification_configuration(Bucket='quiet', NotificationConfiguration={})
s3.put_object(Bucket='quiet', Key='in/later.csv', Body=b'x')
`
    const env = {
      ...{ PATH: process.env.PATH, AWS_ACCESS_KEY_ID: ROOT.accessKeyId, AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey },
      ...{ AWS_ENDPOINT_URL: storage.endpoint, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION },
    }
    await promisify(execFile)(judgePython(), ['-c', script], { env, timeout: 60_000 })
    await expect.poll(seen).toEqual(['ObjectCreated:Put in/a+b%2B%C3%A9.csv', 'ObjectRemoved:Delete in/a+b%2B%C3%A9.csv'])
    expect(taken[0]).toEqual({
      ...{ eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: REGION, eventName: 'ObjectCreated:Put' },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      userIdentity: { principalId: 'root' },
      requestParameters: { sourceIPAddress: expect.stringContaining('127.0.0.1') },
      responseElements: { 'x-amz-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
      s3: {
        ...{ s3SchemaVersion: '1.0', configurationId: 'mine' },
        bucket: { name: 'quiet', ownerIdentity: { principalId: '000000000000' }, arn: 'arn:aws:s3:::quiet' },
        object: {
          key: 'in/a+b%2B%C3%A9.csv',
          size: 5,
          eTag: '827ccb0eea8a706c4c34a16891f84e7b',
          sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
        },
      },
    })
  })

  it('each kind of event, with its version, in the order of what happened', async () => {
    expect((await configure('kept', rule('all', ALL))).status).toBe(200)
    const version = (await put('/kept/x', 'x')).headers['x-amz-version-id'] as string
    await send({ method: 'PUT', path: '/kept/copied', headers: { 'x-amz-copy-source': '/kept/x' } })
    await put('/kept/x?tagging=', '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>')
    await send({ method: 'DELETE', path: '/kept/x?tagging=' })
    const id = /<UploadId>(\w+)</.exec((await send({ method: 'POST', path: '/kept/parts?uploads=' })).text)?.[1]
    const part = await put(`/kept/parts?partNumber=1&uploadId=${id}`, 'x')
    await send({
      method: 'POST',
      path: `/kept/parts?uploadId=${id}`,
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`,
    })
    await send({ method: 'DELETE', path: '/kept/x' })
    await send({
      method: 'POST',
      path: '/kept?delete=',
      body: `<Delete><Object><Key>x</Key><VersionId>${version}</VersionId></Object></Delete>`,
    })
    await expect
      .poll(seen)
      .toEqual([
        'ObjectCreated:Put x',
        'ObjectCreated:Copy copied',
        'ObjectTagging:Put x',
        'ObjectTagging:Delete x',
        'ObjectCreated:CompleteMultipartUpload parts',
        'ObjectRemoved:DeleteMarkerCreated x',
        'ObjectRemoved:Delete x',
      ])
    expect([taken[0]?.s3.object.versionId, taken[6]?.s3.object.versionId]).toEqual([version, version])
    const order = taken.map(({ s3 }) => s3.object.sequencer)
    expect(order).toEqual([...new Set(order)].sort())
    expect(taken.map(({ eventVersion }) => eventVersion).join()).toBe('2.1,2.1,2.3,2.3,2.1,2.1,2.1')
  })

  it('what has expired, as that', async () => {
    await configure('lake', rule('expired', ['s3:LifecycleExpiration:*']))
    await put('/lake/old', 'x')
    await put(
      '/lake?lifecycle=',
      '<LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefix>old</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
    )
    now += 3 * DAY
    await expect.poll(seen).toEqual(['LifecycleExpiration:Delete old'])
    now = Date.now()
  })

  it('nothing of what did not happen', async () => {
    await configure('lake', rule('all', ALL))
    expect((await put('/lake/refused', 'x', { 'if-match': '"other"' })).status).toBe(404)
    await send({ method: 'DELETE', path: '/lake/never' })
    await put('/lake/there', 'x')
    await expect.poll(seen).toEqual(['ObjectCreated:Put there'])
  })
})

describe('what is not taken', () => {
  it('comes again until it is, in its order; a redirection is not followed', async () => {
    await configure('lake', rule('all', ALL))
    for (const refusing of ['fails', 'redirects'] as const) {
      mood = refusing
      const before = asked
      for (const key of ['1', '2', '3']) await put(`/lake/${refusing}-${key}`, 'x')
      await expect.poll(() => asked - before).toBeGreaterThan(2)
      expect(taken).toEqual([])
      mood = 'takes'
      await expect.poll(seen).toEqual(['1', '2', '3'].map((key) => `ObjectCreated:Put ${refusing}-${key}`))
      taken.length = 0
    }
    expect(elsewhere).toEqual([])
  })

  it('is there after the store was stopped, or has ended', async () => {
    await configure('lake', rule('all', ALL))
    mood = 'fails'
    await put('/lake/before', 'x')
    await storage.part.stop()
    mood = 'takes'
    await storage.part.start()
    await expect.poll(seen).toEqual(['ObjectCreated:Put before'])
  })

  it('is bounded: what is more is counted, and the first ones are kept', async () => {
    const home = mkdtempSync(join(tmpdir(), 'akko-events-'))
    const env = open({ path: home, maxDbs: 2 })
    const queue = openEventQueue(env.openDB('files', {}), 3)
    const rules = [{ id: 'r', target: 't', events: ['ObjectCreated:*'], prefix: '', suffix: '' }]
    env.transactionSync(() => {
      for (const key of ['a', 'b', 'c', 'd', 'e'])
        queue.add(rules, { event: 'ObjectCreated:Put', bucket: 'b', key, at: 1, cause: { who: 'w', requestId: 'r' } })
    })
    expect([queue.next('t', 10).map(({ key }) => key), queue.count('t'), queue.forgotten]).toEqual([['a', 'b', 'c'], 3, 2])
    env.transactionSync(() =>
      queue.remove(
        't',
        queue.next('t', 2).map(({ order }) => order),
      ),
    )
    expect([queue.next('t', 10).map(({ key }) => key), queue.count('t')]).toEqual([['c'], 1])
    await env.close()
    rmSync(home, { recursive: true, force: true })
  })
})

describe('a configuration', () => {
  const one = rule('r', ['s3:ObjectCreated:*'])
  it.each([
    ['a target that nobody declared', one.replace('::alarm:', '::unheard:'), 400, 'InvalidArgument'],
    ['an address', one.replace('arn:akko:sqs::alarm:webhook', 'http://169.254.169.254/'), 400, 'InvalidArgument'],
    ['an event that there is not', one.replace('s3:ObjectCreated:*', 's3:ObjectRestore:Post'), 501, 'NotImplemented'],
    ['no event', one.replace('<Event>s3:ObjectCreated:*</Event>', ''), 400, 'MalformedXML'],
    ['two of one name', one + rule('r', ['s3:ObjectRemoved:*']), 400, 'InvalidArgument'],
    ['two that overlap', one + rule('s', ['s3:ObjectCreated:Put'], { prefix: 'a' }, 'other'), 400, 'InvalidArgument'],
    ['two prefixes', rule('r', ['s3:ObjectCreated:*'], { prefix: 'a', Prefix: 'b' }), 400, 'InvalidArgument'],
    ['a filter of something else', rule('r', ['s3:ObjectCreated:*'], { infix: 'a' }), 400, 'InvalidArgument'],
    ['a topic', '<TopicConfiguration><Topic>arn:aws:sns:us-east-1:000000000000:t</Topic></TopicConfiguration>', 501, 'NotImplemented'],
    ['a function', '<CloudFunctionConfiguration><CloudFunction>f</CloudFunction></CloudFunctionConfiguration>', 501, 'NotImplemented'],
    ['EventBridge', '<EventBridgeConfiguration></EventBridgeConfiguration>', 501, 'NotImplemented'],
  ])('is refused with %s', async (_, rules, status, code) => {
    const before = (await send({ path: '/lake?notification=' })).text
    expect(await configure('lake', rules)).toMatchObject({ status, code })
    expect((await send({ path: '/lake?notification=' })).text.replace(/<RequestId>.*/, '')).toBe(before.replace(/<RequestId>.*/, ''))
  })

  it('is for who has the right to it by its name', async () => {
    const writer = await iam.keyFor('writer', {
      Action: ['s3:PutObject', 's3:GetObject', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::lake', 'arn:aws:s3:::lake/*'],
    })
    const lent = mintSession(SESSION_KEY, { sub: 'job', ttlSeconds: 60, entitlements: [{ bucket: 'lake', prefix: '', mode: 'write' }] })
    const body = `<NotificationConfiguration>${one}</NotificationConfiguration>`
    for (const credentials of [writer, lent]) {
      expect((await send({ method: 'PUT', path: '/lake?notification=', body, credentials, now: new Date() })).code).toBe('AccessDenied')
      expect((await send({ path: '/lake?notification=', credentials, now: new Date() })).code).toBe('AccessDenied')
    }
  })
})
