// As Trino 476 reads times and sizes, and writes them in its messages (asked of it).
import { expect, it } from 'vitest'
import { parseDataSize, parseDuration, printDataSize } from '#kit/quantity'

it.each([
  ['7d', 604_800_000, '7.00d'],
  ['90s', 90_000, '90.00s'],
  ['1.5m', 90_000, '1.50m'],
  [' 1.5 h ', 5_400_000, '1.50h'],
  ['250ms', 250, '250.00ms'],
  ['1.234567s', 1234.567, '1.23s'],
  ['0s', 0, '0.00s'],
])('the time %s', (text, value, printed) => {
  expect(parseDuration(text)).toEqual({ value, printed })
})

it.each([
  ['10B', 10, '10B'],
  ['01kB', 1024, '1kB'],
  ['1536B', 1536, '1536B'],
  ['1.50kB', 1536, '1.50kB'],
  ['1.005kB', 1029.12, '1.00kB'],
  ['2TB', 2 * 1024 ** 4, '2TB'],
])('the size %s', (text, value, printed) => {
  expect(parseDataSize(text)).toEqual({ value, printed })
})

it('what is none is told why', () => {
  for (const text of ['x', '5', '-1s', '', '1s s'])
    expect(parseDuration(text)).toBe(`duration is not a valid data duration string: ${text}`)
  for (const text of ['5', '-1MB', '10%', '']) expect(parseDataSize(text)).toBe(`size is not a valid data size string: ${text}`)
  for (const unit of ['w', 'M', 'GB']) expect(parseDuration(`1${unit}`)).toBe(`Unknown time unit: ${unit}`)
  for (const unit of ['mb', 'KB', 's', 'constructor']) expect(parseDataSize(`1 ${unit}`)).toBe(`Unknown unit: ${unit}`)
})

it.each([
  [0, '0B'],
  [1000, '1000B'],
  [1536 * 1024, '1.50MB'],
  [1024 ** 2, '1MB'],
  [20 * 1024 ** 3, '20GB'],
])('%d bytes are %s', (bytes, printed) => {
  expect(printDataSize(bytes)).toBe(printed)
})
