// akko policy view-as: what somebody sees of the catalogues, or of one table with its first rows, asked at the SQL door as him.
import { nameIn, rolesIn, tokenFor, tokenOf } from '#cli/as-user'
import { print } from '#cli/commands/sql'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { allTables } from '#cli/policy/tables'
import { sqlSession } from '#cli/session'
import { authorise } from '#kit/access'
import { auditedAuthoriser } from '#kit/audit'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import { requestId } from '#kit/trace'
import { openAudit } from '#runtime/audit'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'
import { createPolicy, readInForce } from '#runtime/policy'
import { countsOf, knownTable, sightOf } from '#runtime/policy-sight'
import { thingOf } from '#runtime/policy-things'
import { createFileSecretStore } from '#runtime/secrets'
import { type Sight, seen, type TableForm } from '#wire/governance'
import type { SqlClient } from '#wire/trino/client'
import { quoteName } from '#wire/trino/names'

const NotTable = defineError('policy.not_table', 400, '{text} is no table', { hint: 'a table is catalog.schema.table' })

/** How many rows of a table are shown. */
const ROWS = 5

export async function viewAs(machine: Machine, flags: Flags, user: string, object: string | undefined): Promise<void> {
  await requireRunning(machine)
  await assertMayBe(machine, flags, user)
  const token = await tokenOf(machine, createFileSecretStore(machine.paths.secrets), user)
  const who = { user: nameIn(token), roles: rolesIn(token) }
  const client = await sqlSession(machine, { user })
  const policy = readInForce(machine)
  const see = (table: TableForm) => sightOf(policy, who, knownTable(table))
  if (object === undefined) await catalogues(client, flags, see)
  else await table(client, flags, object, see)
}

/** Who may act as somebody may see as him; on record before anything is shown, and so is a refusal. */
async function assertMayBe(machine: Machine, { user: _, ...others }: Flags, user: string): Promise<void> {
  const token = await tokenFor(machine, others)
  const audit = openAudit(machine, createFileSecretStore(machine.paths.secrets))
  try {
    const caller = { sub: nameIn(token), roles: rolesIn(token), via: 'bearer' as const, requestId: requestId() }
    const policy = auditedAuthoriser(createPolicy(machine).authoriser, { part: 'policy', audit })
    await authorise(policy, caller, 'impersonate', { kind: 'user', path: [user.toLowerCase()] })
  } finally {
    await audit.close()
  }
}

async function catalogues(client: SqlClient, flags: Flags, see: (table: TableForm) => Sight): Promise<void> {
  const { found, incomplete } = await allTables(client)
  const tables = found.map((form) => {
    const counts = countsOf(see(form))
    return { table: form.path.join('.'), sees: [...seen(counts)], writes: counts.writes }
  })
  if (flags.json) return printJson({ tables, incomplete })
  printTable(
    ['TABLE', 'SEES', 'WRITES'],
    tables.map(({ table: name, sees, writes }) => [name, sees.join(', '), writes ? 'yes' : '']),
  )
  for (const line of incomplete) say(line)
}

async function table(client: SqlClient, flags: Flags, object: string, see: (table: TableForm) => Sight): Promise<void> {
  const { kind, path } = thingOf(object)
  if (kind !== 'table') throw NotTable({ text: object })
  const name = path.map(quoteName).join('.')
  // Those that he may not select are not described to him either.
  const described = (await client.query(`DESCRIBE ${name}`)).rows.map(([column]) => quoteName(String(column)))
  const result = await client.query(`SELECT ${described.join(', ')} FROM ${name} LIMIT ${ROWS}`)
  const [catalog = '', schema = '', last = ''] = path
  const sight = see({ path: [catalog, schema, last], columns: result.columns })
  const columns = result.columns.map(({ name: column, type }) => ({ name: column, type, shown: own(sight.masks, column) ?? 'clear' }))
  const { part, rowFilters } = sight
  if (flags.json) return printJson({ columns, part, rowFilters, rows: result.rows })
  printTable(
    ['COLUMN', 'TYPE', 'SHOWN AS'],
    columns.map(({ name: column, type, shown }) => [column, type, shown]),
  )
  if (part) say('these columns alone can be selected')
  for (const filter of rowFilters) say(`only rows where ${filter}`)
  print(result, 'table')
}
