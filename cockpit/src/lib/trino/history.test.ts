import { expect, it } from 'vitest'
import { parseTimestamp, toPastQuery } from '~/lib/trino/history'
import { groupFunctions } from '~/lib/trino/names'

it('reads the timestamps of the protocol', () => {
  const at = Date.UTC(2026, 10, 20, 23, 25, 5, 123)
  expect(parseTimestamp('2026-11-20 23:25:05.123456 UTC')).toBe(at)
  expect(parseTimestamp('2026-11-20 23:25:05.123')).toBe(at)
  expect(parseTimestamp('2026-11-21 00:25:05.123 +01:00')).toBe(at)
  expect([parseTimestamp('soon'), parseTimestamp(undefined)]).toEqual([undefined, undefined])
})

it('keeps absent figures absent', () => {
  const past = toPastQuery({ query_id: 'q', user: 'ada', query: 'SELECT 1', created: null, elapsed_ms: '12', rows: null, scanned_bytes: 0 })
  expect(past).toMatchObject({ queryId: 'q', elapsedMs: 12, rows: undefined, scannedBytes: 0, created: undefined, state: 'UNKNOWN' })
})

it('gathers the overloads of a function', () => {
  const rows = [
    ['abs', 'bigint', 'bigint', 'scalar', true, 'Absolute value'],
    ['abs', 'double', 'double', 'scalar', true, 'Absolute value'],
    ['now', 'timestamp(3) with time zone', '', 'scalar', false, ''],
  ]
  expect(groupFunctions(rows)).toEqual([
    { name: 'abs', signature: '(bigint) bigint +1', description: 'Absolute value' },
    { name: 'now', signature: '() timestamp(3) with time zone' },
  ])
})
