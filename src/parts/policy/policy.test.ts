// The authoriser's answers, as a table: who asks, what for, and what comes back.
import { describe, expect, it } from 'vitest'
import { type Action, authorise, type Caller, decide, isRestricted, type Resource } from '#kit/access'
import { type AccessModel, createRolePolicy, decideByRoles } from '#parts/policy/index'

const model: AccessModel = {
  roleGrants: {
    admin: { all: true, clear: true },
    engineer: { read: ['*.*'], write: ['iceberg.banking', 'banking.*'], clear: true },
    user: { read: ['*.*'] },
    viewer: { read: ['iceberg.analytics'], filtered: true },
  },
  masks: { email: "'***@' || split_part({column}, '@', 2)" },
  classified: [{ schemas: ['iceberg.banking'], column: 'email', as: 'email' }],
  rowFilters: [{ schemas: ['iceberg.analytics'], column: 'confidential', filter: 'NOT {column}' }],
}
const policy = createRolePolicy(model)
const as = (...roles: string[]): Caller => ({ sub: 'ada', roles, via: 'bearer', requestId: 'r' })
const table = (path: string, columns?: string[]): Resource => ({ kind: 'table', path: path.split('.'), ...(columns ? { columns } : {}) })

describe('roles', () => {
  const rows: [string, Action, Resource, boolean][] = [
    ['admin', 'manage', { kind: 'platform', path: [] }, true],
    ['admin', 'drop', table('iceberg.banking.t'), true],
    ['engineer', 'write', table('iceberg.banking.t'), true],
    ['engineer', 'write', table('iceberg.retail.t'), false],
    ['engineer', 'create', { kind: 'schema', path: ['banking', 'public'] }, true],
    ['engineer', 'manage', { kind: 'platform', path: [] }, false],
    ['user', 'read', table('iceberg.banking.t'), true],
    ['user', 'write', table('iceberg.banking.t'), false],
    ['viewer', 'read', table('iceberg.analytics.t'), true],
    ['viewer', 'read', table('iceberg.banking.t'), false],
    ['viewer', 'list', { kind: 'schema', path: ['iceberg', 'banking'] }, false],
    ['nobody', 'read', { kind: 'platform', path: [] }, false],
    ['user', 'impersonate', { kind: 'user', path: ['eve'] }, false],
    ['user', 'impersonate', { kind: 'user', path: ['ada'] }, true],
    ['user', 'manage', { kind: 'query', path: ['q1', 'eve'] }, false],
    ['user', 'manage', { kind: 'query', path: ['q1', 'ada'] }, true],
    ['user', 'read', { kind: 'bucket', path: ['any'] }, false],
  ]
  for (const [role, action, resource, allow] of rows) {
    it(`${role} ${allow ? 'may' : 'may not'} ${action} ${resource.kind} ${resource.path.join('.')}`, () => {
      expect(decideByRoles(model, as(role), action, resource).allow).toBe(allow)
    })
  }
})

describe('masks and filters', () => {
  it('hide what is classified from those who may not see it clear', () => {
    const decision = decideByRoles(model, as('user'), 'read', table('iceberg.banking.t', ['id', 'email']))
    expect(decision.columnMasks).toEqual({ email: `'***@' || split_part("email", '@', 2)` })
    expect(isRestricted(decision)).toBe(true)
  })
  it('name only columns that the table has', () => {
    expect(decideByRoles(model, as('user'), 'read', table('iceberg.banking.t', ['id'])).columnMasks).toEqual({})
    expect(isRestricted(decideByRoles(model, as('user'), 'read', table('iceberg.banking.t')))).toBe(true)
  })
  it('filter rows for a filtered role, unless another role sees all', () => {
    const at = table('iceberg.analytics.t', ['confidential'])
    expect(decideByRoles(model, as('viewer'), 'read', at).rowFilters).toEqual(['NOT "confidential"'])
    expect(decideByRoles(model, as('viewer', 'user'), 'read', at).rowFilters).toEqual([])
  })
})

describe('credentials', () => {
  const key = (...path: string[]): Caller => ({
    sub: 'rag',
    roles: ['admin'],
    via: 'sigv4',
    requestId: 'r',
    entitlements: [{ kind: 'object', path, actions: ['read'] }],
  })
  it('grant what they cover, and never more, whatever the roles of their owner', () => {
    expect(decideByRoles(model, key('b', 'x/'), 'read', { kind: 'object', path: ['b', 'x/1'] }).allow).toBe(true)
    expect(decideByRoles(model, key('b', 'x/'), 'read', { kind: 'object', path: ['b', 'y'] }).allow).toBe(false)
    expect(decideByRoles(model, key('b', 'x/'), 'write', { kind: 'object', path: ['b', 'x/1'] }).allow).toBe(false)
    expect(decideByRoles(model, key('b', 'x/'), 'read', { kind: 'object', path: ['bb', 'x/1'] }).allow).toBe(false)
  })
})

describe('asking', () => {
  it('denies when the authoriser is silent or fails', async () => {
    const resource = table('iceberg.banking.t')
    expect(await decide({ decide: () => new Promise(() => {}) }, as('admin'), 'read', resource, { deadlineMs: 20 })).toMatchObject({
      allow: false,
    })
    expect(await decide({ decide: () => Promise.reject(new Error('down')) }, as('admin'), 'read', resource)).toMatchObject({ allow: false })
  })
  it('throws with the name of the thing and the way out', async () => {
    await expect(authorise(policy, as('viewer'), 'read', table('iceberg.banking.t'))).rejects.toMatchObject({
      code: 'access.denied',
      status: 403,
      message: 'access denied: ada may not read table iceberg.banking.t',
      hint: 'no role of yours reads iceberg.banking',
    })
  })
})
