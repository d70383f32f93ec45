// How the terminal tells a moment.
import { expect, it } from 'vitest'
import { moment } from '#cli/output'

it('a moment has its day and its zone, whatever the terminal speaks', () => {
  expect(moment(Date.UTC(2026, 10, 28, 21, 5, 7, 890))).toBe('2026-11-28T21:05:07Z')
})
