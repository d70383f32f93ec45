// Our parser beside Trino's own, on statements made at random from Trino's grammar and from the corpus, whole and broken.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compare, type Judged, type Ours, parse } from '#parts/sql/syntax/test-verdict'
import { runWithTrinoParser } from '#test/support/jvm'

const COUNT = 20_000
/** Another run: AKKO_FUZZ_SEED=7. */
const SEED = process.env.AKKO_FUZZ_SEED ?? '476'

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
      const verdict = compare(theirs, ours)
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
