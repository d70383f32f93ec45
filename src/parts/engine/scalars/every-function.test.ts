// Each function of ours with a long text in each place of one: a row ends soon, by an answer or by a refusal.
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { OURS } from '#parts/engine/functions'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const LONG = 50_000
/** Microseconds of one row; a tenth of a second is aimed at for 100 kB. */
const CEILING = 5_000_000

/** Functions of regular expressions take steps that they count, and many for each letter. */
const LONG_OF_PATTERN = 10_000

const textsOf = (length: number): Readonly<Record<string, string>> => {
  const of = (piece: string) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
  return {
    'one letter': of('a'),
    'one letter and another': `${of('a')}b`,
    'digits and a bad end': `${of('1')}_`,
    'digits about a point': `${of('1')}.${of('1')}_`,
    'hexadecimal digits': `0x${of('a')}`,
    'an almost matching part': `${of('a').slice(length / 2)}b${of('a').slice(length / 2)}`,
    'nested brackets': `${of('[')}${of(']')}`,
    'JSON inside of JSON': `${of('[').slice(0, 900)}${of('1')}${of(']').slice(0, 900)}`,
    'a number of JSON': `[${of('9')}]`,
    'many numbers of JSON': `[${of('9,')}9]`,
    'nested brackets of a text': `POINT ${of('(')}`,
    'collections of geometries': of('GEOMETRYCOLLECTION ('),
    'points of a line': `LINESTRING (${of('1 2, 3 5, ')}4 4)`,
    spaces: of(' '),
    'spaces and a bad end': `1:1${of(' ')}x`,
    'spaces behind a date': `2024-01-01 ${of(' ')}\nx\ny`,
    lines: of('\n'),
    'two letters in turn': of('ab'),
    padding: `${of('=')}a`,
    escapes: of('%41'),
    backslashes: of('\\'),
    quotes: of("'"),
    'quoted JSON': `"${of('a')}`,
    'a URL of two fragments': `//${of('a')}##`,
    'a URL of labels': `http://${of('a-.')}`,
    'a port': `http://a:${of('8')}/`,
    'a query': `http://a/?${of('a=b&')}`,
    colons: of(':1'),
    'double colons': of('::'),
    'groups by name': `(?<a>b)${of('\\k<a>')}`,
    groups: `${of('(a?)')}`,
    braces: of('${'),
    'groups of a replacement': of('$0'),
    'patterns inside of patterns': `${of('(').slice(length / 2)}${of(')').slice(length / 2)}`,
    'letters of all kinds': of('aé💥'),
    'letters of a pattern of Joda': of('yxwMEZ'),
    'T of a moment': of('T'),
  }
}

/** Small values that functions take, so that they come to the long one. */
const SMALL: ReadonlyMap<DuckDBType, DuckDBValue> = new Map<DuckDBType, DuckDBValue>([
  [BIGINT, 1n],
  [INTEGER, 1],
  [TINYINT, 1],
  [HUGEINT, 1n],
  [DOUBLE, 1],
  [FLOAT, 1],
  [BOOLEAN, true],
  [BLOB, blobValue(new Uint8Array(16))],
])
const SMALL_TEXTS: readonly (readonly [of: RegExp, text: string])[] = [
  [/regexp/, '(?=a)a'],
  [/_st_|geometr|line_|simplify/, '["POINT",[[1,2]]]'],
  [/json_(size|extract|path)/, '[0]'],
  [/moment|local|instant|offset/, 'UTC'],
  [/far_text/, 'double'],
  [/word_stem/, 'en'],
  [/./, '='],
]

function smallOf(name: string, type: DuckDBType): DuckDBValue {
  if (type === VARCHAR) return SMALL_TEXTS.find(([of]) => of.test(name))?.[1] as string
  return SMALL.get(type) ?? listValue([])
}

const longOf = (type: DuckDBType, text: string): DuckDBValue | undefined =>
  type === VARCHAR
    ? text
    : type === BLOB
      ? blobValue(Buffer.from(text))
      : String(type) === String(LIST(VARCHAR))
        ? listValue([text])
        : undefined

/** A long text in each place with small values in the others; and in two places at once, where the second almost stands in the first. */
function rowsOf({ name, parameters }: Scalar, text: string): (readonly DuckDBValue[])[] {
  const small = parameters.map((type) => smallOf(name, type))
  const places = parameters.flatMap((type, place) => (longOf(type, text) === undefined ? [] : [place]))
  const rows = places.map((place) => small.with(place, longOf(parameters[place] as DuckDBType, text) as DuckDBValue))
  const [first, second] = places
  if (first === undefined || second === undefined) return rows
  const almost = `${text.slice(0, text.length / 4)}b${text.slice(0, text.length / 4)}`
  return [...rows, (rows[0] as DuckDBValue[]).with(second, longOf(parameters[second] as DuckDBType, almost) as DuckDBValue)]
}

interface Taken {
  readonly name: string
  readonly text: string
  readonly micros: number
}

function longest(scalar: Scalar): Taken[] {
  const call = scalar.of as unknown as (...row: readonly DuckDBValue[]) => unknown
  return Object.entries(textsOf(scalar.name.includes('regexp') ? LONG_OF_PATTERN : LONG)).map(([text, long]) => {
    let most = 0
    for (const row of rowsOf(scalar, long)) {
      const begin = process.threadCpuUsage()
      try {
        scalar.begin?.()
        call(...row)
      } catch (error) {
        // What is no refusal is a failure without a text, and still an end.
        if (!(error instanceof BadArgument || error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError))
          throw error
      }
      const { user, system } = process.threadCpuUsage(begin)
      most = Math.max(most, user + system)
    }
    return { name: scalar.name, text, micros: most }
  })
}

const takesTexts = OURS.filter(({ parameters }) => parameters.some((type) => longOf(type, '') !== undefined))

describe('a row of long texts ends soon', () => {
  const all: Taken[] = []
  it.each(takesTexts.map((scalar) => [scalar.name, scalar] as const))(
    'in %s',
    (_, scalar) => {
      const taken = longest(scalar)
      all.push(...taken)
      expect(taken.filter(({ micros }) => micros > CEILING)).toEqual([])
    },
    120_000,
  )

  it('in all of them that take any', () => {
    expect(takesTexts.length).toBeGreaterThan(80)
    expect(new Set(all.map(({ name }) => name)).size).toBe(takesTexts.length)
    const worst = all.toSorted((a, b) => b.micros - a.micros).slice(0, 10)
    console.info(worst.map(({ name, text, micros }) => `${(micros / 1e6).toFixed(2)} s ${name}: ${text}`).join('\n'))
  })
})
