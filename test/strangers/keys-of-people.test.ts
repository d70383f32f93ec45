// S3 keys of people, at the real doors, through the AWS CLI: worth what their owner may do now, and nothing once the account is closed.
import { describe, expect, it } from 'vitest'
import { judgeTool } from '#test/support/judges'
import { platform, run } from '#test/support/platform'
import { makeUser, realmAdmin, realmRole } from '#test/support/realm-admin'

/** Catches what hangs; the figure is printed. */
const CEILING_MS = 30_000

/** 'OK', or S3's own word for why not. */
async function outcome(env: Record<string, string>, bucket = 'akko-shared'): Promise<string> {
  const args = ['s3api', 'list-objects-v2', '--bucket', bucket, '--max-items', '1']
  const { code, stderr } = await run(judgeTool('aws'), args, { env: { ...process.env, ...env, AWS_MAX_ATTEMPTS: '1' } })
  return code === 0 ? 'OK' : (/\((\w+)\)/.exec(stderr)?.[1] ?? stderr)
}

async function becomes(env: Record<string, string>, expected: string, bucket?: string): Promise<void> {
  const started = performance.now()
  await expect.poll(() => outcome(env, bucket), { interval: 50, timeout: CEILING_MS }).toBe(expected)
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
