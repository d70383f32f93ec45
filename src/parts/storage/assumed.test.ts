// Sessions of people by a token of the realm: through STS as unmodified clients ask for them, worth the rights of now in one role, and never more than their policy.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keyPolicy } from '#ensure/index'
import type { Authoriser } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, REGION, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import type { Standing } from '#parts/storage/key-owners'
import { RESOURCE_KINDS } from '#runtime/policy'
import { judgePython, judgeTool } from '#test/support/judges'
import { callerFromClaims } from '#wire/oidc/claims'
import { createEndedSet } from '#wire/oidc/ended'
import type { Credentials } from '#wire/s3/sigv4'

const run = promisify(execFile)
const roles = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const records: string[] = []
const policy: Authoriser = {
  decide: roles.decide,
  record: async (caller, action, { kind, path }, { allow }) =>
    void records.push(`${allow ? 'allowed' : 'denied'}: ${caller.sub} ${action} ${kind} ${path.join('/')}`),
}
const COVERS: Readonly<Record<string, readonly string[]>> = { engineer: ['lake', 'work'], user: ['lake'] }
const claimsOf = (name: string, more: object = {}) => ({
  ...{
    iss: 'https://realm',
    sub: `${name}-1`,
    preferred_username: name,
    azp: 'cli',
    sid: `session-of-${name}`,
    jti: `token-of-${name}`,
    akko_version: 3,
  },
  ...{ realm_access: { roles: ['engineer', 'user'] }, ...more },
})
const TOKENS: Readonly<Record<string, Record<string, unknown>>> = {
  'of-ana': claimsOf('ana'),
  'of-max': claimsOf('max', { realm_access: { roles: ['user'] } }),
  'of-robot': claimsOf('service-account-robot'),
}
let now = new Date()
let ended = createEndedSet()
let standings: Record<string, Standing | 'gone' | 'unheard'>
let silent = false
let storage: TestStorage
let folder: string
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, { now, ...sent })
const standing = (mine: readonly string[], rightsVersion = 3): Standing => ({
  ...{ rightsVersion, roles: mine },
  covers: (bucket, role) => mine.some((r) => (role === undefined || r === role) && COVERS[r]?.includes(bucket)),
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'akko-assumed-'))
  storage = await startTestStorage(policy, {
    now: () => now,
    keyOwners: { standing: (name, path) => (path === `/person/${name}/${name}-1/` ? standings[name] : undefined) },
    webIdentity: {
      verify: async (token) => {
        if (silent) throw new Error('no connection')
        if (token === 'expired')
          throw NotAuthenticated({ reason: 'the token has expired' }, Object.assign(new Error('exp'), { code: 'ERR_JWT_EXPIRED' }))
        const claims = TOKENS[token]
        const caller = claims && callerFromClaims(claims, 'r')
        if (!caller) throw NotAuthenticated({ reason: 'the token is not valid here' })
        return { caller, claims }
      },
      hasEnded: (claims) => ended.has(claims),
      ownerOf: ({ username, account, rightsVersion }) => ({ path: `/person/${username}/${account}/`, rightsVersion }),
      policyOver: (buckets) => keyPolicy({ buckets: buckets.map((name) => ({ name, mode: 'write' })) }),
    },
  })
  for (const bucket of ['lake', 'work', 'tables']) {
    await send({ method: 'PUT', path: `/${bucket}` })
    for (const key of ['a/x', 'b/x']) await send({ method: 'PUT', path: `/${bucket}/${key}`, body: `${bucket}/${key}` })
  }
})
beforeEach(() => {
  now = new Date()
  ended = createEndedSet()
  standings = { ana: standing(['engineer', 'user']), max: standing(['user']) }
  silent = false
  records.length = 0
})
afterAll(async () => {
  await storage.stop()
  rmSync(folder, { recursive: true, force: true })
})

const ARN = 'arn:aws:iam::000000000000:role/'
interface Assuming {
  readonly token?: string
  readonly role?: string
  readonly [field: string]: string | undefined
}

async function assume({
  token = 'of-ana',
  role = 'engineer',
  ...more
}: Assuming = {}): Promise<{ status: number; text: string; code: string | undefined; credentials: Credentials }> {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ARN + role,
    RoleSessionName: 'job-1',
    WebIdentityToken: token,
    ...more,
  }
  const body = new URLSearchParams(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])),
  )
  const answer = await fetch(storage.endpoint, { method: 'POST', body })
  const text = await answer.text()
  const field = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1]
  const credentials = {
    accessKeyId: field('AccessKeyId') ?? '',
    secretAccessKey: field('SecretAccessKey') ?? '',
    sessionToken: field('SessionToken') ?? '',
  }
  return { status: answer.status, text, code: field('Code'), credentials }
}
const opens = async (credentials: Credentials, paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => (await send({ path, credentials })).status))
const ALLOW = (Action: string | string[], ...Resource: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })

