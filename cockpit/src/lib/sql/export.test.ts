import { expect, it } from 'vitest'
import type { Row } from '#wire/trino/protocol'
import { isNumeric, textOf, toCsv, toJson, toMarkdown } from '~/lib/sql/export'

const columns = [
  { name: 'name', type: 'varchar' },
  { name: 'amount', type: 'decimal(12,2)' },
  { name: 'name', type: 'varchar' },
]
const rows: Row[] = [
  ['a "b", c', '12.50', null],
  ['', '0.10', 'x|y\nz'],
]

it('writes CSV in which NULL and the empty text differ', () => {
  expect(toCsv(columns, rows)).toBe('name,amount,name\r\n"a ""b"", c",12.50,\r\n"",0.10,"x|y\nz"\r\n')
})

it('writes JSON without losing a repeated column', () => {
  expect(JSON.parse(toJson(columns, rows))).toEqual([
    { name: 'a "b", c', amount: '12.50', name_2: null },
    { name: '', amount: '0.10', name_2: 'x|y\nz' },
  ])
})

it('writes a Markdown table that survives pipes and line ends', () => {
  expect(toMarkdown(columns, rows)).toBe(
    '| name | amount | name |\n| --- | ---: | --- |\n| a "b", c | 12.50 | NULL |\n|  | 0.10 | x\\|y<br>z |\n',
  )
})

it('knows numbers by their type and prints structures as JSON', () => {
  expect(['bigint', 'decimal(38,0)', 'double', 'varchar(3)', 'timestamp(6)', 'interval day to second'].map(isNumeric)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  expect(textOf({ a: [1, null] })).toBe('{"a":[1,null]}')
})
