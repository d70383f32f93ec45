import { describe, expect, it } from 'vitest'
import { NotAuthenticated } from '#kit/errors'
import { endedCheck, remember } from '#runtime/authenticator'
import { createEndedSet } from '#wire/oidc/ended'

const now = () => Math.floor(Date.now() / 1000)
const live = { sub: 'u1', sid: 's1', jti: 'j1', iat: now(), exp: now() + 60, akko_grant: 'g1', akko_version: 2 }

function counting(claims: object = live) {
  const verifier = {
    asked: 0,
    verify: async (token: string) => {
      verifier.asked++
      if (token === 'bad') throw NotAuthenticated({ reason: 'no' })
      return { claims: claims as typeof live, caller: { sub: 'ada', roles: [], via: 'bearer' as const, requestId: 'first' } }
    },
  }
  return verifier
}

describe('a remembered token', () => {
  it('is verified once, and carries the request id of each request', async () => {
    const verifier = counting()
    const authenticator = remember(verifier.verify)
    const [a, b] = [await authenticator.bearer('t'), await authenticator.bearer('t')]
    expect(verifier.asked).toBe(1)
    expect([a.sub, b.sub]).toEqual(['ada', 'ada'])
    expect(b.requestId).not.toBe(a.requestId)
  })
  it('is not believed beyond its end', async () => {
    const verifier = counting({ ...live, exp: now() - 1 })
    const authenticator = remember(verifier.verify)
    await authenticator.bearer('t')
    await authenticator.bearer('t')
    expect(verifier.asked).toBe(2)
  })
  it('is never remembered when it was refused', async () => {
    const verifier = counting()
    const authenticator = remember(verifier.verify)
    await expect(authenticator.bearer('bad')).rejects.toThrow('no')
    await expect(authenticator.bearer('bad')).rejects.toThrow('no')
    expect(verifier.asked).toBe(2)
  })
})

describe('a token that has ended', () => {
  it('is refused though it was remembered', async () => {
    const ended = createEndedSet()
    const verifier = counting()
    const authenticator = remember(verifier.verify, endedCheck({ has: ended.has, silence: () => 0, heard: Promise.resolve() }, 300))
    await authenticator.bearer('t')
    ended.add([{ kind: 'session', id: 's1' }])
    await expect(authenticator.bearer('t')).rejects.toThrow('its session has ended')
    expect(verifier.asked).toBe(1)
  })

  it.each([
    ['its session', { kind: 'session', id: 's1' }, true],
    ['another session', { kind: 'session', id: 's2' }, false],
    ['its grant', { kind: 'grant', id: 'g1' }, true],
    ['itself', { kind: 'token', id: 'j1' }, true],
    ['something of another kind with the same id', { kind: 'token', id: 's1' }, false],
    ['rights that it was made with', { kind: 'user', id: 'u1', below: 3 }, true],
    ['rights that were gone when it was made', { kind: 'user', id: 'u1', below: 2 }, false],
    ['its user', { kind: 'user', id: 'u1' }, true],
    ['another user', { kind: 'user', id: 'u2' }, false],
  ] as const)('%s', (_what, entry, ends) => {
    const ended = createEndedSet()
    ended.add([entry])
    expect(ended.has(live)).toBe(ends)
  })

  it('narrowed rights are never forgotten for older ones, and a token without a version is older than any', () => {
    const ended = createEndedSet()
    ended.add([{ kind: 'user', id: 'u1', below: 3 }])
    ended.add([{ kind: 'user', id: 'u1', below: 1 }])
    expect(ended.has(live)).toBe(true)
    expect(ended.has({ sub: 'u1' })).toBe(true)
    ended.add([{ kind: 'user', id: 'u1' }])
    expect(ended.has({ ...live, akko_version: 99 })).toBe(true)
  })

  it('while the identity part is not heard, only young tokens are believed', async () => {
    const check = endedCheck({ has: () => false, silence: () => 11_000, heard: Promise.resolve() }, 300)
    await check(live)
    await expect(check({ ...live, iat: now() - 301 })).rejects.toThrow('single sign-on does not answer')
    const never = endedCheck({ has: () => false, silence: () => Number.POSITIVE_INFINITY, heard: Promise.resolve() }, 300)
    await expect(never({ ...live, iat: now() - 301 })).rejects.toThrow('single sign-on does not answer')
  })
})