describe('the AWS CLI and boto3', () => {
  const environment = (token: string, role: string) => {
    const file = join(folder, token)
    writeFileSync(file, token)
    return {
      ...{ PATH: process.env.PATH, HOME: folder, AWS_PAGER: '', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_ENDPOINT_URL: storage.endpoint, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION },
      ...{ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ARN + role, AWS_ROLE_SESSION_NAME: 'nightly' },
    }
  }
  it('get a session by themselves, from a file with the token', async () => {
    const aws = (...args: string[]) =>
      run(judgePython(), [judgeTool('aws'), ...args], { cwd: folder, env: environment('of-ana', 'engineer'), timeout: 60_000 })
    expect((await aws('s3', 'ls', 's3://work/a/')).stdout).toMatch(/ x\n/)
    expect(JSON.parse((await aws('sts', 'get-caller-identity')).stdout)).toEqual({
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{16}:nightly$/),
      Account: '000000000000',
      Arn: 'arn:aws:sts::000000000000:assumed-role/engineer/nightly',
    })
    const script = `
import boto3
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
s3.put_object(Bucket='lake', Key='made', Body=b'x')
assert s3.get_object(Bucket='lake', Key='made')['Body'].read() == b'x'
assert [b['Name'] for b in s3.list_buckets()['Buckets']] == ['lake']
try: s3.list_objects_v2(Bucket='work')
except ClientError as e: print(e.response['Error']['Code'])
`
    const { stdout } = await run(judgePython(), ['-c', script], { cwd: folder, env: environment('of-max', 'user'), timeout: 60_000 })
    expect(stdout.trim()).toBe('AccessDenied')
  })
})

describe('a session', () => {
  it('opens what the role covers, and not the warehouse, other rights of its own, or what administers', async () => {
    const { credentials, text } = await assume({ role: 'user' })
    for (const told of ['<SubjectFromWebIdentityToken>ana-1<', '<Provider>https://realm<', ':assumed-role/user/job-1<'])
      expect(text).toContain(told)
    expect(await opens(credentials, ['/lake/a/x', '/work/a/x', '/tables/a/x', '/lake?policy=', '/lake?versions='])).toEqual([
      200, 403, 403, 403, 403,
    ])
    const { credentials: more } = await assume({ role: 'engineer' })
    expect(await opens(more, ['/lake/a/x', '/work/a/x', '/tables/a/x'])).toEqual([200, 200, 403])
    expect((await send({ method: 'PUT', path: '/made', credentials: more })).status).toBe(403)
    const stolen = await send({ method: 'PUT', path: '/lake/stolen', credentials: more, headers: { 'x-amz-copy-source': '/tables/a/x' } })
    expect(stolen.code).toBe('AccessDenied')
    expect(records.filter((line) => line.includes('assumed-role'))).toEqual([
      'allowed: ana create assumed-role user',
      'allowed: ana create assumed-role engineer',
    ])
  })

  it('is narrowed by its policy, and never widened', async () => {
    const below = await assume({ Policy: ALLOW(['s3:GetObject'], 'arn:aws:s3:::lake/a/*', 'arn:aws:s3:::tables/*') })
    expect(await opens(below.credentials, ['/lake/a/x', '/lake/b/x', '/work/a/x', '/tables/a/x', '/lake?list-type=2'])).toEqual([
      200, 403, 403, 403, 403,
    ])
    expect((await send({ method: 'PUT', path: '/lake/a/y', body: 'y', credentials: below.credentials })).status).toBe(403)
    const all = await assume({ Policy: ALLOW('*', '*') })
    expect(await opens(all.credentials, ['/lake/a/x', '/work/b/x', '/tables/a/x', '/lake?policy=', '/lake/a/x?versionId=null'])).toEqual([
      200, 200, 403, 403, 403,
    ])
    expect((await send({ method: 'PUT', path: '/lake?tagging=', body: '<Tagging/>', credentials: all.credentials })).status).toBe(403)
    const listing = await assume({ Policy: ALLOW('s3:ListBucket', 'arn:aws:s3:::work') })
    expect(await opens(listing.credentials, ['/work?list-type=2', '/lake?list-type=2', '/work/a/x'])).toEqual([200, 403, 403])
  })

  it('follows the rights of now, and ends for good when they were narrowed, by a logout, or by the token’s revocation', async () => {
    const { credentials } = await assume()
    const one = () => send({ path: '/work/a/x', credentials })
    expect((await one()).status).toBe(200)
    standings.ana = 'unheard'
    expect(await one()).toMatchObject({ status: 503, code: 'ServiceUnavailable' })
    for (const after of ['gone', standing(['user'], 4), standing(['engineer', 'user'], 4)] as const) {
      standings.ana = after
      expect(await one()).toMatchObject({ status: 400, code: 'ExpiredToken' })
    }
    standings.ana = standing(['engineer', 'user'])
    expect((await one()).status).toBe(200)
    for (const entry of [
      { kind: 'session', id: 'session-of-ana' },
      { kind: 'token', id: 'token-of-ana' },
      { kind: 'user', id: 'ana-1', below: 4 },
    ] as const) {
      ended = createEndedSet()
      ended.add([entry])
      expect(await one()).toMatchObject({ status: 400, code: 'ExpiredToken' })
    }
    ended = createEndedSet()
    ended.add([
      { kind: 'user', id: 'ana-1', below: 3 },
      { kind: 'session', id: 'session-of-max' },
    ])
    expect((await one()).status).toBe(200)
  })

  it('ends when it said that it would, an hour from its beginning where nothing was said', async () => {
    const usual = await assume()
    const long = await assume({ DurationSeconds: '43200' })
    now = new Date(Date.now() + 3601_000)
    expect(await send({ path: '/lake/a/x', credentials: usual.credentials })).toMatchObject({ status: 400, code: 'ExpiredToken' })
    expect((await send({ path: '/lake/a/x', credentials: long.credentials })).status).toBe(200)
    now = new Date(Date.now() + 43_201_000)
    expect((await send({ path: '/lake/a/x', credentials: long.credentials })).code).toBe('ExpiredToken')
  })

  it('is no other: its token is bound to its key, and nothing in it can be changed', async () => {
    const [ana, max] = [await assume(), await assume({ token: 'of-max', role: 'user' })]
    const mixed = { ...max.credentials, sessionToken: ana.credentials.sessionToken ?? '' }
    expect((await send({ path: '/work/a/x', credentials: mixed })).code).toBe('InvalidToken')
    const [body = '', seal] = String(max.credentials.sessionToken).split('.')
    const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('"role":"user"', '"role":"engineer"')).toString(
      'base64url',
    )
    expect((await send({ path: '/lake/a/x', credentials: { ...max.credentials, sessionToken: `${forged}.${seal}` } })).code).toBe(
      'InvalidToken',
    )
  })
})

