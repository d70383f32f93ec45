// The authoriser's answers, as a table: who asks, what for, and what comes back.
import { describe, expect, it } from 'vitest'
import { type Action, authorise, type Caller, decide, isRestricted, type Resource } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { createRolePolicy, decideByRoles, indexKinds } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { BASES, nestedNames } from '#test/support/nested-names'

const KINDS = indexKinds(RESOURCE_KINDS)

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
const policy = createRolePolicy(model, RESOURCE_KINDS)
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
      expect(decideByRoles(model, KINDS, as(role), action, resource).allow).toBe(allow)
    })
  }
})

describe('masks and filters', () => {
  it('hide what is classified from those who may not see it clear', () => {
    const decision = decideByRoles(model, KINDS, as('user'), 'read', table('iceberg.banking.t', ['id', 'email']))
    expect(decision.columnMasks).toEqual({ email: `'***@' || split_part("email", '@', 2)` })
    expect(isRestricted(decision)).toBe(true)
  })
  it('name only columns that the table has', () => {
    expect(decideByRoles(model, KINDS, as('user'), 'read', table('iceberg.banking.t', ['id'])).columnMasks).toEqual({})
    expect(isRestricted(decideByRoles(model, KINDS, as('user'), 'read', table('iceberg.banking.t')))).toBe(true)
  })
  it('take a column whole that holds a classified field at any depth', () => {
    const at = {
      ...table('iceberg.banking.t', ['id', 'person', 'email', 'tags']),
      nested: { person: ['name', 'EMAIL'], email: ['email'], tags: ['emails'] },
    }
    expect(decideByRoles(model, KINDS, as('user'), 'read', at).columnMasks).toEqual({ person: 'NULL', email: 'NULL' })
    expect(decideByRoles(model, KINDS, as('engineer'), 'read', at).columnMasks).toEqual({})
  })
  it('deny a table to a filtered role where the mark of its rows lies nested, and mask it beside one that does not', () => {
    const nested = { flags: ['Confidential'] }
    const only = { ...table('iceberg.analytics.t', ['id', 'flags']), nested }
    expect(decideByRoles(model, KINDS, as('viewer'), 'read', only)).toMatchObject({ allow: false })
    expect(decideByRoles(model, KINDS, as('viewer', 'user'), 'read', only)).toEqual({ allow: true, rowFilters: [], columnMasks: {} })
    expect(decideByRoles(model, KINDS, as('viewer'), 'read', { ...only, columns: ['confidential', 'flags'] })).toEqual({
      allow: true,
      rowFilters: ['NOT "confidential"'],
      columnMasks: { flags: 'NULL' },
    })
  })
  it('filter rows for a filtered role, unless another role sees all', () => {
    const at = table('iceberg.analytics.t', ['confidential'])
    expect(decideByRoles(model, KINDS, as('viewer'), 'read', at).rowFilters).toEqual(['NOT "confidential"'])
    expect(decideByRoles(model, KINDS, as('viewer', 'user'), 'read', at).rowFilters).toEqual([])
  })
})

describe('filters by role', () => {
  const filters = (names: readonly (readonly [string, (readonly string[])?])[]) =>
    names.map(([filter, roles]) => ({ schemas: ['iceberg.bank'], column: 'branch', filter, ...(roles ? { roles } : {}) }))
  const bank: AccessModel = {
    roleGrants: {
      north: { read: ['iceberg.bank'], filtered: true },
      south: { read: ['iceberg.bank'], filtered: true, clear: true },
      none: { read: ['iceberg.bank'], filtered: true },
      key: { read: [{ table: 'iceberg.bank.cards', columns: ['number'] }], filtered: true },
      open: { read: ['iceberg.bank'], filtered: true },
      reader: { read: ['iceberg.bank'] },
    },
    masks: {},
    classified: [],
    rowFilters: filters([
      ["{column} = 'n'", ['north']],
      ["{column} = 's'", ['south']],
      ['{column} > 0', ['south', 'north', 'none']],
      ['false', ['none', 'key']],
    ]),
  }
  const rows = (roles: string[], columns = ['branch', 'number'], of = bank) =>
    decideByRoles(of, KINDS, as(...roles), 'read', table('iceberg.bank.cards', columns)).rowFilters
  const NORTH = `("branch" = 'n') AND ("branch" > 0)`
  const SOUTH = `("branch" = 's') AND ("branch" > 0)`

  it('hold for the roles that they name', () => {
    expect(rows(['north'])).toEqual([`"branch" = 'n'`, '"branch" > 0'])
    expect(rows(['none'])).toEqual(['"branch" > 0', 'false'])
    expect(rows(['open'])).toEqual([])
  })

  it('leave what one role or another leaves, in whatever order', () => {
    expect(rows(['north', 'south'])).toEqual([`${NORTH} OR ${SOUTH}`])
    expect(rows(['south', 'north'])).toEqual([`${NORTH} OR ${SOUTH}`])
    expect(rows(['none', 'north'])).toEqual([`${NORTH} OR ("branch" > 0) AND (false)`])
    expect(rows(['open', 'north'])).toEqual([])
    expect(rows(['reader', 'north'])).toEqual([])
  })

  it('add no rows by a role that reads a part of the columns', () => {
    expect(rows(['key'])).toEqual(['false'])
    expect(rows(['key', 'north'])).toEqual([NORTH])
    const parts = {
      ...bank,
      roleGrants: { ...bank.roleGrants, north: { ...bank.roleGrants.key, read: [{ table: 'iceberg.bank.cards', columns: ['branch'] }] } },
    }
    expect(rows(['key', 'north'], undefined, parts as AccessModel)).toEqual([`"branch" = 'n'`, '"branch" > 0', 'false'])
  })

  it('leave a table whole that has not the column', () => {
    expect(rows(['north', 'south'], ['number'])).toEqual([])
  })
})

