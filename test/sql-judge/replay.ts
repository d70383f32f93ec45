// Asks a server of ours all statements that were recorded.
import { writeFileSync } from 'node:fs'
import { type Kept, kept } from '#test/sql-judge/answers'
import { type Verdict, verdict } from '#test/sql-judge/compare'
import { linesOf } from '#test/sql-judge/statements'
import { ask, type SqlServer } from '#test/support/trino'

const AT_ONCE = 8

export interface Judged {
  readonly verdict: Verdict
  readonly theirs: Kept
  readonly ours: Kept
  readonly message?: string
}

export async function replay(server: SqlServer, recorded: readonly Kept[]): Promise<Judged[]> {
  const judged: Judged[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < recorded.length; i = next++) {
      const theirs = recorded[i] as Kept
      const answer = await ask(server, theirs.sql)
      const ours = kept(theirs.sql, answer)
      judged[i] = { verdict: verdict(theirs, ours), theirs, ours, ...(answer.error ? { message: answer.error.message } : {}) }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return judged
}

const FILLERS = new Set('a an and are at by for here in is it no not of only or served than that the these this to with yet'.split(' '))
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z_0-9]{2,}/g) ?? []).flatMap((word) => (FILLERS.has(word) ? [] : [word, word.replace(/s$/, '')]))

/** A refusal holds a word of the statement. */
export function namesWhatItRefuses({ theirs, message = '' }: Judged): boolean {
  const statement = new Set(wordsOf(theirs.sql))
  return wordsOf(message).some((word) => statement.has(word))
}

export function shares(judged: readonly Judged[]): string {
  const counts = Map.groupBy(judged, (j) => j.verdict)
  const share = (verdict: Verdict) => {
    const n = counts.get(verdict)?.length ?? 0
    return `${n} ${verdict} (${((100 * n) / judged.length).toFixed(1)} %)`
  }
  return `${judged.length} statements as Trino 476 answers them: ${(['equal', 'refused', 'error', 'different'] as const).map(share).join(', ')}`
}

export interface Refusal {
  readonly sql: string
  readonly message: string
}

/** What is refused today, for the page of differences; kept in a file, since a document is not made by a replay. */
const REFUSED_FILE = new URL('./refused.ndjson', import.meta.url)

export const refusals = (): Refusal[] => linesOf(REFUSED_FILE).map((line) => JSON.parse(line) as Refusal)

export const refusalsOf = (judged: readonly Judged[]): Refusal[] =>
  judged
    .filter((j) => j.verdict === 'refused')
    .map(({ theirs: { sql }, message = '' }) => ({ sql, message: message.replace(/^line \d+:\d+: /, '') }))
    .sort((a, b) => (a.sql < b.sql ? -1 : 1))

export function keepRefusals(judged: readonly Judged[]): void {
  writeFileSync(
    REFUSED_FILE,
    refusalsOf(judged)
      .map((refusal) => `${JSON.stringify(refusal)}\n`)
      .join(''),
  )
}
