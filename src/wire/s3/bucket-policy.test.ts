// What a bucket's policy says, as Amazon's reference has it: denials win, the account is not its users, absent keys, patterns; and what is refused.
import { describe, expect, it } from 'vitest'
import { type Asking, PolicyNotDone, PublicPolicy, parseBucketPolicy } from '#wire/s3/bucket-policy'
import { PolicyError } from '#wire/s3/policy'

const ACTIONS = { bucket: ['ListBucket', 'GetBucketPolicy'], object: ['GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject'] }
const ANA = 'arn:aws:iam::000000000000:user/ana'
const base = { Effect: 'Allow', Principal: { AWS: ANA }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }
const policy = (...statements: readonly object[]) =>
  parseBucketPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), {
    bucket: 'b',
    account: '000000000000',
    actions: ACTIONS,
  })
const ask = (asking: Partial<Asking>, context: Record<string, string> = {}): Asking => ({
  ...{ user: 'ana', action: 'GetObject', key: 'k' },
  context: (name) => context[name],
  ...asking,
})

describe('a statement', () => {
  it.each<[object, Partial<Asking>, string]>([
    [{}, {}, 'allow'],
    [{}, { user: 'bob' }, 'nothing'],
    [{}, { user: undefined }, 'nothing'],
    [{}, { action: 'PutObject' }, 'nothing'],
    [{ Action: ['s3:put*', 's3:GetObject?ersion'] }, { action: 'PutObject' }, 'allow'],
    [{ Action: 's3:Get*' }, { action: 'GetObjectVersion' }, 'allow'],
    [{ Action: '*' }, { action: 'DeleteObject' }, 'allow'],
    [{ Action: undefined, NotAction: 's3:GetObject' }, {}, 'nothing'],
    [{ Action: undefined, NotAction: 's3:GetObject' }, { action: 'PutObject' }, 'allow'],
    [{ Resource: 'arn:aws:s3:::b/k' }, { key: 'k2' }, 'nothing'],
    [{ Resource: 'arn:aws:s3:::b/a/*/c' }, { key: 'a/x/y/c' }, 'allow'],
    [{ Resource: ['arn:aws:s3:::b/?'] }, { key: 'kk' }, 'nothing'],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::b/k' }, {}, 'nothing'],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::b/k' }, { key: 'other' }, 'allow'],
    [{ Action: 's3:ListBucket', Resource: 'arn:aws:s3:::b' }, { action: 'ListBucket', key: undefined }, 'allow'],
    [{ Action: 's3:*' }, { action: 'ListBucket', key: undefined }, 'nothing'],
    [{ Principal: { AWS: '000000000000' } }, { user: undefined }, 'allow'],
    [{ Principal: { AWS: 'arn:aws:iam::000000000000:root' } }, {}, 'nothing'],
    [{ Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::000000000000:root' } }, {}, 'deny'],
    [{ Effect: 'Deny', Principal: '*' }, { user: 'bob' }, 'deny'],
    [{ Effect: 'Deny', Principal: { AWS: ['*'] } }, { user: undefined }, 'deny'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: ANA } }, {}, 'nothing'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: ANA } }, { user: 'bob' }, 'deny'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [ANA, '000000000000'] } }, { user: 'bob' }, 'deny'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [ANA, '000000000000'] } }, {}, 'nothing'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [ANA, '000000000000'] } }, { user: undefined }, 'nothing'],
  ])('%j says of %j: %s', (fields, asking, said) => {
    expect(policy({ ...base, ...fields }).says(ask(asking))).toBe(said)
  })

  it('that denies wins over all that allow, wherever it stands', () => {
    const deny = { ...base, Effect: 'Deny', Resource: 'arn:aws:s3:::b/secret/*' }
    for (const both of [policy(base, deny), policy(deny, base)])
      expect([both.says(ask({})), both.says(ask({ key: 'secret/x' }))]).toEqual(['allow', 'deny'])
  })
})

