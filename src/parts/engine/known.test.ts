// Only what the door let through without a file is remembered, by its very text, and not for ever.
import { expect, it } from 'vitest'
import { createKnown } from '#parts/engine/known'

it('knows a text that was let through, and no other', () => {
  const known = createKnown()
  known.add('SELECT 1')
  expect(known.has('SELECT 1')).toBe(true)
  for (const other of ['SELECT 2', 'SELECT 1;', 'SELECT 1 ', 'select 1']) expect(known.has(other)).toBe(false)
})

it('keeps a bounded number of bounded texts', () => {
  const known = createKnown()
  const long = `SELECT '${'x'.repeat(5000)}'`
  known.add(long)
  known.add('SELECT 0')
  for (let i = 1; i <= 500; i++) known.add(`SELECT ${i}`)
  expect(known.has(long)).toBe(false)
  expect(known.has('SELECT 0')).toBe(false)
  expect(known.has('SELECT 500')).toBe(true)
})
