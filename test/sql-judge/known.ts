// By hand, when differences were mended or answers recorded anew: writes those that are left. `./akko run test/sql-judge/known.ts [FILE]`; FILE gets each with both answers.
import { writeFileSync } from 'node:fs'
import { openBench, startSql } from '#parts/sql/testing'
import { answers } from '#test/sql-judge/answers'
import { faults, KNOWN_FILE, replay, shares } from '#test/sql-judge/replay'

const bench = await openBench()
const sql = await startSql(bench)
const judged = await replay({ url: sql.url, user: 'judge' }, answers())
await sql.stop()
await bench.close()
writeFileSync(
  KNOWN_FILE,
  faults(judged)
    .map((line) => `${line}\n`)
    .join(''),
)
const [, , file] = process.argv
if (file)
  writeFileSync(
    file,
    judged
      .map(
        ({ verdict, theirs: { sql: text, ...theirs }, ours: { sql: _, ...ours }, message }) =>
          `${JSON.stringify({ verdict, sql: text, theirs, ours, message })}\n`,
      )
      .join(''),
  )
process.stdout.write(`${shares(judged)}\n`)
process.exit(0)
