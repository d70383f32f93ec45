// akko sql: one or more statements through the same door as every client.
import { text } from 'node:stream/consumers'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { sqlSession } from '#cli/session'
import { defineError } from '#kit/errors'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { csvField } from '#wire/csv'
import type { SqlClient, SqlResult } from '#wire/trino/client'

const NoStatement = defineError('sql.no_statement', 400, 'there is no statement to run', {
  hint: "akko sql 'SHOW CATALOGS', or pipe one in",
})

const TwoStatements = defineError('sql.two_statements', 400, 'there is a statement, and another with --execute', {
  hint: "give one: akko sql 'SHOW CATALOGS'",
})

const OneAtATime = defineError('sql.SYNTAX_ERROR', 400, '{problem}', { hint: 'give one statement at a time, without a semicolon between' })

export async function sql(machine: Machine, flags: Flags, given?: string): Promise<void> {
  await requireRunning(machine)
  await runSql(flags, given, () => sqlSession(machine, flags))
}

/** One statement, of the arguments or of standard input, and its rows printed. */
export async function runSql(flags: Flags, given: string | undefined, open: () => Promise<SqlClient>): Promise<void> {
  const statement = (await statementOf(flags, given)).trim().replace(/;\s*$/, '')
  if (statement === '') throw NoStatement()
  const client = await open()
  const abort = new AbortController()
  // The query is told to end: it would go on for who is gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => abort.abort())
  const live = process.stderr.isTTY
  const result = await client
    .query(statement, {
      signal: abort.signal,
      onStats: (s) => {
        if (live)
          process.stderr.write(
            `\r${s.state?.toLowerCase()} ${((s.elapsedTimeMillis ?? 0) / 1000).toFixed(1)} s, ${(s.processedRows ?? 0).toLocaleString('en')} rows  `,
          )
      },
    })
    .catch((error: unknown) => {
      throw /mismatched input ';'/.test(String(error)) ? OneAtATime({ problem: (error as Error).message }, error) : error
    })
  if (live) process.stderr.write('\r\x1b[K')
  print(result, flags.json ? 'json' : String(flags.output))
}

async function statementOf({ execute }: Flags, given: string | undefined): Promise<string> {
  if (given !== undefined && execute !== undefined) throw TwoStatements()
  if (given !== undefined) return given
  if (typeof execute === 'string') return execute
  return process.stdin.isTTY ? '' : text(process.stdin)
}

export function print(result: SqlResult, form: string): void {
  if (form === 'json') {
    printJson({
      queryId: result.queryId,
      columns: result.columns.map(({ name, type }) => ({ name, type })),
      rows: result.rows,
      ...(result.updateCount === undefined ? {} : { updateCount: result.updateCount }),
    })
    return
  }
  if (result.updateType && result.columns.length === 0) {
    say(`${result.updateType}${result.updateCount === undefined ? '' : `: ${rows(result.updateCount)}`}`)
    return
  }
  const names = result.columns.map((c) => c.name)
  if (form === 'csv') {
    for (const row of [names, ...result.rows]) process.stdout.write(`${row.map(csv).join(',')}\n`)
    return
  }
  const numeric = result.columns.flatMap((c, i) => (/^(tinyint|smallint|integer|bigint|double|real|decimal)/.test(c.type) ? [i] : []))
  printTable(
    names,
    result.rows.map((row) => row.map((v) => (v === null ? 'NULL' : typeof v === 'object' ? JSON.stringify(v) : String(v)))),
    numeric,
  )
  say(`(${rows(result.rows.length)}, ${result.stats.elapsedTimeMillis} ms)`)
}

const rows = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`

function csv(value: unknown): string {
  if (value === null) return csvField(undefined)
  return csvField(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
