// Keys that are lent open the folder that was named, letter by letter, and nothing else.
import { expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { createVend } from '#runtime/vending'
import { openSession } from '#wire/s3/session'

const sessionKey = new Secret('k'.repeat(32))
const vend = createVend({ sessionKey, ttlSeconds: 60, client: {} })

async function lent(uri: string) {
  const keys = await vend({ sub: 'ana', prefixes: [uri], mode: 'read' })
  return openSession(sessionKey, keys['s3.access-key-id'] as string, keys['s3.session-token'] as string)?.entitlements
}

const NAMES = ['t-1', '..?', '..#x', '#1', 'q?x', 'a%2525', '%6bpi-1', '%', 'a b', '..', 'ä']

it.each(NAMES)('for the folder %s', async (name) => {
  const objects = (await lent(`s3://lake/staging/${name}/`))?.filter((e) => e.kind === 'object')
  expect(objects).toEqual([{ kind: 'object', path: ['lake', `staging/${name}/`], actions: expect.any(Array) }])
})

it.each(['s3://lake/', 's3://lake', 's3://lake/staging', 'file:///lake/staging/', 'https://lake/staging/'])('never for %s', async (uri) => {
  await expect(lent(uri)).rejects.toMatchObject({ code: 'catalog.not_lendable' })
})
