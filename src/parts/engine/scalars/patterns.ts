// Functions of regular expressions that DuckDB's library decides otherwise than Trino's.
import { BIGINT, BOOLEAN, type DuckDBListValue, INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api'
import { createBudget } from '#parts/engine/scalars/budget'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { Matcher, SPARE_STEPS } from '#wire/trino/pattern'
import { type Compiled, compilePattern } from '#wire/trino/pattern-compile'
import { BadPattern } from '#wire/trino/pattern-parser'

const MOST_KNOWN = 100
const known = new Map<string, Compiled>()

function compiled(pattern: string): Compiled {
  const made = known.get(pattern) ?? compilePattern(pattern)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(pattern, made)
  return made
}

/** Steps beyond those of the characters. */
const budget = createBudget({ row: SPARE_STEPS, chunk: 10 * SPARE_STEPS })

/** With the errors of a pattern as those of its function. */
const matching =
  <A extends readonly unknown[], R>(of: (matcher: Matcher, pattern: Compiled, ...args: A) => R) =>
  (text: string, pattern: string, ...args: A): R => {
    try {
      const made = compiled(pattern)
      budget.beginRow()
      const matcher = new Matcher(made, text, budget.left)
      const result = of(matcher, made, ...args)
      budget.spend(matcher.overrun, 'a regular expression of so many steps')
      return result
    } catch (error) {
      if (!(error instanceof BadPattern)) throw error
      throw new BadArgument(error.message, error.malformed ? 'INVALID_FUNCTION_ARGUMENT' : 'NOT_SUPPORTED', error.detail)
    }
  }

function groupOf({ pattern }: Compiled, group: bigint): number {
  if (group < 0n || group > BigInt(pattern.groups))
    throw new BadArgument('Pattern has no such group', undefined, `Pattern has ${pattern.groups} groups. Cannot access group ${group}`)
  return Number(group)
}

function extract(matcher: Matcher, pattern: Compiled, group: bigint): string | undefined {
  const index = groupOf(pattern, group)
  const match = matcher.search(0)
  return match && matcher.group(match, index)
}

function count(matcher: Matcher): bigint {
  let found = 0n
  for (const _ of matcher.all()) found++
  return found
}

function extractAll(matcher: Matcher, pattern: Compiled, group: bigint): DuckDBListValue {
  const index = groupOf(pattern, group)
  const found: (string | null)[] = []
  for (const match of matcher.all()) found.push(matcher.group(match, index) ?? null)
  return listValue(found)
}

const illegal = () => new BadArgument('Illegal replacement sequence')

/** A text, or the number of a group. */
type Piece = string | number

/** `$1`, `${name}` and what is escaped. */
function piecesOf(replacement: string, { pattern }: Compiled): Piece[] {
  const pieces: Piece[] = []
  let text = ''
  const at = /\$(?:(\d)|\{([^}]*)\})|\\([\s\S])|([^$\\]+)|([\s\S])/gy
  for (let part = at.exec(replacement); part; part = at.exec(replacement)) {
    const [, digit, name, escaped, plain] = part
    if (plain !== undefined || escaped !== undefined) {
      text += plain ?? escaped
      continue
    }
    let index = digit === undefined ? pattern.names.get(name ?? '') : Number(digit)
    if (index === undefined || index > pattern.groups) throw illegal()
    for (let next = replacement[at.lastIndex]; digit !== undefined && /^\d$/.test(next ?? ''); next = replacement[at.lastIndex]) {
      if (index * 10 + Number(next) > pattern.groups) break
      index = index * 10 + Number(next)
      at.lastIndex++
    }
    if (text !== '') pieces.push(text)
    text = ''
    pieces.push(index)
  }
  return text === '' ? pieces : [...pieces, text]
}

/** Steps of what is put into a text: what is longer than these for each of its characters counts. */
const STEPS_OF_ONE = 20
const LETTERS_OF_STEP = 64

function replace(matcher: Matcher, pattern: Compiled, replacement: string): string {
  let [made, last] = ['', 0]
  let free = STEPS_OF_ONE * matcher.points.length
  const put = (text: string, steps: number) => {
    free -= 1 + steps
    if (free < 0) budget.spend(-free, 'regexp_replace by so long a text')
    free = Math.max(0, free)
    made += text
  }
  let pieces: Piece[] | undefined
  for (const match of matcher.all()) {
    const [begin, end] = match as [number, number]
    made += matcher.text(last, begin)
    pieces ??= piecesOf(replacement, pattern)
    for (const piece of pieces) {
      const text = typeof piece === 'string' ? piece : (matcher.group(match, piece) ?? '')
      put(text, Math.ceil(text.length / (typeof piece === 'string' ? LETTERS_OF_STEP : 1)))
    }
    last = end
  }
  return made + matcher.text(last, matcher.points.length)
}

function split(matcher: Matcher): DuckDBListValue {
  const parts: string[] = []
  let last = 0
  for (const match of matcher.all()) {
    const [begin, end] = match as [number, number]
    parts.push(matcher.text(last, begin))
    last = end
  }
  return listValue([...parts, matcher.text(last, matcher.points.length)])
}

/** What is before each match, with its groups behind it; and what is behind the last one. */
function parts(matcher: Matcher, { pattern }: Compiled): DuckDBListValue {
  const found: DuckDBListValue[] = []
  let last = 0
  for (const match of matcher.all()) {
    const [begin, end] = match as [number, number]
    const groups = Array.from({ length: pattern.groups }, (_, i) => matcher.group(match, i + 1) ?? null)
    budget.spend(pattern.groups, 'regexp_replace with so many groups')
    found.push(listValue([matcher.text(last, begin), ...groups]))
    last = end
  }
  return listValue([...found, listValue([matcher.text(last, matcher.points.length)])])
}

function position(matcher: Matcher, _: Compiled, start: bigint, occurrence: bigint): number {
  if (start < 1n) throw new BadArgument('start position cannot be smaller than 1')
  if (occurrence < 1n) throw new BadArgument('occurrence cannot be smaller than 1')
  if (start > BigInt(matcher.points.length)) return -1
  let left = occurrence
  for (const [begin] of matcher.all(Number(start) - 1)) if (--left === 0n) return (begin as number) + 1
  return -1
}

const of = (name: string, others: Scalar['parameters'], result: Scalar['result'], call: Scalar['of']): Scalar => ({
  name: `trino_regexp_${name}`,
  parameters: [VARCHAR, VARCHAR, ...others],
  result,
  begin: budget.beginChunk,
  of: call,
})

export const PATTERNS: readonly Scalar[] = [
  of(
    'like',
    [],
    BOOLEAN,
    matching((matcher) => matcher.search(0) !== undefined),
  ),
  of('count', [], BIGINT, matching(count)),
  of('extract', [BIGINT], VARCHAR, matching(extract)),
  of('extract_all', [BIGINT], LIST(VARCHAR), matching(extractAll)),
  of('replace', [VARCHAR], VARCHAR, matching(replace)),
  of('split', [], LIST(VARCHAR), matching(split)),
  of('parts', [], LIST(LIST(VARCHAR)), matching(parts)),
  of('position', [BIGINT, BIGINT], INTEGER, matching(position)),
]
