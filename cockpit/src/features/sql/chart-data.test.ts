import { expect, it } from 'vitest'
import { chartData, firstMeasure, measures, ticks } from '~/features/sql/chart-data'

const columns = [
  { name: 'day', type: 'date' },
  { name: 'customer_id', type: 'bigint' },
  { name: 'amount', type: 'decimal(12,2)' },
]

it('finds measures, and prefers one that is not an id', () => {
  expect(measures(columns)).toEqual([1, 2])
  expect(firstMeasure(columns)).toBe(2)
  expect(firstMeasure(columns.slice(0, 2))).toBe(1)
  expect(firstMeasure(columns.slice(0, 1))).toBeUndefined()
})

it('draws a line where a time runs once, in its order', () => {
  const rows = [
    ['2026-01-02', 1, '20.50'],
    ['2026-01-01', 1, '10.00'],
    ['2026-01-03', 1, null],
  ]
  expect(chartData(columns, rows, 2)).toEqual({
    kind: 'line',
    points: [
      { label: '2026-01-01', value: 10 },
      { label: '2026-01-02', value: 20.5 },
    ],
    left: 1,
  })
})

it('draws bars for all else, in the order of the rows', () => {
  const keyed = [
    { name: 'month', type: 'timestamp(6) with time zone' },
    { name: 'city', type: 'varchar' },
    { name: 'n', type: 'bigint' },
  ]
  const rows = [
    ['2026-05-01 00:00:00.000000 UTC', 'Lyon', 3],
    ['2026-05-01 00:00:00.000000 UTC', null, 5],
  ]
  expect(chartData(keyed, rows, 2)).toEqual({
    kind: 'bars',
    points: [
      { label: '2026-05-01, Lyon', value: 3 },
      { label: '2026-05-01, –', value: 5 },
    ],
    left: 0,
  })
  expect(chartData([{ name: 'n', type: 'bigint' }], [[4]], 0).points[0]?.label).toBe('row 1')
})

it('says how many rows it leaves out', () => {
  const many = Array.from({ length: 150 }, (_, i) => ['x', i, i])
  expect(chartData([{ name: 'k', type: 'varchar' }, ...columns.slice(1)], many, 2)).toMatchObject({ kind: 'bars', left: 50 })
})

it('puts round ticks around the data', () => {
  expect(ticks(0, 87)).toEqual([0, 50, 100])
  expect(ticks(-3, 9)).toEqual([-5, 0, 5, 10])
  expect(ticks(0, 0.3)).toEqual([0, 0.1, 0.2, 0.3])
  expect(ticks(0, 0).at(-1)).toBeGreaterThanOrEqual(0)
})
