// Object storage as strangers use it: boto3 and the AWS CLI write and read; keys open their own buckets only.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judgeTool } from '#test/support/judges'
import { platform, run } from '#test/support/platform'
import { python } from '#test/support/python'

const aws = async (args: readonly string[], env: Record<string, string>) => run(judgeTool('aws'), args, { env: { ...process.env, ...env } })

describe('boto3', () => {
  it('writes, reads, ranges, copies, lists, uploads in parts and writes on condition', async () => {
    const outcome = await python<Record<string, unknown>>('strangers/s3.py', ['roundtrip', 'akko-shared'], await platform().env())
    expect(outcome).toEqual({
      bytes: true,
      range: 'ell',
      copy: true,
      keys: 3,
      multipart: true,
      condition: 'PreconditionFailed',
      deleted: true,
    })
  })

  it('is refused, each time for its own reason', async () => {
    const outcome = await python<Record<string, unknown>>('strangers/s3.py', ['refusals', 'akko-shared'], await platform().env())
    expect(outcome).toEqual({
      anonymous: 'AccessDenied',
      unknown_key: 'InvalidAccessKeyId',
      wrong_secret: 'SignatureDoesNotMatch',
      expired_clock: 'RequestTimeTooSkewed',
      other_bucket: 'AccessDenied',
      warehouse: 'AccessDenied',
      dots: 'kept as a name',
    })
  })
})

describe('the AWS CLI', () => {
  it('copies in and out and lists', async () => {
    const env = await platform().env()
    const dir = mkdtempSync(join(tmpdir(), 'akko-aws-'))
    const file = join(dir, 'in.bin')
    writeFileSync(file, Buffer.alloc(9 * 1024 * 1024, 'akko'))
    expect((await aws(['s3', 'cp', file, 's3://akko-shared/cli/in.bin'], env)).code).toBe(0)
    const listed = await aws(['s3', 'ls', 's3://akko-shared/cli/'], env)
    expect(listed.stdout).toMatch(/9437184 in\.bin/)
    expect((await aws(['s3', 'cp', 's3://akko-shared/cli/in.bin', join(dir, 'out.bin')], env)).code).toBe(0)
    expect(readFileSync(join(dir, 'out.bin')).equals(readFileSync(file))).toBe(true)
    rmSync(dir, { recursive: true, force: true })
  })

  it('administers identities over IAM, as the ensure handlers do', async () => {
    const stranger = `stranger-${Date.now()}`
    const [id, secret] = platform().secret('storage.root').split(':') as [string, string]
    const env = {
      ...(await platform().env()),
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_ENDPOINT_URL_IAM: platform().address('iam').origin,
    }
    const users = await aws(['iam', 'list-users', '--output', 'json'], env)
    expect(users.code, users.stderr).toBe(0)
    expect((JSON.parse(users.stdout) as { Users: { UserName: string }[] }).Users.map((u) => u.UserName)).toEqual(
      expect.arrayContaining(['catalog', 'trino', 'backup']),
    )
    expect((await aws(['iam', 'create-user', '--user-name', stranger], env)).code).toBe(0)
    const key = JSON.parse((await aws(['iam', 'create-access-key', '--user-name', stranger, '--output', 'json'], env)).stdout) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string }
    }
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::akko-rag', 'arn:aws:s3:::akko-rag/*'] }],
    })
    expect(
      (await aws(['iam', 'put-user-policy', '--user-name', stranger, '--policy-name', 'rag', '--policy-document', policy], env)).code,
    ).toBe(0)
    const own = { ...env, AWS_ACCESS_KEY_ID: key.AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.AccessKey.SecretAccessKey }
    expect((await aws(['s3', 'ls', 's3://akko-rag/'], own)).code).toBe(0)
    expect((await aws(['s3', 'ls', 's3://akko-backups/'], own)).stderr).toContain('AccessDenied')
  })
})

describe('akko storage key', () => {
  it('creates, lists and revokes', async () => {
    const created = await platform().akko('storage', 'key', 'create', 'reports', '--bucket', 'akko-shared', '--read-only', '--json')
    expect(created.code, created.stderr).toBe(0)
    const key = JSON.parse(created.stdout) as { accessKeyId: string; secretAccessKey: string }
    const env = { ...(await platform().env()), AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }
    expect((await aws(['s3', 'ls', 's3://akko-shared/'], env)).code).toBe(0)
    const put = await aws(['s3', 'cp', '-', 's3://akko-shared/no'], env)
    expect(put.stderr).toContain('AccessDenied')
    expect((await platform().akko('storage', 'key', 'list', '--json')).stdout).toContain('"reports"')
    expect((await platform().akko('storage', 'key', 'revoke', 'reports')).code).toBe(0)
    const again = await platform().akko('storage', 'key', 'revoke', 'reports')
    expect(again).toMatchObject({ code: 1, stderr: 'akko: there is no key reports\n  see `akko storage key list`\n' })
    expect((await aws(['s3', 'ls', 's3://akko-shared/'], env)).stderr).toContain('InvalidAccessKeyId')
  })

  it('never covers the warehouse', async () => {
    const refused = await platform().akko('storage', 'key', 'create', 'sneaky', '--bucket', 'akko-iceberg')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('akko-iceberg')
  })
})
