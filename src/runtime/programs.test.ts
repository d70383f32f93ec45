// What a process has started for people is on record before it starts.
import { expect, it } from 'vitest'
import { AuditUnavailable } from '#kit/audit'
import { Secret } from '#kit/secret'
import { createPrograms } from '#runtime/programs'

it('nothing is asked of the supervisor that cannot be recorded', async () => {
  const programs = createPrograms({
    socket: '/nowhere/programs.sock',
    key: new Secret('key'),
    name: 'lab',
    audit: async () => ({
      record: async ({ what }) => {
        throw AuditUnavailable({ action: what.action })
      },
      note: () => {},
    }),
  })
  const run = programs.run({ program: 'python', person: { account: 'a1', name: 'ada' }, args: [], env: {} })
  await expect(run).rejects.toThrow('run was not done: it cannot be recorded now')
})
