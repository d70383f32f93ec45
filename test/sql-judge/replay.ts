// Asks a server of ours all statements that were recorded.
import { type Kept, kept } from '#test/sql-judge/answers'
import { type Verdict, verdict } from '#test/sql-judge/compare'
import { linesOf } from '#test/sql-judge/statements'
import { ask, type SqlServer } from '#test/support/trino'

export const KNOWN_FILE = new URL('./known.txt', import.meta.url)
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

/** What fails otherwise than in Trino and is not refused by name. */
export const faults = (judged: readonly Judged[]): string[] =>
  judged.flatMap(({ verdict, theirs }) => (verdict === 'error' ? [theirs.sql] : [])).sort()

export const known = (): string[] => linesOf(KNOWN_FILE)

export function shares(judged: readonly Judged[]): string {
  const counts = Map.groupBy(judged, (j) => j.verdict)
  const share = (verdict: Verdict) => {
    const n = counts.get(verdict)?.length ?? 0
    return `${n} ${verdict} (${((100 * n) / judged.length).toFixed(1)} %)`
  }
  return `${judged.length} statements as Trino 476 answers them: ${(['equal', 'refused', 'error', 'different'] as const).map(share).join(', ')}`
}
