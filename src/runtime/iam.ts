// Listing and revoking keys over IAM; making them is the ensure engine's.
import { AwsClient } from 'aws4fetch'
import { AkkoError } from '#kit/errors'
import type { SecretStore } from '#kit/secret'
import { REGION, secretName } from '#platform/names'
import { HOST, type Machine, port } from '#runtime/machine'
import { requiredSecret, splitPair } from '#runtime/secrets'

const VERSION = '2010-05-08'

export interface IamUser {
  readonly name: string
  readonly accessKeyIds: readonly string[]
}

export interface Iam {
  listUsers(): Promise<IamUser[]>
  /** Keys first, so that they stop working at once; then the policies and the user. */
  deleteUser(name: string): Promise<void>
}

export async function createIam(machine: Machine, secrets: SecretStore): Promise<Iam> {
  const root = splitPair(await requiredSecret(secrets, secretName.storageRoot))
  const client = new AwsClient({ accessKeyId: root.id, secretAccessKey: root.secret.reveal(), service: 'iam', region: REGION, retries: 0 })
  const call = async (action: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> => {
    const body = new URLSearchParams({ Action: action, Version: VERSION, ...parameters })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await client.fetch(`http://${HOST}:${port(machine, 'storage')}/`, { method: 'POST', body: body.toString(), headers })
    const text = await answer.text()
    if (!answer.ok) throw iamError(answer.status, values(text, 'Code')[0] ?? 'Unknown', values(text, 'Message')[0] ?? text.slice(0, 200))
    return text
  }
  const keysOf = async (name: string) => values(await call('ListAccessKeys', { UserName: name }), 'AccessKeyId')
  return {
    listUsers: async () => {
      const names = values(await call('ListUsers'), 'UserName')
      return Promise.all(names.map(async (name) => ({ name, accessKeyIds: await keysOf(name) })))
    },
    deleteUser: async (name) => {
      for (const id of await keysOf(name)) await call('DeleteAccessKey', { UserName: name, AccessKeyId: id })
      const policies = values(await call('ListUserPolicies', { UserName: name }), 'member')
      for (const policy of policies) await call('DeleteUserPolicy', { UserName: name, PolicyName: policy })
      await call('DeleteUser', { UserName: name })
    },
  }
}

function iamError(status: number, code: string, message: string): AkkoError {
  return new AkkoError({
    code: `storage.${code}`,
    status,
    message: `the storage says ${code}: ${message}`,
    retryable: false,
    blame: 'caller',
  })
}

/** Texts of all elements of one name; IAM's answers hold no markup in them. */
function values(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((m) => m[1] as string)
}
