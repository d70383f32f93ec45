// S3 keys of people, at the real doors, through the AWS CLI: worth what their owner may do now, and nothing once the account is closed.
import { describe, expect, it } from 'vitest'
import { judgeTool } from '#test/support/judges'
import { platform, run } from '#test/support/platform'
import { makeUser, realmAdmin, realmRole } from '#test/support/realm-admin'

/** Catches what hangs; the figure is printed. */
const CEILING_MS = 30_000

/** 'OK', or S3's own word for why not. */
async function outcome(env: Record<string, string>, bucket = 'akko-shared', prefix = ''): Promise<string> {
  const args = ['s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', prefix, '--max-items', '1']
  const { code, stderr } = await run(judgeTool('aws'), args, { env: { ...process.env, ...env, AWS_MAX_ATTEMPTS: '1' } })
  return code === 0 ? 'OK' : (/\((\w+)\)/.exec(stderr)?.[1] ?? stderr)
}

async function becomes(env: Record<string, string>, expected: string, ...where: string[]): Promise<void> {
  const started = performance.now()
  await expect.poll(() => outcome(env, ...where), { interval: 50, timeout: CEILING_MS }).toBe(expected)
  console.log(`${expected} after ${Math.round(performance.now() - started)} ms`)
}

async function userWith(role: string): Promise<{ name: string; id: string }> {
  const name = `owner-${Date.now()}`
  const id = await makeUser(name)
  await realmAdmin('POST', `/users/${id}/role-mappings/realm`, [await realmRole(role)])
  return { name, id }
}

/** A script's key of this person, as environment. */
async function keyOf(user: string, ...buckets: string[]): Promise<Record<string, string>> {
  const flags = buckets.flatMap((bucket) => ['--bucket', bucket])
  const made = await platform().akko('storage', 'key', 'create', `script-of-${user}`, '--user', user, ...flags, '--json')
  expect(made.code, made.stderr).toBe(0)
  const key = JSON.parse(made.stdout) as { accessKeyId: string; secretAccessKey: string }
  return { ...(await platform().env()), AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }
}

