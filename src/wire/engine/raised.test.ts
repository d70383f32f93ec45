import { expect, it } from 'vitest'
import { printRaised, type Raised, readRaised } from '#wire/engine/raised'

it.each<Raised>([
  { name: 'NOT_SUPPORTED', text: 'is not served here yet' },
  { name: 'INVALID_FUNCTION_ARGUMENT', text: `'instance' and "both"\nin two lines: of it` },
  { name: 'INVALID_FUNCTION_ARGUMENT', text: 'no such group', detail: 'no group 7 of "a"' },
  { name: 'INVALID_FUNCTION_ARGUMENT', text: '', detail: '' },
])('is read whole as it was written: %j', (raised) => {
  expect(readRaised(printRaised(raised))).toEqual(raised)
})

it('is not what a value in another error looks like', () => {
  expect(readRaised("Could not convert string 'AKKO:NOT_SUPPORTED:x' to INT32")).toBeUndefined()
})

it('keeps its texts apart, whatever they hold', () => {
  expect(readRaised(printRaised({ name: 'A', text: 'b\u001ec', detail: 'd\u001ee' }))).toEqual({ name: 'A', text: 'b c', detail: 'd e' })
})
