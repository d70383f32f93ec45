// What IAM and STS have in common: forms in, XML out, policies and names of who is who.
import { requestId } from '#kit/trace'
import { MalformedPolicyDocument } from '#parts/storage/errors'
import { POLICY_ACTIONS } from '#parts/storage/protocol/actions'
import { ACCOUNT } from '#parts/storage/protocol/judge'
import type { Reply } from '#parts/storage/request'
import { PolicyError, parsePolicy } from '#wire/s3/policy'
import { printXml, type XmlFields } from '#wire/s3/xml'

export type Form = ReadonlyMap<string, string>

export function formReply(action: string, result: XmlFields, namespace: string): Reply {
  const body = printXml(`${action}Response`, { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId() } }, namespace)
  return { status: 200, headers: { 'content-type': 'text/xml' }, body }
}

/** @throws MalformedPolicyDocument */
export function assertPolicy(document: string): void {
  try {
    parsePolicy(document, POLICY_ACTIONS)
  } catch (error) {
    if (error instanceof PolicyError) throw MalformedPolicyDocument({ reason: error.message }, error)
    throw error
  }
}

export function userArn(name: string, path: string): string {
  return `arn:aws:iam::${ACCOUNT}:user${path}${name}`
}

export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
