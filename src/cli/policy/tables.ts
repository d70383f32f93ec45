// The tables that somebody is told of, with their columns, as the SQL door lists them.
import { nameIn, rolesIn, tokenFor } from '#cli/as-user'
import { sqlSession } from '#cli/session'
import { defineError, describeError } from '#kit/errors'
import { own } from '#kit/own'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { readInForce } from '#runtime/policy'
import { judgeByTables } from '#runtime/policy-tables'
import { createFileSecretStore } from '#runtime/secrets'
import { coverableBuckets } from '#runtime/user-keys'
import type { TableForm } from '#wire/governance'
import type { SqlClient } from '#wire/trino/client'
import { plainName } from '#wire/trino/names'

/** How many columns of a catalogue are looked at: of more, the tables with the first are told, and that there are others. */
const MOST_COLUMNS = 20_000

export interface FoundTables {
  readonly found: readonly TableForm[]
  /** The catalogues of which everything is there. */
  readonly whole: readonly string[]
  /** `catalogue.schema`, of these catalogues; also those without a table. */
  readonly schemas: readonly string[]
  /** Of each other catalogue, what is missing and why. */
  readonly incomplete: readonly string[]
}

export async function allTables(client: SqlClient): Promise<FoundTables> {
  const { rows } = await client.query('SHOW CATALOGS')
  const found: TableForm[] = []
  const whole: string[] = []
  const schemas: string[] = []
  const incomplete: string[] = []
  for (const catalog of rows.map(([name]) => String(name)).filter((name) => name !== 'system')) {
    try {
      const tables = await tablesOf(client, catalog)
      if (tables.reduce((sum, { columns }) => sum + columns.length, 0) > MOST_COLUMNS) {
        tables.pop() // its columns may not all be there
        incomplete.push(`${catalog}: only the first ${tables.length} tables`)
      } else {
        const { rows: names } = await client.query(`SHOW SCHEMAS FROM ${plainName(catalog)}`)
        schemas.push(...names.map(([name]) => `${catalog}.${name}`))
        whole.push(catalog)
      }
      found.push(...tables)
    } catch (error) {
      incomplete.push(`${catalog}: ${describeError(error)}`)
    }
  }
  return { found, whole, schemas, incomplete }
}

/** With the columns that he is told of. */
async function tablesOf(client: SqlClient, catalog: string): Promise<TableForm[]> {
  const { rows } = await client.query(
    `SELECT table_schema, table_name, column_name, data_type FROM ${plainName(catalog)}.information_schema.columns ` +
      `WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name, ordinal_position LIMIT ${MOST_COLUMNS + 1}`,
  )
  const forms = new Map<string, { path: [string, string, string]; columns: { name: string; type: string }[] }>()
  for (const [schema, name, column, type] of rows.map((row) => row.map(String)) as [string, string, string, string][]) {
    const key = JSON.stringify([schema, name])
    const form = forms.get(key) ?? { path: [catalog, schema, name], columns: [] }
    form.columns.push({ name: column, type })
    forms.set(key, form)
  }
  return [...forms.values()]
}

/** Judges by all tables that there are, as who may see them all. */
export async function tableJudge(machine: Machine) {
  await requireRunning(machine)
  const token = await tokenFor(machine, {})
  const { model } = readInForce(machine)
  if (!rolesIn(token).some((role) => own(model.roleGrants, role)?.all)) throw SeesNotAll({ user: nameIn(token) })
  const { found, whole, schemas, incomplete } = await allTables(await sqlSession(machine, {}))
  const notices = [...incomplete]
  const buckets = await coverableBuckets(machine, createFileSecretStore(machine.paths.secrets))
  const judge = judgeByTables({ catalogs: whole, schemas, tables: found, buckets }, (text) => notices.push(text))
  return { judge, notices }
}

const SeesNotAll = defineError('policy.sees_not_all', 403, '{user} is told of a part of the tables: nothing can be said of the others', {
  hint: 'whose role has `all: true` may check by the tables; `akko logout`, or unset AKKO_USER',
})
