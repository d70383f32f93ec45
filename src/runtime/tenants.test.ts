import { expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createTenantOf } from '#runtime/tenants'

const ana: Caller = { sub: 'ana', roles: ['a', 'b'], via: 'bearer', requestId: '1' }

it('a person has one tenant, whatever the request and the order of her roles', () => {
  const tenantOf = createTenantOf(() => 'v1')
  expect(tenantOf({ ...ana, roles: ['b', 'a'], requestId: '2' })).toBe(tenantOf(ana))
  expect(tenantOf(ana)).toMatch(/^[\w-]{43}$/)
})

it('everything that a decision depends on makes another one', () => {
  let version = 'v1'
  const tenantOf = createTenantOf(() => version)
  const others: Caller[] = [
    { ...ana, sub: 'anna' },
    { ...ana, roles: ['a'] },
    { ...ana, roles: ['a', 'b', 'c'] },
    { ...ana, roles: ['a,b'] },
    { ...ana, via: 'internal' },
    { ...ana, entitlements: [{ kind: 'table', path: ['iceberg'], actions: ['read'] }] },
  ]
  const names = [ana, ...others].map(tenantOf)
  version = 'v2'
  names.push(tenantOf(ana))
  expect(new Set(names).size).toBe(others.length + 2)
})

it('no name can be told from another process', () => {
  expect(createTenantOf(() => 'v1')(ana)).not.toBe(createTenantOf(() => 'v1')(ana))
})
