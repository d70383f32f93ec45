// Our parser beside Trino's own, on statements made at random from Trino's grammar and from the corpus, whole and broken.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AkkoError } from '#kit/errors'
import { errorNameOf } from '#parts/sql/errors'
import { tokenize } from '#parts/sql/syntax/lexer'
import { parseStatement } from '#parts/sql/syntax/statements'
import { runWithTrinoParser } from '#test/support/jvm'

const COUNT = 20_000
/** Another run: AKKO_FUZZ_SEED=7. */
const SEED = process.env.AKKO_FUZZ_SEED ?? '476'

interface Judged {
  readonly sql: string
  /** Of Trino's error; undefined where it takes the statement. */
  readonly line?: number
  readonly column?: number
  readonly message?: string
}

interface Ours {
  readonly name: 'taken' | string
  readonly line?: number
  readonly column?: number
  readonly message?: string
}

function parse(sql: string): Ours {
  try {
    return { name: parseStatement(sql).k === 'unsupported' ? 'NOT_SUPPORTED' : 'taken' }
  } catch (error) {
    const { values, message } = error as AkkoError
    return { name: errorNameOf(error as AkkoError), line: values.line as number, column: values.column as number, message }
  }
}

/** What begins a part of a statement that Trino looks through as a whole before it takes it; where that fails, it blames the beginning. */
const LOOKED_THROUGH: ReadonlySet<string> = new Set(['.', '(', 'IN', 'NOT', 'OVER', 'ALL', 'ANY', 'SOME', 'WITH', 'FILTER'])

/** Where a lambda is an operand of BETWEEN or position(), its body reaches as far as it can; Trino tries where else it might end. */
const LAMBDA_OPERAND = /\b(?:BETWEEN|POSITION)\b.*->/is

type Verdict = 'same' | 'not supported' | 'place near' | 'lambda' | 'differs'

function compare(theirs: Judged, ours: Ours): Verdict {
  if (ours.name === 'NOT_SUPPORTED') return 'not supported'
  // A final semicolon is taken here, as Trino's own client takes it away.
  if (/;$/.test(theirs.sql) && ours.name === 'taken') return 'same'
  if (theirs.line === undefined) return ours.name === 'taken' ? 'same' : 'differs'
  if (ours.name !== 'SYNTAX_ERROR') return 'differs'
  if (theirs.line === ours.line && theirs.column === ours.column) return 'same'
  // Of several texts that fit the grammar and mean nothing, each may be the one that is named.
  if (![theirs.message, ours.message].some((text) => /mismatched input/.test(text ?? ''))) return 'place near'
  const tokens = tokenize(theirs.sql)
  const indexOf = (place: { line?: number; column?: number }) =>
    tokens.findIndex((token) => token.pos.line === place.line && token.pos.column === place.column)
  const [their, our] = [indexOf(theirs), indexOf(ours)]
  if (their < 0 || our < 0) return 'differs'
  // A name that can be none is refused by both; Trino may see more of the statement first.
  if (/identifiers/.test(ours.message ?? '')) return their > our ? 'place near' : 'differs'
  if (their === our + 1) return 'place near'
  return their < our && LOOKED_THROUGH.has(tokens[their]?.value ?? '') ? 'place near' : 'differs'
}

describe('the parser', () => {
  it(`agrees with Trino's on ${COUNT} statements (seed ${SEED}): what is taken, and where the rest is wrong`, async () => {
    const corpus = readFileSync(new URL('../dialect/corpus.ndjson', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
    const given = corpus.map((line) => (JSON.parse(line) as { sql: string }).sql)
    const judged = (await runWithTrinoParser('TrinoParserJudge', [SEED, String(COUNT)], given.join('\0')))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Judged)
    expect(judged).toHaveLength(COUNT)

    const counts = { same: 0, 'not supported': 0, 'place near': 0, lambda: 0, differs: 0 }
    const taken = { theirs: 0, ours: 0 }
    const differing: string[] = []
    for (const theirs of judged) {
      const ours = parse(theirs.sql)
      const found = compare(theirs, ours)
      const verdict = found === 'differs' && LAMBDA_OPERAND.test(theirs.sql) ? 'lambda' : found
      counts[verdict]++
      if (theirs.line === undefined) taken.theirs++
      if (ours.name === 'taken') taken.ours++
      const place = ({ line, column, message }: Judged | Ours) => (line === undefined ? 'taken' : `${line}:${column} ${message}`)
      if (verdict === 'differs') differing.push(`${theirs.sql}\n  Trino: ${place(theirs)}\n  ours: ${ours.name} ${place(ours)}`)
    }
    console.log(`seed ${SEED}: ${JSON.stringify({ ...counts, taken })}`)
    expect(differing.sort((a, b) => a.length - b.length).slice(0, 20)).toEqual([])
    // The judge is asked for something: a good part is taken by both, a good part refused by both, at the same place.
    expect(taken.ours).toBeGreaterThan(COUNT / 10)
    expect(counts.same).toBeGreaterThan(COUNT / 2)
    expect(counts['place near']).toBeLessThan(COUNT / 50)
    expect(counts.lambda).toBeLessThan(COUNT / 1000)
  }, 600_000)
})