describe('a person’s S3 key', () => {
  it('opens nothing once the role is taken away, and works again when it is given back', async () => {
    const [user] = (await (await realmAdmin('GET', '/users?username=user@demo&exact=true')).json()) as { id: string }[]
    const mapping = `/users/${user?.id}/role-mappings/realm`
    const env = await platform().env('user@demo')
    const role = await realmRole('akko-user')
    expect(await outcome(env)).toBe('OK')
    try {
      await realmAdmin('DELETE', mapping, [role])
      await becomes(env, 'AccessDenied')
    } finally {
      await realmAdmin('POST', mapping, [role])
    }
    await becomes(env, 'OK')
  })

  it('follows a role that is given, without a new key', async () => {
    const { name, id } = await userWith('akko-engineer')
    const env = await keyOf(name, 'akko-shared', 'akko-projects')
    expect(await outcome(env, 'akko-projects')).toBe('OK')
    await realmAdmin('POST', `/users/${id}/role-mappings/realm`, [await realmRole('akko-user')])
    await realmAdmin('DELETE', `/users/${id}/role-mappings/realm`, [await realmRole('akko-engineer')])
    await becomes(env, 'AccessDenied', 'akko-projects')
    expect(await outcome(env, 'akko-shared')).toBe('OK')
    await realmAdmin('POST', `/users/${id}/role-mappings/realm`, [await realmRole('akko-engineer')])
    await becomes(env, 'OK', 'akko-projects')
  })

  it('ends with the account: disabled, it is unknown; open again, it works; removed, it is unknown', async () => {
    const { name, id } = await userWith('akko-user')
    const env = await keyOf(name, 'akko-shared')
    expect(await outcome(env)).toBe('OK')
    await realmAdmin('PUT', `/users/${id}`, { enabled: false })
    await becomes(env, 'InvalidAccessKeyId')
    await realmAdmin('PUT', `/users/${id}`, { enabled: true })
    await becomes(env, 'OK')
    await realmAdmin('DELETE', `/users/${id}`)
    await becomes(env, 'InvalidAccessKeyId')
    const again = await makeUser(name)
    await realmAdmin('POST', `/users/${again}/role-mappings/realm`, [await realmRole('akko-user')])
    const another = await keyOf(name, 'akko-shared')
    await becomes(another, 'OK')
    expect(await outcome(env)).toBe('InvalidAccessKeyId')
  })

  it('is not made over more than the roles allow, nor under the name of a person’s own', async () => {
    const { name } = await userWith('akko-user')
    const beyond = await platform().akko('storage', 'key', 'create', 'beyond', '--user', name, '--bucket', 'akko-projects')
    expect(beyond).toMatchObject({ code: 1, stdout: '' })
    expect(beyond.stderr).toContain(`the roles of ${name} do not allow a key over akko-projects`)
    const taken = await platform().akko('storage', 'key', 'create', 'user-admin@demo', '--bucket', 'akko-shared')
    expect(taken.stderr).toContain('a person’s own key')
  })

  it('stays whose it is when another asks for one of its name, lists or revokes; who manages the platform revokes it', async () => {
    const first = await userWith('akko-user')
    const env = await keyOf(first.name, 'akko-shared')
    const second = await userWith('akko-user')
    const name = `script-of-${first.name}`
    const storage = (...args: string[]) => platform().akko('storage', 'key', ...args)
    const create = () => storage('create', name, '--user', second.name, '--bucket', 'akko-shared')
    const seenBy = async (user: string) => (await storage('list', '--json', '--user', user)).stdout
    expect((await create()).stderr).toContain(`there is a key ${name} already, which is not a key of ${second.name}`)
    expect((await storage('revoke', name, '--user', second.name)).stderr).toContain(`the key ${name} is not a key of ${second.name}`)
    expect([await seenBy(first.name), await seenBy('admin@demo')].map((seen) => seen.includes(`"${name}"`))).toEqual([true, true])
    expect(await seenBy(second.name)).not.toContain(name)
    expect(await outcome(env)).toBe('OK')
    expect((await storage('revoke', name)).code).toBe(0)
    expect((await create()).code).toBe(0)
    expect(await outcome(env)).toBe('InvalidAccessKeyId')
  })
})

describe('a session by a person’s token, in one of his roles', () => {
  async function sessionOf(user: string, role: string): Promise<Record<string, string>> {
    const env = await platform().env(user)
    const form = new URLSearchParams({
      ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleSessionName: 'strange', DurationSeconds: '900' },
      ...{ RoleArn: `arn:aws:iam::000000000000:role/${role}`, WebIdentityToken: env.AKKO_TOKEN ?? '' },
    })
    const text = await (await fetch(env.AWS_ENDPOINT_URL ?? '', { method: 'POST', body: form })).text()
    const field = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1] ?? text
    const key = { AWS_ACCESS_KEY_ID: field('AccessKeyId'), AWS_SECRET_ACCESS_KEY: field('SecretAccessKey') }
    return { ...env, ...key, AWS_SESSION_TOKEN: field('SessionToken') }
  }

  it('opens what the role opens, and ends for good with the role that is taken away', async () => {
    const name = 'engineer@demo'
    const [user] = (await (await realmAdmin('GET', `/users?username=${name}&exact=true`)).json()) as { id: string }[]
    const mapping = `/users/${user?.id}/role-mappings/realm`
    const role = await realmRole('akko-engineer')
    const env = await sessionOf(name, 'akko-engineer')
    expect([await outcome(env, 'akko-projects'), await outcome(env, 'akko-iceberg')]).toEqual(['OK', 'AccessDenied'])
    try {
      await realmAdmin('DELETE', mapping, [role])
      await becomes(env, 'ExpiredToken', 'akko-projects')
    } finally {
      await realmAdmin('POST', mapping, [role])
    }
    await becomes(await sessionOf(name, 'akko-engineer'), 'OK', 'akko-projects')
    expect(await outcome(env, 'akko-projects')).toBe('ExpiredToken')
  })
})

