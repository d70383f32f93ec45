// Whose rights are those of somebody who is not asking himself: of the account, as it is now.
import { describe, expect, it } from 'vitest'
import { createAccounts } from '#runtime/accounts'

const ada = { id: 'account-1', username: 'ada', rightsVersion: 4, roles: ['engineer'] }
const feed = (silence: number, ...people: (typeof ada)[]) =>
  createAccounts({ silence: () => silence, heard: Promise.resolve(), named: (name) => people.find((p) => p.username === name) })

describe('the owner of a view', () => {
  it('has the account and the roles of now', async () => {
    expect(await feed(5, ada).accountOf('ada')).toBe('account-1')
    expect(await feed(5, ada).rolesOf('ada', 'account-1')).toEqual(['engineer'])
    expect(await feed(5, { ...ada, roles: [] }).rolesOf('ada', 'account-1')).toEqual([])
  })
  it('is nobody once the account is gone, or another got the name', async () => {
    expect(await feed(5).rolesOf('ada', 'account-1')).toBeUndefined()
    expect(await feed(5, { ...ada, id: 'account-2' }).rolesOf('ada', 'account-1')).toBeUndefined()
    await expect(feed(5).accountOf('ada')).rejects.toMatchObject({ code: 'access.owner_no_person', status: 403 })
  })
  it('is not believed while nobody can say', async () => {
    for (const silence of [10_001, Number.POSITIVE_INFINITY]) {
      await expect(feed(silence, ada).rolesOf('ada', 'account-1')).rejects.toMatchObject({
        code: 'access.identity_silent',
        retryable: true,
      })
      await expect(feed(silence, ada).accountOf('ada')).rejects.toMatchObject({ status: 503 })
    }
  })
})

describe('a person for whom another acts', () => {
  it('has the account and the roles of now, whatever was declared of him', async () => {
    expect(await feed(5, ada).personNow('ada')).toEqual({ account: 'account-1', rightsVersion: 4, roles: ['engineer'] })
    expect(await feed(5, { ...ada, roles: [] }).personNow('ada')).toEqual({ account: 'account-1', rightsVersion: 4, roles: [] })
  })
  it('is nobody without an open account of exactly this name', async () => {
    for (const name of ['admin', 'Ada', '', 'constructor', '__proto__']) expect(await feed(5, ada).personNow(name)).toBeUndefined()
  })
  it('is not believed while nobody can say', async () => {
    for (const silence of [10_001, Number.POSITIVE_INFINITY])
      await expect(feed(silence, ada).personNow('ada')).rejects.toMatchObject({
        code: 'access.identity_silent',
        status: 503,
        retryable: true,
      })
  })
})

describe('a caller who has left', () => {
  const caller = { sub: 'ada', account: 'account-1', roles: [], via: 'bearer' as const, requestId: 'r' }
  it('is one whose account is gone, closed or another’s, while that is known', () => {
    expect(feed(5).lossOf(caller)).toBe('account')
    expect(feed(5, { ...ada, id: 'account-2' }).lossOf(caller)).toBe('account')
    expect(feed(5, ada).lossOf(caller)).toBeUndefined()
    for (const silence of [10_001, Number.POSITIVE_INFINITY]) expect(feed(silence).lossOf(caller)).toBeUndefined()
  })
  it('or has fewer rights than when his proof was made', () => {
    const at = (rightsVersion: number) => ({ ...caller, rightsVersion })
    expect(feed(5, { ...ada, rightsVersion: 3 }).lossOf(at(2))).toBe('rights')
    for (const version of [3, 4]) expect(feed(5, { ...ada, rightsVersion: 3 }).lossOf(at(version))).toBeUndefined()
    expect(feed(10_001, { ...ada, rightsVersion: 3 }).lossOf(at(2))).toBeUndefined()
  })
  it('is no service, and nobody without an account', () => {
    const { account: _, ...nameless } = caller
    expect(feed(5).lossOf(nameless)).toBeUndefined()
    expect(feed(5).lossOf({ ...caller, sub: 'service-account-trino' })).toBeUndefined()
  })
})
