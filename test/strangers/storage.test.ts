// Object storage as strangers use it, on its port and over TLS: boto3 and the AWS CLI write and read; keys open their own buckets only.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
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

describe('S3 over TLS, through the gateway', () => {
  /** Python that finds `*.localhost` here, as browsers do. */
  const overTls = async (host: string, dir: string) => {
    writeFileSync(
      join(dir, 'sitecustomize.py'),
      `import socket
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *args, **named: real('127.0.0.1' if str(host).endswith('.localhost') else host, *args, **named)
`,
    )
    const env = await platform().env()
    const endpoint = host === '' ? platform().origin('').replace('akko.localhost', 'localhost') : platform().origin(host)
    return { ...env, AWS_ENDPOINT_URL: endpoint, AWS_CA_BUNDLE: env.REQUESTS_CA_BUNDLE as string, PYTHONPATH: dir }
  }

  it.each([
    ['under its host', 'storage'],
    ['under the name of the machine', ''],
  ])('serves boto3 and the AWS CLI %s', async (_, host) => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-tls-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const env = await overTls(host, dir)
    expect(await python<Record<string, unknown>>('strangers/s3.py', ['roundtrip', 'akko-shared'], env)).toMatchObject({
      bytes: true,
      multipart: true,
      condition: 'PreconditionFailed',
      deleted: true,
    })
    expect(await python<Record<string, unknown>>('strangers/s3.py', ['refusals', 'akko-shared'], env)).toMatchObject({
      wrong_secret: 'SignatureDoesNotMatch',
      other_bucket: 'AccessDenied',
      dots: 'kept as a name',
    })
    const file = join(dir, 'in.bin')
    writeFileSync(file, Buffer.alloc(9 * 1024 * 1024, 'akko'))
    const copied = await aws(['s3', 'cp', file, 's3://akko-shared/tls/in.bin'], env)
    expect(copied.code, copied.stderr).toBe(0)
    expect((await aws(['s3', 'cp', 's3://akko-shared/tls/in.bin', join(dir, 'out.bin')], env)).code).toBe(0)
    expect(readFileSync(join(dir, 'out.bin')).equals(readFileSync(file))).toBe(true)
    const url = (await aws(['s3', 'presign', 's3://akko-shared/tls/in.bin'], env)).stdout.trim()
    const fetched = await run('curl', ['-sS', '--cacert', env.AWS_CA_BUNDLE, '-o', join(dir, 'presigned.bin'), '-w', '%{http_code}', url])
    // Not where the login's cookies are.
    expect(fetched.stdout, fetched.stderr).toBe(host === '' ? '404' : '200')
    if (host !== '') expect(readFileSync(join(dir, 'presigned.bin')).equals(readFileSync(file))).toBe(true)
  })
})

