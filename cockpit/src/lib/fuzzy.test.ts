import { expect, it } from 'vitest'
import { fuzzyFilter, fuzzyScore } from '~/lib/fuzzy'

it('finds by beginnings of words, prefers whole hits', () => {
  const tables = ['banking.public.accounts', 'iceberg.banking.transactions', 'banking.public.transactions_old']
  expect(fuzzyFilter(tables, 'ibt', (t) => t)[0]).toBe('iceberg.banking.transactions')
  expect(fuzzyFilter(tables, 'trans', (t) => t)[0]).toBe('banking.public.transactions_old')
  expect(fuzzyScore('zzz', 'iceberg')).toBeUndefined()
  expect(fuzzyFilter(tables, '', (t) => t)).toEqual(tables)
})
