import { expect, it } from 'vitest'
import { isEmail } from '#parts/identity/email'
import { ADDRESSES } from '#parts/identity/test-emails'

it.each(Object.entries(ADDRESSES))('%j is an address: %j', (address, wanted) => {
  expect(isEmail(address)).toBe(wanted)
})
