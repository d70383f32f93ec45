// S3 and IAM as the storage's administrator: buckets, users, their keys and policies.
import { AwsClient } from 'aws4fetch'
import { XMLParser } from 'fast-xml-parser'
import { AdminRefused, Conflict } from '#ensure/errors'
import { createMemo, type Memo } from '#ensure/memo'
import { Secret } from '#kit/secret'

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

export interface S3Client {
  readonly memo: Memo
  readonly keys: 'iam' | 'given'
  readonly writes: number
  buckets(): Promise<ReadonlySet<string>>
  createBucket(name: string): Promise<void>
  versioning(bucket: string): Promise<boolean>
  putVersioning(bucket: string, on: boolean): Promise<void>
  userExists(user: string): Promise<boolean>
  createUser(user: string): Promise<void>
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
  readonly accessKeyIds: readonly string[]
}

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: XML of a foreign protocol, read by the methods below only
  readonly xml: any
  readonly code: string
}

const NOT_THERE = new Set(['NoSuchEntity', 'NoSuchEntityException', 'NoSuchBucket'])
const TAKEN = new Set([
  'EntityAlreadyExists',
  'BucketAlreadyOwnedByYou',
  'BucketAlreadyExists',
  'OperationAborted',
  'ConcurrentModification',
])

export function createS3Client(endpoint: S3Endpoint): S3Client {
  const root: AccessKey = { id: endpoint.root.accessKeyId, secret: endpoint.root.secretAccessKey }
  const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false })
  const memo = createMemo()
  let writes = 0

  const send = async (service: string, key: AccessKey, method: string, url: string, body?: string, type?: string): Promise<Answer> => {
    const client = new AwsClient({ accessKeyId: key.id, secretAccessKey: key.secret.reveal(), service, region: endpoint.region })
    const signed = await client.sign(url, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: type ? { 'content-type': type } : {},
    })
    const response = await fetch(signed, { signal: AbortSignal.timeout(30_000) })
    const text = await response.text()
    const xml = /^\s*</.test(text) ? parser.parse(text) : {}
    return { status: response.status, xml, code: String((xml.Error ?? xml.ErrorResponse?.Error)?.Code ?? '') }
  }
  const fail = (request: string, { status, xml, code }: Answer): never => {
    const message = `${code} ${(xml.Error ?? xml.ErrorResponse?.Error)?.Message ?? ''}`.trim()
    if (status === 409 || TAKEN.has(code)) throw Conflict({ what: `${request} was answered with ${message}` })
    throw AdminRefused({ request, status, message })
  }
  const s3 = async (method: string, path: string, body?: string): Promise<Answer> => {
    if (method !== 'GET') writes++
    const answer = await send('s3', root, method, endpoint.endpoint + path, body, body === undefined ? undefined : 'application/xml')
    return answer.status < 300 ? answer : fail(`${method} ${path}`, answer)
  }
  const iam = async (action: string, parameters: Readonly<Record<string, string>>): Promise<Answer> => {
    if (!/^(Get|List)/.test(action)) writes++
    const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString()
    return send('iam', root, 'POST', `${endpoint.iam ?? endpoint.endpoint}/`, form, 'application/x-www-form-urlencoded')
  }
  const iamWrite = async (action: string, parameters: Readonly<Record<string, string>>): Promise<Answer> => {
    const answer = await iam(action, parameters)
    return answer.status < 300 ? answer : fail(action, answer)
  }

  const iamRead = async (action: string, user?: string): Promise<Answer['xml']> => {
    const answer = await iam(action, user === undefined ? {} : { UserName: user })
    return answer.status < 300 ? answer.xml[`${action}Response`]?.[`${action}Result`] : fail(action, answer)
  }
  const keysOf = async (user: string) =>
    list((await iamRead('ListAccessKeys', user))?.AccessKeyMetadata?.member).map((k) => String((k as { AccessKeyId: string }).AccessKeyId))

  return {
    memo,
    keys: endpoint.keys ?? 'iam',
    get writes() {
      return writes
    },
    buckets: () =>
      memo.once('buckets', async () => {
        const { xml } = await s3('GET', '/')
        return new Set(list(xml.ListAllMyBucketsResult?.Buckets?.Bucket).map((b) => String((b as { Name: string }).Name)))
      }),
    createBucket: async (name) => void (await s3('PUT', `/${name}`)),
    versioning: async (bucket) => (await s3('GET', `/${bucket}?versioning`)).xml.VersioningConfiguration?.Status === 'Enabled',
    putVersioning: async (bucket, on) => {
      const body = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${on ? 'Enabled' : 'Suspended'}</Status></VersioningConfiguration>`
      await s3('PUT', `/${bucket}?versioning`, body)
    },
    userExists: async (user) => {
      const answer = await iam('GetUser', { UserName: user })
      if (answer.status < 300) return true
      return NOT_THERE.has(answer.code) ? false : fail('GetUser', answer)
    },
    createUser: async (user) => void (await iamWrite('CreateUser', { UserName: user })),
    policy: async (user, name) => {
      const answer = await iam('GetUserPolicy', { UserName: user, PolicyName: name })
      if (answer.status < 300) return decodeURIComponent(answer.xml.GetUserPolicyResponse.GetUserPolicyResult.PolicyDocument)
      return NOT_THERE.has(answer.code) ? undefined : fail('GetUserPolicy', answer)
    },
    putPolicy: async (user, name, document) =>
      void (await iamWrite('PutUserPolicy', { UserName: user, PolicyName: name, PolicyDocument: document })),
    createKey: async (user) => {
      const { xml } = await iamWrite('CreateAccessKey', { UserName: user })
      const key = xml.CreateAccessKeyResponse.CreateAccessKeyResult.AccessKey
      return { id: String(key.AccessKeyId), secret: new Secret(String(key.SecretAccessKey)) }
    },
    users: async () => {
      const names = list((await iamRead('ListUsers'))?.Users?.member).map((u) => String((u as { UserName: string }).UserName))
      return Promise.all(names.map(async (name) => ({ name, accessKeyIds: await keysOf(name) })))
    },
    removeUser: async (user) => {
      for (const id of await keysOf(user)) await iamWrite('DeleteAccessKey', { UserName: user, AccessKeyId: id })
      for (const name of list((await iamRead('ListUserPolicies', user))?.PolicyNames?.member))
        await iamWrite('DeleteUserPolicy', { UserName: user, PolicyName: String(name) })
      await iamWrite('DeleteUser', { UserName: user })
    },
    ownerOf: async (key) => {
      const form = 'Action=GetCallerIdentity&Version=2011-06-15'
      const answer = await send('sts', key, 'POST', `${endpoint.iam ?? endpoint.endpoint}/`, form, 'application/x-www-form-urlencoded')
      if (answer.status >= 500) return fail('GetCallerIdentity', answer)
      const arn = String(answer.xml.GetCallerIdentityResponse?.GetCallerIdentityResult?.Arn ?? '')
      return answer.status < 300 ? arn.split('/').at(-1) : undefined
    },
    enters: async (key, bucket) => {
      const answer = await send('s3', key, 'GET', `${endpoint.endpoint}/${bucket}?list-type=2&max-keys=1`)
      if (answer.status < 300 || answer.code === 'NoSuchBucket') return true
      return answer.status < 500 ? false : fail(`GET /${bucket}`, answer)
    },
  }
}

/** One element or many, as an array. */
function list(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