describe('single tables and columns', () => {
  const CUSTOMERS = 'iceberg.banking.customers'
  const some: AccessModel = {
    ...model,
    roleGrants: {
      segments: { read: [{ table: CUSTOMERS, columns: ['customer_id', 'Segment'] }] },
      mailer: { read: [{ table: CUSTOMERS, columns: ['customer_id', 'EMAIL'] }], clear: ['email'] },
      one: { read: [{ table: 'iceberg.*.customers' }] },
      scribe: { write: [{ table: 'iceberg.staging.letters' }] },
      marked: { read: [{ table: 'iceberg.analytics.t', columns: ['n', 'confidential'] }], filtered: true },
      numbers: { read: [{ table: 'iceberg.analytics.t', columns: ['n'] }] },
      all: { read: ['*.*'] },
    },
    rowFilters: [{ ...(model.rowFilters[0] as AccessModel['rowFilters'][number]), tables: ['T'] }],
  }
  const COLUMNS = ['customer_id', 'segment', 'email']
  const say = (roles: string[], action: Action, path: string, columns?: string[]) => {
    const { reason, ...said } = decideByRoles(some, KINDS, as(...roles), action, {
      ...table(path, columns),
      kind: path.split('.').length > 2 ? 'table' : 'schema',
    })
    return said
  }
  it('are read, and nothing else in their schema', () => {
    expect(say(['one'], 'read', CUSTOMERS).allow).toBe(true)
    expect(say(['one'], 'read', 'iceberg.Banking.CUSTOMERS').allow).toBe(true)
    for (const other of ['iceberg.banking.accounts', 'iceberg.banking.private.customers', 'banking.public.customers'])
      expect(say(['one'], 'list', other).allow, other).toBe(false)
    expect(say(['one'], 'write', CUSTOMERS).allow).toBe(false)
  })
  it('make their schema known by its name, and no more of it', () => {
    expect(say(['segments'], 'list', 'iceberg.banking').allow).toBe(true)
    expect(say(['segments'], 'read', 'iceberg.banking').allow).toBe(false)
    for (const other of ['iceberg.staging', 'iceberg.banking.private', 'banking.public', 'iceberg'])
      expect(say(['segments'], 'list', other).allow, other).toBe(false)
    expect(say(['scribe'], 'create', 'iceberg.staging').allow).toBe(false)
    for (const action of ['read', 'write', 'create', 'drop'] as const)
      expect(say(['scribe'], action, 'iceberg.staging.letters').allow, action).toBe(true)
  })
  it('add up over the roles of a person, in the spelling of the table', () => {
    expect(say(['segments'], 'read', CUSTOMERS, [...COLUMNS, 'SEGMENT']).visibleColumns).toEqual(['customer_id', 'segment', 'SEGMENT'])
    expect(say(['segments', 'mailer'], 'read', CUSTOMERS, COLUMNS).visibleColumns).toEqual(COLUMNS)
    expect(say(['segments', 'one'], 'read', CUSTOMERS, COLUMNS).visibleColumns).toBeUndefined()
    expect(say(['segments'], 'read', CUSTOMERS).visibleColumns).toEqual(['customer_id', 'segment'])
    expect(isRestricted({ visibleColumns: COLUMNS })).toBe(true)
  })
  it('show a class clear where the role reads that may see it so', () => {
    const masks = (...roles: string[]) => say(roles, 'read', CUSTOMERS, COLUMNS).columnMasks
    expect(masks('mailer')).toEqual({})
    expect(masks('mailer', 'one')).toEqual({})
    expect(masks('segments')).toEqual({}) // the column is not his at all
    expect(masks('one')).toEqual({ email: `'***@' || split_part("email", '@', 2)` })
    expect(Object.keys(say(['mailer', 'all'], 'read', 'iceberg.banking.accounts', COLUMNS).columnMasks ?? {})).toEqual(['email'])
  })
  it('show all rows where roles that are not filtered read each of the columns', () => {
    const rows = (...roles: string[]) => say(roles, 'read', 'iceberg.analytics.t', ['n', 'confidential']).rowFilters
    expect(rows('marked')).toEqual(['NOT "confidential"'])
    expect(rows('marked', 'numbers')).toEqual(['NOT "confidential"'])
    expect(rows('marked', 'all')).toEqual([])
    expect(rows('numbers')).toEqual([])
  })
  it('have rules of their own', () => {
    const filtered = { ...some, roleGrants: { viewer: { read: ['iceberg.analytics'], filtered: true } } } as const
    const rows = (name: string) => decideByRoles(filtered, KINDS, as('viewer'), 'read', table(name, ['confidential'])).rowFilters
    expect([rows('iceberg.analytics.t'), rows('iceberg.analytics.u')]).toEqual([['NOT "confidential"'], []])
  })
})

