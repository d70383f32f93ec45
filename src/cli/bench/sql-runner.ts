// Statements over the protocol, by the lean client.
import type { HttpClient } from '#cli/bench/http'
import type { SuiteContext } from '#cli/bench/suites'
import { HOST, port } from '#runtime/machine'
import { printClientHeaders } from '#wire/trino/headers'
import type { Row } from '#wire/trino/protocol'
import { type Reply, runStatement, type Send } from '#wire/trino/statement'

export interface RunnerOptions extends Pick<SuiteContext, 'machine' | 'env' | 'http'> {
  readonly catalog?: string
  readonly schema?: string
}

/** Runs a statement to its end and gives its rows. The function throws QueryError. */
export function sqlRunner({ machine, env, http, catalog, schema }: RunnerOptions): (sql: string) => Promise<Row[]> {
  const context = printClientHeaders({ ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) })
  const server = {
    url: `http://${HOST}:${port(machine, 'sql')}`,
    user: env.AKKO_SQL_USER as string,
    headers: { ...context, authorization: `Bearer ${env.AKKO_SQL_TOKEN}` },
    send: sendOver(http),
    refusal: async (reply: Reply) => new Error(`the SQL server answered ${reply.status}`),
  }
  return async (sql) => {
    const rows: Row[] = []
    await runStatement({ ...server, sql, onUpdate: (update) => void rows.push(...update.rows) })
    return rows
  }
}

function sendOver(http: HttpClient): Send {
  return async (url, { method, headers, body }) => {
    const answer = await http.request(method, url, headers, body)
    return { ok: true, status: answer.status, headers: { get: () => null }, text: async () => answer.body.toString() }
  }
}