describe('is not given', () => {
  it.each([
    ['a role that the person has not', { token: 'of-max', role: 'engineer' }, 403, 'AccessDenied'],
    ['a token that is none', { token: 'other' }, 400, 'InvalidIdentityToken'],
    ['a token that has expired', { token: 'expired' }, 400, 'ExpiredTokenException'],
    ['no token', { WebIdentityToken: undefined }, 400, 'ValidationError'],
    ['a token of a program', { token: 'of-robot' }, 403, 'AccessDenied'],
    ['another account’s role', { RoleArn: 'arn:aws:iam::111111111111:role/engineer' }, 400, 'ValidationError'],
    ['less than a quarter of an hour', { DurationSeconds: '899' }, 400, 'ValidationError'],
    ['more than twelve hours', { DurationSeconds: '43201' }, 400, 'ValidationError'],
    ['no name', { RoleSessionName: '' }, 400, 'ValidationError'],
    ['a policy that is none', { Policy: '{"Statement":[null]}' }, 400, 'MalformedPolicyDocument'],
    ['a policy that denies', { Policy: ALLOW('s3:*', '*').replace('Allow', 'Deny') }, 400, 'MalformedPolicyDocument'],
    [
      'a long policy',
      { Policy: ALLOW('s3:GetObject', ...Array.from({ length: 80 }, (_, i) => `arn:aws:s3:::lake/long-prefix-${i}/*`)) },
      400,
      'PackedPolicyTooLarge',
    ],
    ['policies by name', { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess' }, 501, 'NotImplemented'],
    ['another provider', { ProviderId: 'www.example.com' }, 501, 'NotImplemented'],
  ] as const)('for %s', async (_, asked, status, code) => {
    expect(await assume(asked)).toMatchObject({ status, code, credentials: { accessKeyId: '' } })
  })
  it('while nobody can say whether the token is good', async () => {
    silent = true
    expect(await assume()).toMatchObject({ status: 400, code: 'IDPCommunicationError' })
  })
  it('for anything else without a signature, or a body that is larger than a token', async () => {
    expect(await assume({ Action: 'CreateUser' })).toMatchObject({ status: 403 })
    expect(await assume({ token: 'x'.repeat(40_000) })).toMatchObject({ status: 400 })
  })
})
