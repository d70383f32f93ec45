// What is found by a name, what is left out, and how many match.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditEvent } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { type AuditQuery, countAudit, readAudit } from '#kit/audit-read'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

let postgres: TempPostgres
let pool: pg.Pool
beforeAll(async () => {
  postgres = await startTempPostgres()
  pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
  const store = createPostgresAuditStore({ owner: async () => pool })
  await store.open()
  const event = (sub: string, part: string, action: string, kind: string, ...path: string[]) =>
    auditEvent({ who: { sub, via: 'bearer', roles: [] }, what: { part, action, kind, path }, outcome: 'allowed' })
  await store.append([
    event('ada', 'sql', 'write', 'table', 'a'),
    event('bob', 'sql', 'write', 'table', 'ada'),
    event('bob', 'identity', 'manage', 'user', 'ada', 'disabled'),
    event('bob', 'identity', 'manage', 'realm', 'akko', 'users', 'ada', 'reset-password'),
    event('broker', 'identity', 'impersonate', 'user', 'ada'),
    event('broker', 'identity', 'impersonate', 'user', 'bob'),
  ])
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})

const read = async (query: AuditQuery) =>
  (await readAudit(pool, query)).map(({ who, what }) => `${who.sub} ${what.kind} ${what.path.join('/')}`)

it('a name finds what somebody did and what was done to the account, and no table that is called so', async () => {
  expect((await read({ user: 'ada', withoutActor: 'broker' })).sort()).toEqual([
    'ada table a',
    'bob realm akko/users/ada/reset-password',
    'bob user ada/disabled',
  ])
  expect(await read({ user: 'ada' })).toContain('broker user ada')
})

it('who did it, with what, and how it ended, each by itself and together', async () => {
  expect((await read({ who: 'ada' })).sort()).toEqual(['ada table a'])
  expect((await read({ what: ['ada'] })).length).toBe(4)
  expect((await read({ what: ['ada', 'table'] })).sort()).toEqual(['bob table ada'])
  expect((await read({ what: ['manage', 'ada.disabled'] })).sort()).toEqual(['bob user ada/disabled'])
  expect(await read({ what: ['dis'] })).toEqual([])
  expect(await read({ outcome: 'denied' })).toEqual([])
  expect((await read({ who: 'bob', what: ['write'], outcome: 'allowed' })).sort()).toEqual(['bob table ada'])
})

it('as many match as there are, whatever is shown', async () => {
  expect(await countAudit(pool, {})).toBe(6)
  expect(await countAudit(pool, { last: 1, withoutActor: 'broker' })).toBe(4)
  expect(await read({ last: 1, withoutActor: 'broker' })).toHaveLength(1)
})
