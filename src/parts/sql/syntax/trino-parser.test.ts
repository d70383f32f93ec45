// Our parser beside Trino's own, on statements made at random from Trino's grammar and from the corpus, whole and broken.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { compare, type Judged, type Ours, parse } from '#parts/sql/syntax/test-verdict'
import { judgedByTrino } from '#test/support/trino-parser'

const COUNT = 10_000
/** One each day in turn, beside the first. Another: AKKO_FUZZ_SEED=7. */
const PINNED = ['476', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13'] as const
const today = Math.floor(Date.now() / 86_400_000) % (PINNED.length - 1)
const SEEDS = [PINNED[0], process.env.AKKO_FUZZ_SEED ?? (PINNED[1 + today] as string)]

let lines: readonly (readonly string[])[]
beforeAll(async () => {
  const corpus = readFileSync(new URL('../dialect/corpus.ndjson', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  const given = corpus.map((line) => (JSON.parse(line) as { sql: string }).sql)
  lines = await judgedByTrino(COUNT, SEEDS, given)
}, 600_000)

describe('the parser', () => {
  it.each(SEEDS.map((seed, i) => [seed, i] as const))(
    `agrees with Trino's on ${COUNT} statements of seed %s: what is taken, and where the rest is wrong`,
    (seed, i) => {
      const judged = (lines[i] ?? []).map((line) => JSON.parse(line) as Judged)
      expect(judged).toHaveLength(COUNT)

      const counts = { same: 0, 'not supported': 0, unread: 0, 'place near': 0, lambda: 0, differs: 0 }
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
      console.log(`seed ${seed}: ${JSON.stringify({ ...counts, taken })}`)
      expect(differing.sort((a, b) => a.length - b.length).slice(0, 20)).toEqual([])
      // The judge is asked for something: a good part is taken by both, a good part refused by both, at the same place.
      expect(taken.ours).toBeGreaterThan(COUNT / 10)
      expect(counts.same).toBeGreaterThan(COUNT / 2)
      expect(counts['place near']).toBeLessThan(COUNT / 50)
      // What is not served, and what is refused at its first word where Trino reads on and finds it wrong.
      expect(counts['not supported']).toBeLessThan(COUNT / 9)
      expect(counts.unread).toBeLessThan(COUNT / 400)
      expect(counts.lambda).toBeLessThan(COUNT / 1000)
    },
    600_000,
  )
})
