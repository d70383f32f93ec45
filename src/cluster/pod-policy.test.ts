// What a cluster takes of a policy's folder, and what it refuses whole.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readPolicy } from '#cluster/pod-policy'

it('refuses roles of groups by their paths, which no part of a cluster would follow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'akko-pod-policy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'roles.yaml'), 'roles: { akko-admin: { all: true } }\n')
  expect((await readPolicy(folder)).model.roleGrants).toEqual({ 'akko-admin': { all: true } })
  writeFileSync(join(folder, 'groups.yaml'), 'groups: { /risk: [akko-admin] }\n')
  await expect(readPolicy(folder)).rejects.toMatchObject({
    code: 'policy.groups_of_one_machine',
    message: expect.stringContaining('/risk'),
  })
})
