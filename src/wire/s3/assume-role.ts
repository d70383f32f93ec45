// AssumeRoleWithWebIdentity of STS: a session at the storage for a token of the realm; unsigned, since the token says who asks.
import { errorOf, textOf } from '#wire/s3/xml'

export interface RoleSession {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

const ANSWER_MS = 15_000

/** Undefined where the role is none of the person's. @throws Error for everything else */
export async function assumeRole(
  endpoint: string,
  { role, name, token }: { readonly role: string; readonly name: string; readonly token: string },
): Promise<RoleSession | undefined> {
  const form = {
    ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleSessionName: name, WebIdentityToken: token },
    RoleArn: `arn:aws:iam::000000000000:role/${role}`,
  }
  const answer = await fetch(`${endpoint}/`, { method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.timeout(ANSWER_MS) })
  const body = await answer.text()
  if (answer.status === 403) return undefined
  if (!answer.ok) throw new Error(`no session at the storage: status ${answer.status} ${errorOf(body).message}`)
  const field = (tag: string) => textOf(body, tag) ?? ''
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey'), sessionToken: field('SessionToken') }
}
