// A command as a user who is not there.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tokenFor } from '#cli/as-user'
import { Secret } from '#kit/secret'
import { ADMIN, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'
import { SQL_CLIENT, secretName } from '#platform/names'
import { serviceNamed } from '#platform/registry'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'

let identity: TestIdentity
let machine: Machine
const dir = mkdtempSync(join(tmpdir(), 'akko-as-user-'))

beforeAll(async () => {
  identity = await startTestIdentity()
  await seed(identity)
  for (const name of ['gateway', 'polaris', 'litellm', 'mcp', 'ai', 'docs', 'realm-management', SQL_CLIENT])
    await identity.admin('POST', '/akko/clients', { clientId: name }).catch(() => undefined)
  const secrets = createFileSecretStore(dir)
  await secrets.put(secretName.client(SQL_CLIENT), new Secret('trino-secret'))
  await secrets.put(secretName.identityAdmin, new Secret(ADMIN.password))
  const portOffset = Number(new URL(identity.base).port) - (serviceNamed('identity').machine?.ports.main ?? 0)
  machine = { config: { portOffset }, paths: { secrets: dir, records: dir } } as unknown as Machine
})
afterAll(async () => {
  await identity?.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('is told so, with those who are', async () => {
  expect((await tokenFor(machine, { user: USER.username })).user).toBe(USER.username)
  await expect(tokenFor(machine, { user: 'nope' })).rejects.toMatchObject({
    code: 'user.unknown',
    message: 'there is no user nope',
    hint: expect.stringContaining('admin@demo, user@demo'),
  })
})

it('one who may not log in is no unknown one', async () => {
  await identity.admin('POST', '/akko/users', { username: 'closed', enabled: false })
  await expect(tokenFor(machine, { user: 'closed' })).rejects.toMatchObject({ code: 'token.refused' })
})
