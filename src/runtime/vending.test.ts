// Keys that are lent open the folder that was named, letter by letter, and nothing else.
import { expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { Secret } from '#kit/secret'
import { ownerPath } from '#runtime/key-owners'
import { createVend } from '#runtime/vending'
import { openSession } from '#wire/s3/session'

const sessionKey = new Secret('k'.repeat(32))
const PERSON = { id: 'a-1', username: 'ana', rightsVersion: 3, roles: [] }
const people = { named: (name: string) => (name === PERSON.username ? PERSON : undefined) }
const vend = createVend({ sessionKey, ttlSeconds: 60, client: {}, people, inForce: () => ({ revision }) })
let revision = 0
const caller = { sub: 'ana', account: 'a-1', rightsVersion: 2, roles: ['engineer'], via: 'bearer', requestId: 'r' } as const

async function session(uri: string, who: Caller = caller) {
  const keys = await vend(who)({ prefixes: [uri], mode: 'read' })
  return openSession(sessionKey, keys['s3.access-key-id'] as string, keys['s3.session-token'] as string)
}
const lent = async (uri: string) => (await session(uri))?.entitlements

it('to a person name the account and how often its rights had been narrowed, to others none', async () => {
  expect((await session('s3://lake/t/'))?.owner).toEqual({ path: ownerPath({ username: 'ana', account: 'a-1' }), rightsVersion: 2 })
  const others: Caller[] = [
    { ...caller, sub: 'service-account-x' },
    { sub: 'ana', roles: [], via: 'principal', requestId: 'r' },
  ]
  for (const who of others) expect(await session('s3://lake/t/', who)).not.toHaveProperty('owner')
})

it('name the account of whom nobody knows now: not heard of yet, disabled a moment ago, or with a name that is another’s', async () => {
  for (const who of [
    { ...caller, account: 'a-2' },
    { ...caller, sub: 'bea', account: 'b-1' },
  ])
    expect((await session('s3://lake/t/', who))?.owner?.path).toBe(ownerPath({ username: who.sub, account: who.account }))
  const odd = { ...caller, sub: 'service-account-ana' }
  const named = () => ({ id: 'a-1', username: odd.sub, rightsVersion: 0, roles: [] })
  const keys = await createVend({ sessionKey, ttlSeconds: 60, client: {}, people: { named }, inForce: () => ({ revision: 0 }) })(odd)({
    prefixes: ['s3://lake/t/'],
    mode: 'read',
  })
  expect(openSession(sessionKey, keys['s3.access-key-id'] as string, keys['s3.session-token'] as string)).toHaveProperty('owner')
})

it('are bound to the policy of before the question whether they may be lent', async () => {
  const lend = vend(caller)
  revision = 1
  const keys = await lend({ prefixes: ['s3://lake/t/'], mode: 'read' })
  revision = 0
  expect(openSession(sessionKey, keys['s3.access-key-id'] as string, keys['s3.session-token'] as string)?.owner?.rightsVersion).toBe(2)
})

const NAMES = ['t-1', '..?', '..#x', '#1', 'q?x', 'a%2525', '%6bpi-1', '%', 'a b', '..', 'ä']

it.each(NAMES)('for the folder %s', async (name) => {
  const objects = (await lent(`s3://lake/staging/${name}/`))?.filter((e) => e.kind === 'object')
  expect(objects).toEqual([{ kind: 'object', path: ['lake', `staging/${name}/`], actions: expect.any(Array) }])
})

it.each(['s3://lake/', 's3://lake', 's3://lake/staging', 'file:///lake/staging/', 'https://lake/staging/'])('never for %s', async (uri) => {
  await expect(lent(uri)).rejects.toMatchObject({ code: 'catalog.not_lendable' })
})
