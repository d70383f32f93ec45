// Users and their keys through the door of IAM, for tests.
import { expect } from 'vitest'
import { ROOT } from '#parts/storage/fixture'
import { type Credentials, sha256Hex, signHeaders } from '#wire/s3/sigv4'

export interface Iam {
  ask(
    action: string,
    fields: Record<string, string>,
    credentials?: Credentials,
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string }>
  /** A new key of the user, whose only policy allows this. */
  keyFor(user: string, statement: object): Promise<Credentials>
}

const KEY = /<AccessKeyId>([^<]*)<.*<SecretAccessKey>([^<]*)</s

/** `endpoint` is asked for at each request: the server starts later. */
export function iamOf(endpoint: () => string): Iam {
  const ask: Iam['ask'] = async (
    action,
    fields,
    credentials = ROOT,
    body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...fields }).toString(),
  ) => {
    const url = new URL(endpoint())
    const signing = { method: 'POST', url, payloadHash: sha256Hex(body), credentials, region: 'us-east-1', service: 'iam', now: new Date() }
    const headers = { ...signHeaders(signing), 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await fetch(url, { method: 'POST', headers, body })
    return { status: answer.status, text: await answer.text() }
  }
  return {
    ask,
    keyFor: async (user, statement) => {
      await ask('CreateUser', { UserName: user })
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
      expect((await ask('PutUserPolicy', { UserName: user, PolicyName: 'own', PolicyDocument })).status).toBe(200)
      const { text } = await ask('CreateAccessKey', { UserName: user })
      const [, accessKeyId = '', secretAccessKey = ''] = KEY.exec(text) ?? []
      return { accessKeyId, secretAccessKey }
    },
  }
}
