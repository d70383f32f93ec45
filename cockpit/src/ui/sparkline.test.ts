import { expect, it } from 'vitest'
import { sparkPath, thin } from '~/ui/sparkline'

it('keeps the peaks when it thins', () => {
  expect(thin([1, 9, 1, 1, 1, 7], 3)).toEqual([9, 1, 7])
  expect(thin([3, 2], 10)).toEqual([3, 2])
})

it('draws from zero, left to right', () => expect(sparkPath([0, 10], 100, 11)).toBe('M0.0 11.0L100.0 1.0'))
