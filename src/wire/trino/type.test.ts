// Types of Trino: every text that is printed is parsed to the same, and the signature that drivers read.
import { describe, expect, it } from 'vitest'
import { displayType, parseType, printType, toSignature } from '#wire/trino/type'

describe('type texts', () => {
  it.each([
    'bigint',
    'varchar',
    'varchar(10)',
    'decimal(12,2)',
    'timestamp(6)',
    'timestamp(3) with time zone',
    'time(0)',
    'array(decimal(38,0))',
    'map(varchar, array(row(a bigint, "b c" varchar(3))))',
    'row(bigint, timestamp(6) with time zone)',
    'interval day to second',
  ])('%s', (text) => {
    expect(printType(parseType(text))).toBe(text)
  })

  it('have the defaults and aliases of Trino', () => {
    expect(
      ['int', 'decimal', 'decimal(5)', 'timestamp', 'TIMESTAMP WITH TIME ZONE', 'numeric(3, 1)', 'double precision'].map((t) =>
        printType(parseType(t)),
      ),
    ).toEqual(['integer', 'decimal(38,0)', 'decimal(5,0)', 'timestamp(3)', 'timestamp(3) with time zone', 'decimal(3,1)', 'double'])
    expect(() => parseType('nosuch')).toThrow('nosuch')
  })

  it('are shown to clients as Trino shows them', () => {
    expect(displayType(parseType('array(decimal(3,1))'))).toBe('array(decimal(3, 1))')
    expect(displayType(parseType('interval day to second'))).toBe('INTERVAL DAY TO SECOND')
  })
})

it('signatures name every part', () => {
  expect(toSignature(parseType('map(varchar, row(a decimal(3,1)))'))).toEqual({
    rawType: 'map',
    arguments: [
      { kind: 'TYPE', value: { rawType: 'varchar', arguments: [{ kind: 'LONG', value: 2147483647 }] } },
      {
        kind: 'TYPE',
        value: {
          rawType: 'row',
          arguments: [
            {
              kind: 'NAMED_TYPE',
              value: {
                fieldName: { name: 'a' },
                typeSignature: {
                  rawType: 'decimal',
                  arguments: [
                    { kind: 'LONG', value: 3 },
                    { kind: 'LONG', value: 1 },
                  ],
                },
              },
            },
          ],
        },
      },
    ],
  })
})
