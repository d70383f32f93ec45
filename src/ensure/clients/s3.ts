// S3 and IAM as the storage's administrator: buckets, users, their keys and policies.
import { AdminRefused, Conflict } from '#ensure/errors'
import { createMemo, type Memo } from '#ensure/memo'
import { Secret } from '#kit/secret'
import { createS3Client, type S3Request } from '#wire/s3/client'
import type { Pairs } from '#wire/s3/uri'
import { errorOf, many, parseXml, printXml, S3_NAMESPACE } from '#wire/s3/xml'

export interface S3Endpoint {
  /** `http://127.0.0.1:8333`; IAM answers on the same unless `iam` says where. */
  readonly endpoint: string
  readonly iam?: string
  readonly region: string
  /** Who gives out keys: this storage by IAM, or somebody else; given ones are only tried. By IAM unless said. */
  readonly keys?: 'iam' | 'given'
  /** The administrator's key. */
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: Secret }
}

export interface StorageAdmin {
  readonly memo: Memo
  readonly keys: 'iam' | 'given'
  readonly writes: number
  buckets(): Promise<ReadonlySet<string>>
  createBucket(name: string): Promise<void>
  versioning(bucket: string): Promise<boolean>
  putVersioning(bucket: string, on: boolean): Promise<void>
  /** Undefined when there is none. */
  userPath(user: string): Promise<string | undefined>
  createUser(user: string, path?: string): Promise<void>
  policy(user: string, name: string): Promise<string | undefined>
  putPolicy(user: string, name: string, document: string): Promise<void>
  createKey(user: string): Promise<AccessKey>
  /** All users with the ids of their keys. */
  users(): Promise<IamUser[]>
  /** Keys first, so that they stop working at once; then the policies and the user. */
  removeUser(user: string): Promise<void>
  /** Whose this key is; undefined when it does not open the door. */
  ownerOf(key: AccessKey): Promise<string | undefined>
  /** Whether this key may look into the bucket; a bucket that is not there refuses nobody. */
  enters(key: AccessKey, bucket: string): Promise<boolean>
}

export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

export interface IamUser {
  readonly name: string
  readonly path: string
  readonly accessKeyIds: readonly string[]
}

interface Answer {
  readonly status: number
  readonly text: string
  /** Of an error. */
  readonly code: string
}

type Fields = Readonly<Record<string, unknown>>

const VERSIONING: Pairs = [['versioning', '']]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const NOT_THERE = new Set(['NoSuchEntity', 'NoSuchEntityException', 'NoSuchBucket'])
const TAKEN = new Set([
  'EntityAlreadyExists',
  'BucketAlreadyOwnedByYou',
  'BucketAlreadyExists',
  'OperationAborted',
  'ConcurrentModification',
])

