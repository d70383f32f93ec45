import { expect, it } from 'vitest'
import { keyOf, type TreeSource, treeLines } from '~/features/sql/tree-model'

const transactions = { catalog: 'iceberg', schema: 'banking', table: 'transactions' }
const source: TreeSource = {
  catalogs: ['iceberg', 'banking', 'rag'],
  tables: (c) =>
    c === 'iceberg'
      ? { data: [transactions, { catalog: 'iceberg', schema: 'analytics', table: 'daily' }] }
      : c === 'rag'
        ? { error: new Error('down') }
        : {},
  schemas: () => ({ data: ['staging'] }),
  columns: () => ({ data: [{ name: 'id', type: 'bigint' }] }),
}
const names = (open: string[], filter = '') => treeLines(source, new Set(open), filter).map((l) => `${l.level}${l.kind}:${l.name}`)

it('shows only catalogues until one is opened', () => expect(names([])).toEqual(['1catalog:iceberg', '1catalog:banking', '1catalog:rag']))

it('opens schemas, empty ones too, tables and columns', () => {
  expect(names(['iceberg', keyOf.schema('iceberg', 'banking'), keyOf.schema('iceberg', 'staging'), keyOf.table(transactions)])).toEqual([
    '1catalog:iceberg',
    '2schema:analytics',
    '2schema:banking',
    '3table:transactions',
    '4column:id',
    '2schema:staging',
    '3empty:No tables',
    '1catalog:banking',
    '1catalog:rag',
  ])
})

it('says what loads and what failed, each in its place', () => {
  expect(names(['banking', 'rag'])).toEqual([
    '1catalog:iceberg',
    '1catalog:banking',
    '2loading:Loading',
    '1catalog:rag',
    '2failed:Not readable now',
  ])
})

it('opens around what the filter finds', () => {
  expect(names([], 'trans')).toEqual([
    '1catalog:iceberg',
    '2schema:banking',
    '3table:transactions',
    '1catalog:banking',
    '2loading:Loading',
    '1catalog:rag',
    '2failed:Not readable now',
  ])
})