describe('a condition', () => {
  it.each<[object, Record<string, string>, boolean]>([
    [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, true],
    [{ StringEquals: { 's3:prefix': 'a' } }, {}, false],
    [{ StringEquals: { 'S3:Prefix': 'a' } }, { 's3:prefix': 'a' }, true],
    [{ StringEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
    [{ StringNotEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, false],
    [{ StringNotEquals: { 's3:prefix': 'a' } }, {}, true],
    [{ StringEqualsIgnoreCase: { 's3:prefix': 'A' } }, { 's3:prefix': 'a' }, true],
    [{ StringLike: { 's3:prefix': 'home/*' } }, { 's3:prefix': 'home/ana' }, true],
    [{ StringNotLike: { 's3:prefix': 'home/*' } }, { 's3:prefix': 'home/ana' }, false],
    [{ ArnNotLike: { 'aws:PrincipalArn': 'arn:*:user/a*' } }, { 'aws:PrincipalArn': 'arn:aws:iam::1:user/bob' }, true],
    [{ NumericLessThanEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, true],
    [{ NumericGreaterThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '9' }, false],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } }, { 'aws:CurrentTime': '2031-01-01T00:00:00Z' }, true],
    [{ Null: { 's3:x-amz-server-side-encryption': 'true' } }, {}, true],
    [{ Null: { 's3:x-amz-server-side-encryption': false } }, {}, false],
    [{ StringEquals: { 's3:ExistingObjectTag/Team': 'x' } }, { 's3:ExistingObjectTag/Team': 'x' }, true],
    [{ StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' } }, { 's3:prefix': 'a' }, false],
  ])('%j of %j: %s', (Condition, context, holds) => {
    expect(policy({ ...base, Condition }).says(ask({}, context))).toBe(holds ? 'allow' : 'nothing')
  })
})

describe('a policy', () => {
  it.each<[object, unknown]>([
    [{ Effect: 'Maybe' }, PolicyError],
    [{ Principal: undefined }, PolicyError],
    [{ NotPrincipal: '*' }, PolicyError],
    [{ Principal: { AWS: 'arn:aws:iam::111111111111:user/ana' } }, PolicyError],
    [{ Principal: { AWS: 'arn:aws:iam::000000000000:user/' } }, PolicyError],
    [{ Principal: { AWS: 'AIDAEXAMPLE' } }, PolicyError],
    [{ Principal: { AWS: [] } }, PolicyError],
    [{ Action: 's3:GetObjekt' }, PolicyError],
    [{ Action: 'ec2:*' }, PolicyError],
    [{ Action: [7] }, PolicyError],
    [{ Resource: 'arn:aws:s3:::other/*' }, PolicyError],
    [{ Resource: 'arn:aws:s3:::bb/*' }, PolicyError],
    [{ Resource: 'arn:aws:s3:::b' }, PolicyError],
    [{ Condition: [] }, PolicyError],
    [{ Other: 1 }, PolicyError],
    [{ Principal: '*' }, PublicPolicy],
    [{ Principal: { AWS: '*' }, Condition: { StringEquals: { 's3:prefix': 'a' } } }, PublicPolicy],
    [{ Principal: undefined, NotPrincipal: { AWS: ANA } }, PublicPolicy],
    [{ Principal: { Service: 'cloudtrail.amazonaws.com' } }, PolicyNotDone],
    [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }, PolicyNotDone],
    [{ Condition: { IpAddress: { 's3:prefix': 'a' } } }, PolicyNotDone],
    [{ Condition: { 'ForAllValues:StringEquals': { 's3:prefix': 'a' } } }, PolicyNotDone],
    [{ Resource: 'arn:aws:s3:::b/\u0024{aws:username}/*' }, PolicyNotDone],
    [{ Condition: { StringLike: { 's3:prefix': '\u0024{aws:username}/*' } } }, PolicyNotDone],
  ])('with %j is not taken', (fields, error) => {
    expect(() => policy({ ...base, ...fields })).toThrow(error as typeof Error)
  })
  it.each(['', 'null', '[]', '{}', '{"Statement":[null]}', '{"Statement":[[]]}', '{"Version":"2030-01-01","Statement":[]}'])(
    'of the form %s is malformed',
    (document) => {
      expect(() => parseBucketPolicy(document, { bucket: 'b', account: '000000000000', actions: ACTIONS })).toThrow(PolicyError)
    },
  )
})