export function createStorageAdmin(endpoint: S3Endpoint): StorageAdmin {
  const root: AccessKey = { id: endpoint.root.accessKeyId, secret: endpoint.root.secretAccessKey }
  const memo = createMemo()
  let writes = 0

  const send = async ({ id, secret }: AccessKey, request: S3Request): Promise<Answer> => {
    const at = request.service === undefined ? endpoint.endpoint : (endpoint.iam ?? endpoint.endpoint)
    const access = { endpoint: at, region: endpoint.region, accessKeyId: id, secretAccessKey: secret }
    // The engine asks again itself, and a key must not be made twice.
    const answer = await createS3Client(access, { attempts: 1 }).send(request)
    const text = await answer.text()
    return { status: answer.status, text, code: errorOf(text).code }
  }
  const fail = (request: string, { status, text, code }: Answer): never => {
    const message = `${code} ${errorOf(text).message}`.trim()
    if (status === 409 || TAKEN.has(code)) throw Conflict({ what: `${request} was answered with ${message}` })
    throw AdminRefused({ request, status, message })
  }
  const s3 = async (method: string, path: string, pairs: Pairs = [], body?: string): Promise<string> => {
    if (method !== 'GET') writes++
    const form = body === undefined ? {} : { body, headers: { 'content-type': 'application/xml' } }
    const answer = await send(root, { method, path, pairs, ...form })
    return answer.status < 300 ? answer.text : fail(`${method} ${path}`, answer)
  }
  const iam = async (action: string, parameters: Readonly<Record<string, string>>): Promise<Answer> => {
    if (!/^(Get|List)/.test(action)) writes++
    const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString()
    return send(root, { service: 'iam', method: 'POST', path: '/', body, headers: FORM })
  }
  /** Of a good answer. */
  const resultOf = (action: string, { text }: Answer) => (parseXml(text, `${action}Response`)[`${action}Result`] ?? {}) as Fields
  const iamCall = async (action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const answer = await iam(action, parameters)
    return answer.status < 300 ? answer : fail(action, answer)
  }
  const iamList = async <T>(action: string, field: string, parameters?: Readonly<Record<string, string>>): Promise<T[]> => {
    const listed = resultOf(action, await iamCall(action, parameters))[field] as Fields | undefined
    return many<T>(listed?.member)
  }
  const keysOf = async (user: string) =>
    (await iamList<{ AccessKeyId: string }>('ListAccessKeys', 'AccessKeyMetadata', { UserName: user })).map((k) => String(k.AccessKeyId))

  return {
    memo,
    keys: endpoint.keys ?? 'iam',
    get writes() {
      return writes
    },
    buckets: () =>
      memo.once('buckets', async () => {
        const { Buckets } = parseXml(await s3('GET', '/'), 'ListAllMyBucketsResult') as { Buckets?: Fields }
        return new Set(many<{ Name: string }>(Buckets?.Bucket).map((b) => String(b.Name)))
      }),
    createBucket: async (name) => void (await s3('PUT', `/${name}`)),
    versioning: async (bucket) => parseXml(await s3('GET', `/${bucket}`, VERSIONING), 'VersioningConfiguration').Status === 'Enabled',
    putVersioning: async (bucket, on) => {
      const body = printXml('VersioningConfiguration', { Status: on ? 'Enabled' : 'Suspended' }, S3_NAMESPACE)
      await s3('PUT', `/${bucket}`, VERSIONING, body)
    },
    userPath: async (user) => {
      const answer = await iam('GetUser', { UserName: user })
      if (answer.status < 300) return String((resultOf('GetUser', answer).User as Fields | undefined)?.Path ?? '/')
      return NOT_THERE.has(answer.code) ? undefined : fail('GetUser', answer)
    },
    createUser: async (user, path) => void (await iamCall('CreateUser', { UserName: user, ...(path === undefined ? {} : { Path: path }) })),
    policy: async (user, name) => {
      const answer = await iam('GetUserPolicy', { UserName: user, PolicyName: name })
      if (answer.status < 300) return decodeURIComponent(String(resultOf('GetUserPolicy', answer).PolicyDocument))
      return NOT_THERE.has(answer.code) ? undefined : fail('GetUserPolicy', answer)
    },
    putPolicy: async (user, name, document) =>
      void (await iamCall('PutUserPolicy', { UserName: user, PolicyName: name, PolicyDocument: document })),
    createKey: async (user) => {
      const key = resultOf('CreateAccessKey', await iamCall('CreateAccessKey', { UserName: user })).AccessKey as Fields
      return { id: String(key.AccessKeyId), secret: new Secret(String(key.SecretAccessKey)) }
    },
    users: async () => {
      const users = await iamList<{ UserName: string; Path?: string }>('ListUsers', 'Users')
      return Promise.all(
        users.map(async ({ UserName: name, Path = '/' }) => ({
          name: String(name),
          path: String(Path),
          accessKeyIds: await keysOf(String(name)),
        })),
      )
    },
    removeUser: async (user) => {
      for (const id of await keysOf(user)) await iamCall('DeleteAccessKey', { UserName: user, AccessKeyId: id })
      for (const name of await iamList('ListUserPolicies', 'PolicyNames', { UserName: user }))
        await iamCall('DeleteUserPolicy', { UserName: user, PolicyName: String(name) })
      await iamCall('DeleteUser', { UserName: user })
    },
    ownerOf: async (key) => {
      const body = 'Action=GetCallerIdentity&Version=2011-06-15'
      const answer = await send(key, { service: 'sts', method: 'POST', path: '/', body, headers: FORM })
      if (answer.status >= 500) return fail('GetCallerIdentity', answer)
      return answer.status < 300
        ? String(resultOf('GetCallerIdentity', answer).Arn ?? '')
            .split('/')
            .at(-1)
        : undefined
    },
    enters: async (key, bucket) => {
      const pairs: Pairs = [
        ['list-type', '2'],
        ['max-keys', '1'],
      ]
      const answer = await send(key, { method: 'GET', path: `/${bucket}`, pairs })
      if (answer.status < 300 || answer.code === 'NoSuchBucket') return true
      return answer.status < 500 ? false : fail(`GET /${bucket}`, answer)
    },
  }
}