describe('encrypted objects', () => {
  it('are a person’s to ask for, never in the warehouse; administrators replace the key of the store, and scrub it', async () => {
    const env = await platform().env('user@demo')
    const put = (bucket: string) =>
      run(judgeTool('aws'), ['s3api', 'put-object', '--bucket', bucket, '--key', 'strange/sealed', '--server-side-encryption', 'AES256'], {
        env: { ...process.env, ...env },
      })
    expect(JSON.parse((await put('akko-shared')).stdout)).toMatchObject({ ServerSideEncryption: 'AES256' })
    expect((await put('akko-iceberg')).stderr).toContain('AccessDenied')
    const storage = (...args: string[]) => platform().akko('storage', ...args, '--json')
    const rotated = await storage('rotate-key')
    expect(rotated.code, rotated.stderr).toBe(0)
    expect(JSON.parse(rotated.stdout)).toEqual({ files: expect.any(Number) })
    const refused = await storage('rotate-key', '--user', 'user@demo')
    expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining('an administrator does')])
    const scrubbed = await storage('scrub')
    expect(JSON.parse(scrubbed.stdout)).toMatchObject({ broken: [] })
    expect((await storage('rm', 's3://akko-shared/strange/sealed')).code).toBe(0)
  })
})

describe('keys that were lent to a person for the files of a table', () => {
  /** As environment, and where its files lie. */
  async function lentTo(user: string): Promise<{ env: Record<string, string>; where: [bucket: string, prefix: string] }> {
    const env = await platform().env(user)
    const table = `${env.PYICEBERG_CATALOG__DEFAULT__URI}/v1/${env.PYICEBERG_CATALOG__DEFAULT__WAREHOUSE}/namespaces/banking/tables/transactions`
    const headers = {
      authorization: `Bearer ${env.PYICEBERG_CATALOG__DEFAULT__TOKEN}`,
      'x-iceberg-access-delegation': 'vended-credentials',
    }
    const loaded = (await (await fetch(table, { headers })).json()) as { config: Record<string, string>; metadata: { location: string } }
    const [, bucket = '', path] = /^s3:\/\/([^/]+)\/(.*)$/.exec(loaded.metadata.location) ?? []
    return {
      env: {
        ...env,
        AWS_ACCESS_KEY_ID: loaded.config['s3.access-key-id'] ?? '',
        AWS_SECRET_ACCESS_KEY: loaded.config['s3.secret-access-key'] ?? '',
        AWS_SESSION_TOKEN: loaded.config['s3.session-token'] ?? '',
      },
      where: [bucket, `${path}/`],
    }
  }

  it('end for good with the account that is disabled and with a role that is taken away, whatever is given back', async () => {
    const name = 'analyst@demo'
    const [user] = (await (await realmAdmin('GET', `/users?username=${name}&exact=true`)).json()) as { id: string }[]
    const mapping = `/users/${user?.id}/role-mappings/realm`
    const role = await realmRole('akko-analyst')
    const narrowings: [end: () => Promise<unknown>, again: () => Promise<unknown>][] = [
      [() => realmAdmin('PUT', `/users/${user?.id}`, { enabled: false }), () => realmAdmin('PUT', `/users/${user?.id}`, { enabled: true })],
      [() => realmAdmin('DELETE', mapping, [role]), () => realmAdmin('POST', mapping, [role])],
    ]
    for (const [end, again] of narrowings) {
      const { env, where } = await lentTo(name)
      expect(await outcome(env, ...where)).toBe('OK')
      try {
        await end()
        await becomes(env, 'ExpiredToken', ...where)
      } finally {
        await again()
      }
      const next = await lentTo(name) // by a token of now: the storage has heard of the account again, or does in a moment
      await becomes(next.env, 'OK', ...where)
      expect(await outcome(env, ...where)).toBe('ExpiredToken')
    }
  })
})
