// By hand, when something of the dialect was changed: writes each statement whose answer is not Trino's, with both. `./akko run test/sql-judge/show.ts FILE [REGEXP]`; of those alone that REGEXP finds. Of all, it keeps what is refused, for the page of differences.
import { writeFileSync } from 'node:fs'
import { openBench, startSql } from '#parts/sql/testing'
import { answers } from '#test/sql-judge/answers'
import { keepRefusals, replay, shares } from '#test/sql-judge/replay'

const [, , file = '/dev/stdout', wanted = ''] = process.argv
const bench = await openBench()
const sql = await startSql(bench)
const judged = await replay(
  { url: sql.url, user: 'judge' },
  answers().filter((answer) => new RegExp(wanted).test(answer.sql)),
)
if (wanted === '') keepRefusals(judged)
await sql.stop()
await bench.close()
const lines = judged
  .filter(({ verdict }) => verdict !== 'equal')
  .map(
    ({ verdict, theirs: { sql: text, ...theirs }, ours: { sql: _, ...ours }, message }) =>
      `${JSON.stringify({ verdict, sql: text, theirs, ours, message })}\n`,
  )
writeFileSync(file, lines.join(''))
process.stdout.write(`${shares(judged)}\n`)
process.exit(0)