describe('namespaces', () => {
  const COLUMNS = ['id', 'email', 'EMAIL', 'confidential', 'constructor']
  const ACTIONS: readonly Action[] = ['list', 'read', 'write', 'create', 'drop', 'manage']
  const WHO = [['admin'], ['engineer'], ['user'], ['viewer'], ['viewer', 'user'], ['nobody'], ['constructor']]
  const pathOf = (schema: string) => [schema.slice(0, schema.indexOf('.')), schema.slice(schema.indexOf('.') + 1)]
  const answer = (roles: string[], action: Action, kind: Resource['kind'], schema: string) => {
    const path = kind === 'schema' ? pathOf(schema) : [...pathOf(schema), 't']
    const { reason, ...decision } = decideByRoles(model, KINDS, as(...roles), action, { kind, path, columns: COLUMNS })
    return decision
  }

  it.each(BASES)('nested in %s, however spelled, are decided, masked and filtered as it is', (base) => {
    const names = nestedNames(base)
    expect(names).toHaveLength(15)
    for (const roles of WHO)
      for (const kind of ['schema', 'table', 'files'] as const)
        for (const action of ACTIONS) {
          const expected = answer(roles, action, kind, base)
          for (const name of names) expect({ name, ...answer(roles, action, kind, name) }).toEqual({ name, ...expected })
        }
  })
  it('beside it are not', () => {
    for (const name of ['iceberg.bankings', 'iceberg.bank', 'iceberg.retail.banking', 'lake.banking', 'iceberg'])
      expect(decideByRoles(model, KINDS, as('engineer'), 'write', { kind: 'table', path: [...pathOf(`${name}.`), 't'] }).allow).toBe(false)
    expect(answer(['viewer'], 'read', 'table', 'iceberg.analytics')).toMatchObject({ allow: true, rowFilters: ['NOT "confidential"'] })
    for (const name of ['iceberg.analytic', 'iceberg.team.analytics']) expect(answer(['viewer'], 'read', 'table', name).allow).toBe(false)
  })
  it('are told apart from tables of their name', () => {
    const entitled: Caller = {
      ...as('nobody'),
      entitlements: [{ kind: 'table', path: ['iceberg', 'banking', 'private'], actions: ['read'] }],
    }
    expect(decideByRoles(model, KINDS, entitled, 'read', { kind: 'table', path: ['iceberg', 'banking', 'private'] }).allow).toBe(true)
    expect(decideByRoles(model, KINDS, entitled, 'read', { kind: 'table', path: ['iceberg', 'banking.private', 't'] }).allow).toBe(false)
    expect(decideByRoles(model, KINDS, entitled, 'read', { kind: 'schema', path: ['iceberg', 'banking.private'] }).allow).toBe(false)
  })
  it('mask a column in each of its spellings, by the first class that names it', () => {
    const two: AccessModel = {
      ...model,
      masks: { ...model.masks, all: "'x'" },
      classified: [...model.classified, { schemas: ['iceberg.banking.private'], column: 'Email', as: 'all' }],
    }
    const { columnMasks } = decideByRoles(two, KINDS, as('user'), 'read', {
      kind: 'table',
      path: ['iceberg', 'banking.private', 't'],
      columns: ['id', 'email', 'EMAIL', 'e"mail'],
    })
    expect(columnMasks).toEqual({
      email: `'***@' || split_part("email", '@', 2)`,
      EMAIL: `'***@' || split_part("EMAIL", '@', 2)`,
    })
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
    expect(decideByRoles(model, KINDS, key('b', 'x/'), 'read', { kind: 'object', path: ['b', 'x/1'] }).allow).toBe(true)
    expect(decideByRoles(model, KINDS, key('b', 'x/'), 'read', { kind: 'object', path: ['b', 'y'] }).allow).toBe(false)
    expect(decideByRoles(model, KINDS, key('b', 'x/'), 'write', { kind: 'object', path: ['b', 'x/1'] }).allow).toBe(false)
    expect(decideByRoles(model, KINDS, key('b', 'x/'), 'read', { kind: 'object', path: ['bb', 'x/1'] }).allow).toBe(false)
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
      hint: 'no role of yours reads iceberg.banking.t',
    })
  })
})
