// By hand, when the statements or Trino change: asks the real Trino every statement and keeps its answers. `./akko run test/sql-judge/record.ts [URL]`; without one, it starts Trino itself.
import { existsSync, writeFileSync } from 'node:fs'
import { ANSWERS_FILE, answers, type Kept, kept } from '#test/sql-judge/answers'
import { FUNCTIONS_FILE, singles, statements } from '#test/sql-judge/statements'
import { freePort } from '#test/support/postgres'
import { ask, launchTrino, oneNode, type SqlServer } from '#test/support/trino'

/** An answer longer than this shows nothing that a shorter one does not. */
const LONGEST = 4000
const AT_ONCE = 4
const TOGETHER = 8
/** Of such casts the answer follows from the day. */
const OF_TODAY = /CAST\(TIME '[^']*' AS timestamp/

const port = await freePort()
const [, , given] = process.argv
const trino: SqlServer = { url: given ?? `http://127.0.0.1:${port}`, user: 'judge' }
const stop = given === undefined ? await launch() : async () => {}
try {
  const listed = await ask(trino, 'SHOW FUNCTIONS')
  const functions = new Set(listed.rows.map(([name, result, args, kind]) => JSON.stringify([name, result, args, kind])))
  writeFileSync(FUNCTIONS_FILE, `${[...functions].sort().join('\n')}\n`)
  await recordAll(statements())
} finally {
  await stop()
}

function launch(): Promise<() => Promise<void>> {
  return launchTrino({
    config: oneNode(trino.url, { 'query.min-expire-age': '1s' }),
    isReady: async () => (await ask(trino, 'SELECT count(*) FROM system.runtime.nodes')).error === undefined,
  })
}

/** What has no answer yet (to ask all anew, remove the file). Single expressions many at a time: where one fails, halves are asked, down to the one. */
async function recordAll(list: readonly string[]): Promise<void> {
  const lines = new Map<string, string | undefined>()
  for (const answer of existsSync(ANSWERS_FILE) ? answers() : []) lines.set(answer.sql, lineOf(answer))
  const missing = list.filter((sql) => !lines.has(sql))
  const one = singles().filter((sql) => !lines.has(sql))
  const together = new Set(one)
  const alone = missing.filter((sql) => !together.has(sql))
  const groups = Array.from({ length: Math.ceil(one.length / TOGETHER) }, (_, i) => one.slice(i * TOGETHER, (i + 1) * TOGETHER))
  const work = [...groups, ...alone.map((sql) => [sql])]
  const order = work.map((_, i) => i).sort((a, b) => (a % 101) - (b % 101) || a - b)
  let next = 0
  const worker = async () => {
    for (let n = next++; n < order.length; n = next++) {
      for (const answer of await askTogether(work[order[n] as number] as string[])) lines.set(answer.sql, lineOf(answer))
      if (n % 100 === 99) keep(lines, list)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  keep(lines, list)
}

async function askTogether(list: readonly string[]): Promise<Kept[]> {
  const [first] = list as [string]
  const answer = await ask(trino, list.length === 1 ? first : `SELECT ${list.map((sql) => sql.slice('SELECT '.length)).join(', ')}`)
  if (list.length === 1) return [kept(first, answer)]
  if (answer.error || answer.columns.length !== list.length) {
    const half = list.length >> 1
    return [...(await askTogether(list.slice(0, half))), ...(await askTogether(list.slice(half)))]
  }
  return list.map((sql, i) => kept(sql, { columns: [answer.columns[i] as never], rows: answer.rows.map((row) => [row[i] ?? null]) }))
}

function keep(lines: ReadonlyMap<string, string | undefined>, list: readonly string[]): void {
  const made = list.flatMap((sql) => lines.get(sql) ?? [])
  writeFileSync(ANSWERS_FILE, made.map((line) => `${line}\n`).join(''))
  process.stdout.write(`${made.length} of ${list.length}\n`)
}

/** A failure inside Trino is no answer, nor is that it is not ready. */
function lineOf(answer: Kept): string | undefined {
  if (/^(GENERIC_INTERNAL_ERROR|SERVER_STARTING_UP)$/.test(answer.error ?? '') || OF_TODAY.test(answer.sql)) return undefined
  const line = JSON.stringify(answer)
  return line.length > LONGEST ? undefined : line
}
