// The API of the page Governance on a free port: what it says of the policy, to whom, and how much at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditFacts, auditEvent } from '#kit/audit'
import type { AuditQuery } from '#kit/audit-read'
import { NotAuthenticated } from '#kit/errors'
import type { Part } from '#kit/part'
import { createCockpit } from '#parts/cockpit/index'
import { createRolePolicy } from '#parts/policy/index'
import { compilePolicy } from '#platform/policy/source'
import { createGovernance, serviceHolders } from '#runtime/governance'
import { type KeptPolicy, RESOURCE_KINDS, SHIPPED } from '#runtime/policy'
import { NoSuchRevision } from '#runtime/policy-store'
import { freePort } from '#test/support/postgres'
import { MOST, type TableForm } from '#wire/governance'

const TEXT = `roles:
  akko-admin: { all: true }
  clerk: { read: [iceberg.banking, { table: iceberg.hr.staff, columns: [name] }] }
  auditor: { read: [iceberg.banking], filtered: true, clear: [email] }
  writer: { write: [iceberg.staging] }
masks:
  email: "'***@' || split_part({column}, '@', 2)"
classified:
  - { schemas: [iceberg.banking], column: email, as: email }
rowFilters:
  - { schemas: [iceberg.banking], column: secret, filter: 'NOT {column}' }
`
const files = [{ name: 'policy.yaml', text: TEXT }]
const KEPT: KeptPolicy = { ...compilePolicy(files), revision: 1, at: '2026-11-30T12:00:00Z', author: 'ada', reason: 'a test', files }
const PEOPLE = [
  { id: '1', username: 'root', rightsVersion: 0, roles: ['akko-admin'] },
  { id: '2', username: 'kim', rightsVersion: 0, roles: ['clerk'] },
  ...Array.from({ length: 5000 }, (_, i) => ({ id: `p${i}`, username: `person${i}`, rightsVersion: 0, roles: ['auditor', 'writer'] })),
]
const CUSTOMERS: TableForm = {
  path: ['iceberg', 'banking', 'customers'],
  columns: [
    { name: 'Email', type: 'varchar' },
    { name: 'id', type: 'bigint' },
    { name: 'secret', type: 'boolean' },
    { name: 'contact', type: 'row(email varchar, city varchar)' },
  ],
}
const STAFF: TableForm = { path: ['iceberg', 'hr', 'staff'], columns: ['name', 'wage'].map((name) => ({ name, type: 'varchar' })) }
const STAGING: TableForm = { path: ['iceberg', 'staging', 't'], columns: [{ name: 'a', type: 'a connector’s own' }] }

