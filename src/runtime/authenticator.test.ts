import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Authenticator } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { remember } from '#runtime/authenticator'

const token = (seconds: number) =>
  new SignJWT({ n: Math.random() })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new Uint8Array(32))

function counting(): Authenticator & { asked: number } {
  const verifier = {
    asked: 0,
    bearer: async (t: string) => {
      verifier.asked++
      if (t.startsWith('bad')) throw NotAuthenticated({ reason: 'no' })
      return { sub: 'ada', roles: [], via: 'bearer' as const, requestId: 'first' }
    },
  }
  return verifier
}

describe('a remembered token', () => {
  it('is verified once, and carries the request id of each request', async () => {
    const verifier = counting()
    const authenticator = remember(verifier)
    const live = await token(60)
    const [a, b] = [await authenticator.bearer(live), await authenticator.bearer(live)]
    expect(verifier.asked).toBe(1)
    expect([a.sub, b.sub]).toEqual(['ada', 'ada'])
    expect(b.requestId).not.toBe(a.requestId)
  })
  it('is not believed beyond its end', async () => {
    const verifier = counting()
    const authenticator = remember(verifier)
    const ended = await token(-1)
    await authenticator.bearer(ended)
    await authenticator.bearer(ended)
    expect(verifier.asked).toBe(2)
  })
  it('is never remembered when it was refused', async () => {
    const verifier = counting()
    const authenticator = remember(verifier)
    await expect(authenticator.bearer('bad')).rejects.toThrow('no')
    await expect(authenticator.bearer('bad')).rejects.toThrow('no')
    expect(verifier.asked).toBe(2)
  })
})