describe('cross-origin rules, through the gateway', () => {
  it('are told to a browser under the store’s host and nowhere else, whatever cookies it sends along, and open nothing', async () => {
    const [id, secret] = platform().secret('storage.root').split(':') as [string, string]
    const env: Record<string, string> = { ...(await platform().env()), AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
    const CORSRules = [{ AllowedOrigins: ['https://a.example'], AllowedMethods: ['GET'], ExposeHeaders: ['etag'] }]
    const put = ['put-bucket-cors', '--bucket', 'akko-shared', '--cors-configuration', JSON.stringify({ CORSRules })]
    expect((await aws(['s3api', ...put], env)).code).toBe(0)
    onTestFinished(async () => void (await aws(['s3api', 'delete-bucket-cors', '--bucket', 'akko-shared'], env)))
    const cookie = `__Host-akko_${new URL(platform().origin('')).port}=x`
    const ask = async (method: string, url: string, headers: Record<string, string>) => {
      const all = Object.entries({ origin: 'https://a.example', cookie, ...headers }).flatMap(([name, value]) => [
        '-H',
        `${name}: ${value}`,
      ])
      const args = ['-sS', '--cacert', env.REQUESTS_CA_BUNDLE as string, '-X', method, '-D', '-', '-o', '/dev/null', ...all, url]
      const { stdout, stderr } = await run('curl', args)
      const told = Object.fromEntries(stdout.split('\r\n').map((line) => [line.split(':')[0]?.toLowerCase(), line.split(': ')[1]]))
      const { 'access-control-allow-origin': origin, 'access-control-allow-credentials': credentials, vary } = told
      return { status: Number(/^\S+ (\d+)/.exec(stdout)?.[1] ?? stderr), origin, credentials, vary }
    }
    const [store, machine] = [platform().origin('storage'), platform().origin('').replace('akko.localhost', 'localhost')]
    const get = { 'access-control-request-method': 'GET' }
    const told = { origin: 'https://a.example', credentials: 'true', vary: expect.stringContaining('Origin') }
    expect(await ask('OPTIONS', `${store}/akko-shared/k`, get)).toEqual({ status: 200, ...told })
    expect(await ask('GET', `${store}/akko-shared/k`, {})).toEqual({ status: 403, ...told })
    const untold = { origin: undefined, credentials: undefined }
    for (const [path, headers] of [
      ['akko-shared', { ...get, origin: 'https://evil.test' }],
      ['akko-shared', { ...get, origin: 'null' }],
      ['akko-shared', { 'access-control-request-method': 'PUT' }],
      ['akko-rag', get],
      ['never-there', get],
    ] as const)
      expect(await ask('OPTIONS', `${store}/${path}/k`, headers), path).toMatchObject({ status: 403, ...untold })
    expect(await ask('OPTIONS', `${machine}/akko-shared/k`, get)).toMatchObject({ status: 404, ...untold })
    expect(await ask('OPTIONS', `${platform().origin('')}/akko-shared/k`, get)).toMatchObject({ status: 401, ...untold })
  })
})

describe('akko storage', () => {
  const storage = (...args: string[]) => platform().akko('storage', ...args)
  const json = async (...args: string[]) => {
    const answer = await storage(...args, '--json')
    expect(answer.code, answer.stderr).toBe(0)
    return JSON.parse(answer.stdout) as Record<string, unknown>
  }

  it('makes a bucket, fills it, looks, lends an address, and clears up', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-storage-'))
    const bucket = `made-${Date.now()}`
    mkdirSync(join(dir, 'in/deep'), { recursive: true })
    writeFileSync(join(dir, 'in/one.txt'), 'one')
    writeFileSync(join(dir, 'in/deep/two.txt'), 'two!')
    expect(await json('bucket', 'create', bucket)).toEqual({ created: bucket })
    expect(await json('cp', '--recursive', join(dir, 'in'), `s3://${bucket}/all`)).toEqual({ files: 2, bytes: 7 })
    expect(await json('du', `s3://${bucket}/all/`)).toEqual({ objects: 2, bytes: 7 })
    expect(await json('ls', `s3://${bucket}/all/`)).toMatchObject({ prefixes: ['all/deep/'], objects: [{ key: 'all/one.txt', size: 3 }] })
    expect(await json('cp', '--recursive', `s3://${bucket}/all`, join(dir, 'out'))).toEqual({ files: 2, bytes: 7 })
    expect(readFileSync(join(dir, 'out/deep/two.txt'), 'utf8')).toBe('two!')
    expect(await json('mirror', join(dir, 'in'), `s3://${bucket}/all`)).toMatchObject({ copied: [], same: 2 })
    expect(await json('mirror', `s3://${bucket}/all`, `s3://${bucket}/twice`)).toMatchObject({
      copied: ['deep/two.txt', 'one.txt'],
      bytes: 7,
    })
    const sync = await aws(['s3', 'sync', '--size-only', '--dryrun', join(dir, 'in'), `s3://${bucket}/twice`], await platform().env())
    expect(sync).toMatchObject({ code: 0, stdout: '' })
    expect(await json('rm', '--recursive', `s3://${bucket}/twice`)).toEqual({ removed: 2 })
    const { buckets } = (await json('usage')) as { buckets: { bucket: string; objects: object }[] }
    expect(buckets.find((one) => one.bucket === bucket)?.objects).toEqual({ count: 2, bytes: 7 })
    const { url } = (await json('presign', `s3://${bucket}/all/one.txt`)) as { url: string }
    expect(await (await fetch(url)).text()).toBe('one')
    expect((await storage('cp', `s3://${bucket}/all/one.txt`, '-')).stdout).toBe('one')

    const key = (await json('key', 'create', 'for-made', '--bucket', bucket)) as { accessKeyId: string; secretAccessKey: string }
    const env = { ...(await platform().env()), AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }
    expect((await aws(['s3', 'ls', `s3://${bucket}/all/`], env)).stdout).toContain('one.txt')
    expect((await storage('key', 'revoke', 'for-made')).code).toBe(0)

    expect((await storage('ls', `s3://${bucket}-not/`)).stderr).toContain(`there is no bucket ${bucket}-not`)
    expect((await storage('cp', join(dir, 'in/one.txt'), `s3://${bucket}-not/`)).stderr).toContain(`there is no bucket ${bucket}-not`)
    expect((await storage('ls', `s3://${bucket}-not/`, '--user', 'viewer@demo')).stderr).not.toContain('there is no bucket')
    expect((await storage('du', `s3://${bucket}/`, '--recursive')).stderr).toContain('storage du takes no --recursive')
    expect((await aws(['s3', 'mb', `s3://${bucket}-not`], await platform().env())).stderr).toContain(
      `akko storage bucket create ${bucket}-not`,
    )
    expect((await storage('bucket', 'rm', bucket)).stderr).toContain('BucketNotEmpty')
    expect(await json('rm', '--recursive', `s3://${bucket}/`)).toEqual({ removed: 2 })
    expect(await json('bucket', 'rm', bucket)).toEqual({ removed: bucket })
    expect((await storage('bucket', 'rm', 'akko-shared')).stderr).toContain('belongs to the platform')
    rmSync(dir, { recursive: true, force: true })
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
    expect(again).toMatchObject({
      code: 1,
      stderr: `akko: there is no key reports\n  see \`akko --home ${platform().home} storage key list\`\n`,
    })
    expect((await aws(['s3', 'ls', 's3://akko-shared/'], env)).stderr).toContain('InvalidAccessKeyId')
  })

  it('never covers the warehouse', async () => {
    const refused = await platform().akko('storage', 'key', 'create', 'sneaky', '--bucket', 'akko-iceberg')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('akko-iceberg')
  })
})
