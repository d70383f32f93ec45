// Percentiles and thinning of what was measured.
import { expect, it } from 'vitest'
import { percentile, thin } from '#parts/cockpit/status'

it('percentiles are values that were measured', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect([percentile(values, 50), percentile(values, 95), percentile([7], 95)]).toEqual([50, 95, 7])
})

it('thinning keeps order, count and every spike', () => {
  const values = Array.from({ length: 450 }, (_, i) => (i === 333 ? 999 : 1))
  const points = thin(values, 60)
  expect([points.length, points.filter((p) => p === 999).length, points.indexOf(999)]).toEqual([60, 1, Math.floor((333 * 60) / 450)])
  expect(thin([3, 1, 2], 60)).toEqual([3, 1, 2])
})