const asked: AuditQuery[] = []
let kept = KEPT
let part: Part
let base: string
beforeAll(async () => {
  const port = await freePort()
  base = `http://127.0.0.1:${port}/api/governance`
  part = createCockpit({
    ...{ name: 'cockpit', host: '127.0.0.1', port, dist: '/nowhere', targets: [], version: '1' },
    environment: { name: 'test', demo: false },
    authenticator: {
      bearer: async (token) => {
        const roles = { root: ['akko-admin'], kim: ['clerk'], nobody: [] }[token]
        if (!roles) throw NotAuthenticated({ reason: 'nobody' })
        return { sub: token, roles, via: 'bearer', requestId: 'r' }
      },
    },
    authoriser: createRolePolicy(KEPT.model, RESOURCE_KINDS),
    governance: createGovernance({
      inForce: () => kept,
      people: () => PEOPLE,
      services: serviceHolders({ shape: 'machine', domain: 'akko.test', publicPort: 443, demo: true }),
      history: () => [KEPT, SHIPPED],
      revision: (revision) => {
        const found = [KEPT, SHIPPED].find((one) => one.revision === revision)
        if (!found) throw NoSuchRevision({ revision })
        return found
      },
      events: async (query) => {
        asked.push(query)
        const facts: AuditFacts = {
          who: { sub: 'kim', via: 'bearer', roles: ['clerk'] },
          what: { part: 'sql', action: 'read', kind: 'table', path: ['iceberg', 'hr', 'wages'] },
          outcome: 'denied',
          reason: 'no role of yours reads it',
        }
        return [facts, { ...facts, outcome: 'failed' as const }].map(auditEvent)
      },
    }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  await part.start()
})
afterAll(() => part?.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer is what it is held against
async function ask(user: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const res = await fetch(`${base}/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${user}` },
  })
  return { status: res.status, body: await res.json() }
}
const matrix = (personas: readonly object[], tables: readonly TableForm[]) => ask('root', 'matrix', { personas, tables })

describe('what somebody sees of a table', () => {
  it('is counted as the SQL door decides: fields within columns, columns that are not visible, filters, rights', async () => {
    const personas = [{ user: 'root' }, { user: 'kim' }, { role: 'auditor' }, { user: 'person7' }]
    const { body } = await matrix(personas, [CUSTOMERS, STAFF, STAGING])
    const none = { reads: false, writes: false, part: false, hidden: 0, masked: 0, filters: 0 }
    const all = { ...none, reads: true }
    expect(body).toEqual({
      revision: 1,
      cells: [
        [1, 2, 3].map(() => ({ ...all, writes: true })),
        // `Email` by its mask, and the row that holds one as NULL.
        [{ ...all, masked: 2 }, { ...all, part: true, hidden: 1 }, none],
        [{ ...all, filters: 1 }, none, none],
        [{ ...all, filters: 1 }, none, { ...all, writes: true }],
      ],
    })
  })

  it('comes with each rule that had a part, its file and its line', async () => {
    const { body } = await ask('root', 'why', { persona: { user: 'kim' }, table: CUSTOMERS })
    expect(body).toMatchObject({
      ...{ revision: 1, roles: ['clerk'], reads: true, writes: false, hidden: [], rowFilters: [] },
      masks: { Email: `'***@' || split_part("Email", '@', 2)`, contact: 'NULL' },
      because: [
        { rule: 'roles.clerk.read.0', says: 'iceberg.banking', at: 'policy.yaml:3' },
        { rule: 'classified.0', at: 'policy.yaml:9' },
      ],
    })
    const part = await ask('root', 'why', { persona: { role: 'clerk' }, table: STAFF })
    expect(part.body).toMatchObject({ hidden: ['wage'], masks: {}, because: [{ at: 'policy.yaml:3' }] })
    const filtered = await ask('root', 'why', { persona: { role: 'auditor' }, table: CUSTOMERS })
    expect(filtered.body).toMatchObject({ rowFilters: ['NOT "secret"'], masks: {} })
    const denied = await ask('root', 'why', { persona: { role: 'writer' }, table: CUSTOMERS })
    expect(denied.body).toMatchObject({ reads: false, reason: 'no role of yours reads iceberg.banking.customers', because: [] })
  })

  it('is asked for whatever types a person who is shown no more than his own part sends, in little time', async () => {
    const nested = (levels: number) => `${'array('.repeat(levels)}row("a)(" bigint)${')'.repeat(levels)}`
    const wide = `row(${Array.from({ length: 6000 }, (_, i) => `a${i} bigint`).join(', ')})`
    const why = (type: string) =>
      ask('kim', 'why', {
        persona: { user: 'kim' },
        table: { ...STAFF, columns: Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, type })) },
      })
    const began = performance.now()
    expect([(await why(nested(31))).status, (await why(nested(32))).status, (await why(nested(9000))).status]).toEqual([200, 400, 400])
    expect((await why(wide)).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('is asked of whom there is, in bounds', async () => {
    expect((await matrix([{ user: 'gone' }], [])).status).toBe(404)
    expect((await matrix([{ role: 'constructor' }], [])).status).toBe(404)
    expect((await matrix([{ user: 'kim', role: 'clerk' }], [])).status).toBe(400)
    expect((await matrix(Array(MOST.personas + 1).fill({ user: 'kim' }), [])).status).toBe(400)
    expect((await matrix([], Array(MOST.tables + 1).fill(STAFF))).status).toBe(400)
    expect((await matrix([{ user: 'kim' }, { user: 'kim' }], [])).status).toBe(400)
    expect((await ask('root', 'people?offset=-1')).status).toBe(400)
    expect((await ask('root', 'people?other=1')).status).toBe(400)
  })
})

describe('who asks', () => {
  it('without the role is told of himself alone', async () => {
    const closed = ['people', 'roles', 'files', 'history', 'differences?before=0&after=1', 'events']
    expect(await Promise.all(closed.map(async (path) => (await ask('kim', path)).status))).toEqual(closed.map(() => 403))
    const why = (persona: object) => ask('kim', 'why', { persona, table: CUSTOMERS })
    expect((await why({ user: 'kim' })).body).toMatchObject({ reads: true, roles: ['clerk'] })
    expect((await why({ user: 'root' })).status).toBe(403)
    // Of no person either that there is not: the answer would tell who there is.
    expect((await why({ user: 'gone' })).status).toBe(403)
    expect((await why({ role: 'clerk' })).status).toBe(403)
    const cells = (...personas: object[]) => ask('kim', 'matrix', { personas, tables: [STAFF] })
    expect((await cells({ user: 'kim' })).body).toMatchObject({ cells: [[{ part: true, hidden: 1 }]] })
    expect((await cells({ user: 'kim' }, { user: 'root' })).status).toBe(403)
    expect((await ask('kim', 'mine')).body).toEqual({
      ...{ user: 'kim', governs: false },
      roles: [
        {
          name: 'clerk',
          at: 'policy.yaml:3',
          lines: [
            { what: 'reads', text: 'iceberg.banking iceberg.hr.staff(name)' },
            { what: 'sees', text: 'personal data masked, all rows' },
          ],
        },
      ],
    })
    expect((await ask('root', 'mine')).body).toMatchObject({ governs: true, roles: [{ lines: [{ what: 'may', text: 'everything' }] }] })
  })

  it('without a login is told nothing', async () => {
    for (const path of ['mine', 'people', 'roles', 'files']) expect((await ask('gone', path)).status).toBe(401)
    expect((await ask('gone', 'matrix', { personas: [], tables: [] })).status).toBe(401)
  })
})

describe('the lists', () => {
  it('hold a page of what matches, and say how many do; programs’ accounts are marked', async () => {
    const first = (await ask('root', 'people')).body
    expect([first.total > 5002, first.people.length]).toEqual([true, MOST.people])
    expect(first.people[0]).toEqual({ name: 'kim', roles: ['clerk'], service: false })
    const found = (await ask('root', 'people?text=PERSON4999')).body
    expect(found).toEqual({ total: 1, people: [{ name: 'person4999', roles: ['auditor', 'writer'], service: false }] })
    const last = (await ask('root', `people?text=person&offset=4990`)).body
    expect([last.total, last.people.length]).toEqual([5000, 10])
    const programs = (await ask('root', 'people?text=service-account')).body
    expect(programs.people.length).toBeGreaterThan(0)
    expect(programs.people.every(({ service }: { service: boolean }) => service)).toBe(true)
  })

  it('tell of each role in words, where it is written, and how many have it', async () => {
    const { body } = await ask('root', 'roles?text=audit')
    expect(body).toEqual({
      total: 1,
      roles: [
        {
          ...{ name: 'auditor', at: 'policy.yaml:4', people: 5000 },
          lines: [
            { what: 'reads', text: 'iceberg.banking' },
            { what: 'sees', text: 'personal data masked but email, marked rows only' },
          ],
        },
      ],
    })
  })

  it('do not wait for a thousand roles and five thousand people', async () => {
    const many = `roles:\n  akko-admin: { all: true }\n${Array.from({ length: 1000 }, (_, i) => `  r${i}: { read: [iceberg.s${i}] }\n`).join('')}`
    kept = { ...KEPT, ...compilePolicy([{ name: 'many.yaml', text: many }]) }
    try {
      const began = performance.now()
      const { body } = await ask('root', 'roles?text=r&offset=100')
      expect([body.total, body.roles.length]).toEqual([1000, MOST.roles])
      const personas = body.roles.slice(0, MOST.personas).map(({ name }: { name: string }) => ({ role: name }))
      const wide = Array.from({ length: 50 }, (_, i) => ({ name: `c${i}`, type: 'row(a bigint)' }))
      const tables = Array.from({ length: MOST.tables }, (_, i): TableForm => ({ path: ['iceberg', `s${i + 100}`, 't'], columns: wide }))
      const cells = (await matrix(personas, tables)).body.cells as { reads: boolean }[][]
      expect(cells.map((row) => row.filter(({ reads }) => reads).length)).toEqual(personas.map(() => 1))
      expect(performance.now() - began).toBeLessThan(5000)
    } finally {
      kept = KEPT
    }
  })
})

describe('the policy', () => {
  it('is shown as its files say, now and before, with who, when and why', async () => {
    const line = { revision: 1, at: KEPT.at, author: 'ada', reason: 'a test' }
    expect((await ask('root', 'files')).body).toEqual({ ...line, files })
    expect((await ask('root', 'files?revision=0')).body).toMatchObject({ revision: 0, files: SHIPPED.files })
    expect((await ask('root', 'files?revision=7')).status).toBe(404)
    expect((await ask('root', 'history')).body).toMatchObject({ total: 2, revisions: [line, { revision: 0 }] })
  })

  it('differs from another as the command line says', async () => {
    const { body } = await ask('root', 'differences?before=0&after=1')
    expect(body).toMatchObject({ before: 0, after: 1 })
    expect(body.differences).toContainEqual({ role: 'clerk', what: 'read iceberg.hr.staff', before: 'no', after: 'name' })
  })

  it('has events of a person and of a table, the newest first', async () => {
    const { body } = await ask('root', 'events?user=kim&table=iceberg.hr.wages')
    expect(body.events.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['failed', 'denied'])
    expect(body.events[1]).toMatchObject({
      who: 'kim',
      kind: 'table',
      path: ['iceberg', 'hr', 'wages'],
      reason: 'no role of yours reads it',
    })
    await ask('root', 'events')
    expect(asked).toEqual([{ user: 'kim', what: ['iceberg.hr.wages'], last: MOST.events }, { last: MOST.events }])
  })
})
