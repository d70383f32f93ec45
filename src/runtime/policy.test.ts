// Who may do what, as the platform declares it: an answer to every kind of thing, action and role, and to what nobody declared.
import { describe, expect, it } from 'vitest'
import type { Action, Caller } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { defineResourceKind, grantees, administrators as onlyAdministrators } from '#kit/resource-kind'
import { createRolePolicy, indexKinds } from '#parts/policy/index'
import { ROLES } from '#platform/names'
import { createPolicy, RESOURCE_KINDS } from '#runtime/policy'

const ACTIONS = ['list', 'read', 'write', 'create', 'drop', 'manage', 'impersonate'] as const satisfies readonly Action[]
const as = (role: string | undefined, more: Partial<Caller> = {}): Caller => ({
  ...{ sub: 'ada', roles: role === undefined ? [] : [role], via: 'bearer', requestId: 'r' },
  ...more,
})

const { admin, engineer, analyst, user, viewer } = ROLES
const ANYONE = [admin, engineer, analyst, user, viewer]
const READERS = [admin, engineer, analyst, user]
const WRITERS = [admin, engineer]
const ADMIN = [admin]
const NOBODY: string[] = []

/** Kind and path -> who may, for each action in the order of ACTIONS. */
const EXPECTED = (
  [
    ['catalog', ['iceberg'], ANYONE, ANYONE, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['schema', ['iceberg', 'banking'], READERS, READERS, WRITERS, WRITERS, ADMIN, ADMIN, NOBODY],
    ['schema', ['iceberg', 'analytics'], ANYONE, ANYONE, WRITERS, WRITERS, ADMIN, ADMIN, NOBODY],
    ['table', ['iceberg', 'banking', 't'], READERS, READERS, WRITERS, WRITERS, WRITERS, WRITERS, NOBODY],
    ['table', ['iceberg', 'analytics', 't'], ANYONE, ANYONE, WRITERS, WRITERS, WRITERS, WRITERS, NOBODY],
    ['table', ['iceberg', 'elsewhere', 't'], READERS, READERS, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['view', ['iceberg', 'banking', 'v'], READERS, READERS, WRITERS, WRITERS, WRITERS, WRITERS, NOBODY],
    ['view', ['iceberg', 'analytics', 'v'], ANYONE, ANYONE, WRITERS, WRITERS, WRITERS, WRITERS, NOBODY],
    ['view', ['iceberg', 'elsewhere', 'v'], READERS, READERS, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['files', ['iceberg', 'banking', 't'], READERS, READERS, WRITERS, WRITERS, WRITERS, WRITERS, NOBODY],
    ['bucket', ['akko-iceberg'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['bucket-setting', ['PutBucketVersioning', 'akko-iceberg'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['object-setting', ['PutObjectTagging', 'akko-iceberg', 'k'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['assumed-role', [engineer], ADMIN, ADMIN, ADMIN, WRITERS, ADMIN, ADMIN, NOBODY],
    ['object-version', ['akko-iceberg', 'banking/t'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['object', ['akko-iceberg', 'banking/t'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['query', ['q', 'grace'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['query', ['q', 'ada'], ANYONE, ANYONE, ANYONE, ANYONE, ANYONE, ANYONE, NOBODY],
    ['user', ['grace'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN],
    ['user', ['ada'], ANYONE, ANYONE, ANYONE, ADMIN, ADMIN, ADMIN, ANYONE],
    ['realm', ['akko'], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['report', ['sales', 'grace'], ADMIN, ADMIN, ADMIN, READERS, ADMIN, ADMIN, NOBODY],
    ['report', ['sales', 'ada'], ANYONE, ANYONE, ANYONE, READERS, ANYONE, ANYONE, NOBODY],
    ['audit', [], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['policy', [], ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
    ['platform', [], ANYONE, ANYONE, ADMIN, ADMIN, ADMIN, ADMIN, NOBODY],
  ] as [string, string[], ...string[][]][]
).map(([kind, path, ...may]) => ({ kind, path, may }))

describe('the declared policy', () => {
  const policy = createPolicy().authoriser

  it('has a row below for every kind that a part declares, and no other', () => {
    expect([...new Set(EXPECTED.map((row) => row.kind))].sort()).toEqual(RESOURCE_KINDS.map((k) => k.kind).sort())
    for (const { kind, path } of EXPECTED) expect(path.length, kind).toBe(RESOURCE_KINDS.find((k) => k.kind === kind)?.path.length)
  })

  it.each(EXPECTED)('answers for $kind $path', async ({ kind, path, may }) => {
    expect(may).toHaveLength(ACTIONS.length)
    for (const [i, action] of ACTIONS.entries()) {
      const allowed: string[] = []
      for (const role of ANYONE) if ((await policy.decide(as(role), action, { kind, path })).allow) allowed.push(role)
      expect({ action, allowed }).toEqual({ action, allowed: may[i] })
      // Without a role of the platform, or with one that nobody declared, a person may what is his own and no more.
      const own = path.includes('ada') && may[i]?.includes(viewer) === true
      for (const role of [undefined, 'offline_access', 'constructor', '__proto__'])
        expect((await policy.decide(as(role), action, { kind, path })).allow, `${role} ${action}`).toBe(own)
    }
  })

  it('denies what nobody declared, whoever asks', async () => {
    const everything = ACTIONS.flatMap((action) => [action])
    const callers = [
      as(admin),
      as(undefined, { via: 'internal' }),
      as(undefined, { via: 'sigv4', entitlements: [{ kind: 'spaceship', path: [], actions: everything }] }),
    ]
    for (const caller of callers) {
      for (const kind of ['spaceship', 'Table', '', 'constructor', '__proto__'])
        for (const action of ACTIONS)
          expect((await policy.decide(caller, action, { kind, path: ['x'] })).allow, `${kind} ${action}`).toBe(false)
      for (const action of ['fly', 'constructor', 'toString'] as unknown as Action[])
        expect((await policy.decide(caller, action, { kind: 'table', path: ['iceberg', 'banking', 't'] })).allow, action).toBe(false)
    }
  })
})

describe('a kind that a part adds', () => {
  const rules = {
    ...{ list: grantees('list'), read: grantees('read'), write: grantees('write') },
    ...{ create: grantees('create'), drop: onlyAdministrators, manage: onlyAdministrators },
  }
  const kinds = ['model', 'dataset', 'dashboard', 'pipeline', 'tool'].map((kind) => defineResourceKind(kind, ['project', 'name'], rules))
  const model: AccessModel = {
    ...{ masks: {}, classified: [], rowFilters: [] },
    roleGrants: {
      maker: { grants: { model: { read: ['*'], write: ['fraud'] }, dashboard: { read: ['fraud.overview'] } } },
      reader: { read: ['*.*'] },
    },
  }
  const policy = createRolePolicy(model, kinds)
  const may = async (role: string, action: Action, kind: string, ...path: string[]) =>
    (await policy.decide(as(role), action, { kind, path })).allow

  it('is answered from the roles by the one source, and by no grant of another kind', async () => {
    expect(await may('maker', 'read', 'model', 'any', 'm')).toBe(true)
    expect(await may('maker', 'write', 'model', 'fraud', 'm')).toBe(true)
    expect(await may('maker', 'write', 'model', 'other', 'm')).toBe(false)
    expect(await may('maker', 'create', 'model', 'fraud', 'm')).toBe(false)
    expect(await may('maker', 'drop', 'model', 'fraud', 'm')).toBe(false)
    expect(await may('maker', 'read', 'dashboard', 'fraud', 'overview')).toBe(true)
    expect(await may('maker', 'read', 'dashboard', 'fraud', 'other')).toBe(false)
    for (const kind of ['dataset', 'pipeline', 'tool']) expect(await may('maker', 'read', kind, 'fraud', 'm')).toBe(false)
    for (const { kind } of kinds) expect(await may('reader', 'read', kind, 'fraud', 'm')).toBe(false)
  })
  it('has a name of its own', () => {
    expect(() => indexKinds([...kinds, ...kinds])).toThrow('the resource kind model is declared twice')
  })
})
