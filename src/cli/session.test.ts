// A statement that takes longer than the token with which it began.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { renewing } from '#cli/session'
import type { Reply } from '#wire/trino/statement'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const tokenOf = (user: string, accessToken: string) => ({ user, accessToken, expiresIn: 300 })
const sent: (string | undefined)[] = []
const send = async (_: string, { headers }: { readonly headers: Readonly<Record<string, string>> }) => {
  sent.push(headers.authorization)
  return {} as Reply
}
const call = { method: 'GET', headers: { authorization: 'Bearer first', 'x-trino-user': 'ada' } } as const

it('goes on with the next one', async () => {
  const renew = vi.fn(async () => tokenOf('ada', `next ${renew.mock.calls.length}`))
  const ask = renewing(tokenOf('ada', 'first'), renew, send)
  for (const seconds of [0, 270, 15, 200, 100]) {
    vi.advanceTimersByTime(seconds * 1000)
    await ask('/', call)
  }
  expect(sent).toEqual(['Bearer first', 'Bearer first', 'Bearer next 1', 'Bearer next 1', 'Bearer next 2'])
})

it('is not another’s when somebody else logged in meanwhile', async () => {
  const ask = renewing(tokenOf('ada', 'first'), async () => tokenOf('bob', 'other'), send)
  vi.advanceTimersByTime(300_000)
  sent.length = 0
  await expect(ask('/', call)).rejects.toThrow('your login as ada has ended: bob logged in meanwhile')
  expect(sent).toEqual([])
})
