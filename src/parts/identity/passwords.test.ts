// Password hashes and the delay after failures.
import { describe, expect, it } from 'vitest'
import { checkPassword, hashPassword } from '#parts/identity/passwords'
import { delayAfter } from '#parts/identity/store/failures'

describe('passwords', () => {
  it('are Argon2id with a salt of their own', async () => {
    const [a, b] = await Promise.all([hashPassword('secret'), hashPassword('secret')])
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(a).not.toBe(b)
    expect(await checkPassword('secret', a)).toBe(true)
    expect(await checkPassword('Secret', a)).toBe(false)
  })
  it('nobody logs in without a hash, not even with the decoy’s password', async () => {
    expect(await checkPassword('nobody has this password', undefined)).toBe(false)
  })
})

describe('the delay', () => {
  it('is nothing for the free attempts, then doubles up to a minute', () => {
    expect([0, 4, 5, 6, 8, 11, 40].map((n) => delayAfter(n, 5))).toEqual([0, 0, 1, 2, 8, 60, 60])
  })
})
