// Only what the door let through without a file is remembered, by its very text, and not for ever.
import { expect, it } from 'vitest'
import { createKnown } from '#parts/engine/known'

it('knows a text that was let through, and no other', () => {
  const known = createKnown()
  known.admit('SELECT 1')
  expect(known.admitted('SELECT 1')).toBe(true)
  for (const other of ['SELECT 2', 'SELECT 1;', 'SELECT 1 ', 'select 1']) expect(known.admitted(other)).toBe(false)
  known.describe('SELECT 1', [{ name: '1', type: 'INTEGER' }])
  expect(known.columns('SELECT 1')).toEqual([{ name: '1', type: 'INTEGER' }])
})

it('keeps a bounded number of bounded texts', () => {
  const known = createKnown()
  const long = `SELECT '${'x'.repeat(5000)}'`
  known.admit(long)
  known.admit('SELECT 0')
  for (let i = 1; i <= 500; i++) known.admit(`SELECT ${i}`)
  expect(known.admitted(long)).toBe(false)
  expect(known.admitted('SELECT 0')).toBe(false)
  expect(known.admitted('SELECT 500')).toBe(true)
})
