// The IAM actions that administer users, their keys and policies: forms in, XML out.

import { authorise, type Caller } from '#kit/access'
import { own } from '#kit/own'
import { DeleteConflict, EntityAlreadyExists, InvalidAction, InvalidInput, NoSuchEntity } from '#parts/storage/errors'
import { assertPolicy, type Form, formReply, isoTime, userArn } from '#parts/storage/handlers/forms'
import { UPKEEP } from '#parts/storage/handlers/upkeep'
import type { UserRecord } from '#parts/storage/identities'
import type { Reply, Store } from '#parts/storage/request'
import { IAM_NAMESPACE, type XmlFields } from '#wire/s3/xml'

type IamAction = (store: Store, form: Form, caller: Caller) => XmlFields | Promise<XmlFields>

const ACTIONS: Readonly<Record<string, IamAction>> = {
  ...UPKEEP,
  CreateUser: async (store, form) => {
    const name = nameFrom(form, 'UserName')
    const record = await store.identities.createUser(name, pathFrom(form))
    if (!record) throw EntityAlreadyExists({ user: name })
    return { User: printUser(name, record) }
  },
  GetUser: (store, form, caller) => {
    const name = nameOr(form, caller)
    return { User: printUser(name, userOf(store, name)) }
  },
  ListUsers: (store, form) => {
    const users = store.identities.users().filter(({ record }) => record.path.startsWith(form.get('PathPrefix') ?? '/'))
    return { Users: { member: users.map(({ name, record }) => printUser(name, record)) }, IsTruncated: false }
  },
  DeleteUser: async (store, form) => {
    const name = nameFrom(form, 'UserName')
    const outcome = await store.identities.deleteUser(name)
    if (outcome === 'missing') throw NoSuchEntity({ what: `user ${name}` })
    if (outcome !== 'done') throw DeleteConflict({ user: name, what: outcome })
    return {}
  },
  CreateAccessKey: async (store, form) => {
    const user = nameFrom(form, 'UserName')
    const key = await store.identities.createKey(user)
    if (!key) throw NoSuchEntity({ what: `user ${user}` })
    return {
      AccessKey: {
        UserName: user,
        AccessKeyId: key.accessKeyId,
        Status: 'Active',
        SecretAccessKey: key.secret.reveal(),
        CreateDate: isoTime(key.record.created),
      },
    }
  },
  ListAccessKeys: (store, form, caller) => {
    const user = nameOr(form, caller)
    userOf(store, user)
    const member = store.identities.keys(user).map(({ accessKeyId, record }) => ({
      UserName: user,
      AccessKeyId: accessKeyId,
      Status: 'Active',
      CreateDate: isoTime(record.created),
    }))
    return { UserName: user, AccessKeyMetadata: { member }, IsTruncated: false }
  },
  DeleteAccessKey: async (store, form) => {
    const user = nameFrom(form, 'UserName')
    const accessKeyId = form.get('AccessKeyId') ?? ''
    if (!/^\w{16,128}$/.test(accessKeyId)) throw InvalidInput({ reason: 'AccessKeyId must be 16 to 128 letters or digits' })
    if (!(await store.identities.deleteKey(user, accessKeyId))) throw NoSuchEntity({ what: `access key ${accessKeyId} of user ${user}` })
    return {}
  },
  PutUserPolicy: async (store, form) => {
    const user = nameFrom(form, 'UserName')
    const name = nameFrom(form, 'PolicyName')
    const document = form.get('PolicyDocument') ?? ''
    assertPolicy(document)
    if (!(await store.identities.putPolicy(user, name, document))) throw NoSuchEntity({ what: `user ${user}` })
    return {}
  },
  GetUserPolicy: (store, form) => {
    const user = nameFrom(form, 'UserName')
    const name = nameFrom(form, 'PolicyName')
    const document = store.identities.policy(user, name)
    if (document === undefined) throw NoSuchEntity({ what: `policy ${name} of user ${user}` })
    return { UserName: user, PolicyName: name, PolicyDocument: encodeURIComponent(document) }
  },
  ListUserPolicies: (store, form) => {
    const user = nameFrom(form, 'UserName')
    userOf(store, user)
    return { PolicyNames: { member: store.identities.policies(user) }, IsTruncated: false }
  },
  DeleteUserPolicy: async (store, form) => {
    const user = nameFrom(form, 'UserName')
    const name = nameFrom(form, 'PolicyName')
    if (!(await store.identities.deletePolicy(user, name))) throw NoSuchEntity({ what: `policy ${name} of user ${user}` })
    return {}
  },
}

/** One IAM request; every action manages users, which the authoriser grants to the root key. */
export async function handleIam(store: Store, form: Form, caller: Caller): Promise<Reply> {
  const name = form.get('Action') ?? ''
  const user = form.get('UserName')
  await authorise(store.authoriser, caller, 'manage', { kind: 'user', path: user === undefined ? [] : [user] })
  const action = own(ACTIONS, name)
  if (!action) throw InvalidAction({ action: name })
  return formReply(name, await action(store, form, caller), IAM_NAMESPACE)
}

function nameFrom(form: Form, field: string): string {
  const name = form.get(field) ?? ''
  if (!/^[\w+=,.@-]{1,128}$/.test(name)) throw InvalidInput({ reason: `${field} must be 1 to 128 letters, digits or any of _+=,.@-` })
  return name
}

/** The caller's own, where none is named. */
function nameOr(form: Form, caller: Caller): string {
  return form.has('UserName') ? nameFrom(form, 'UserName') : caller.sub
}

function pathFrom(form: Form): string {
  const path = form.get('Path') ?? '/'
  if (path.length > 512 || !/^\/([!-~]+\/)?$/.test(path))
    throw InvalidInput({ reason: 'Path must begin and end with a slash, with up to 512 printable characters and no space' })
  return path
}

function userOf(store: Store, name: string): UserRecord {
  const record = store.identities.user(name)
  if (!record) throw NoSuchEntity({ what: `user ${name}` })
  return record
}

function printUser(name: string, record: UserRecord): XmlFields {
  return { Path: record.path, UserName: name, UserId: record.id, Arn: userArn(name, record.path), CreateDate: isoTime(record.created) }
}
