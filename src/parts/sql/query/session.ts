// Statements that change only what the client remembers: catalogue and schema, session properties, prepared statements.
import { randomUUID } from 'node:crypto'
import { intervalLiteral } from '#parts/sql/dialect/literals'
import { NotSupported, place, SchemaNotFound, sqlError } from '#parts/sql/errors'
import { canCast, constantOf } from '#parts/sql/query/constant'
import type { Execution } from '#parts/sql/query/context'
import { schemaName } from '#parts/sql/query/define'
import { packPrepared, preparedText } from '#parts/sql/query/prepared'
import { sessionProperty } from '#parts/sql/query/properties'
import { acknowledge } from '#parts/sql/query/table-output'
import type { Expression, Position, Statement } from '#parts/sql/syntax/ast'
import { offsetZone, zoneId } from '#wire/trino/zones'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

export async function use(s: Of<'use'>, x: Execution): Promise<void> {
  const { catalog, schema } = schemaName(x, s.catalog ? [s.catalog, s.schema] : [s.schema])
  const connector = x.deps.connectors[catalog]
  if (!connector && catalog !== 'system') throw sqlError('CATALOG_NOT_FOUND', undefined, `Catalog '${catalog}' not found`)
  if (connector && schema !== 'information_schema' && !(await connector.listSchemas(x.query.caller)).includes(schema))
    throw SchemaNotFound({ ...place(s.pos), name: `${catalog}.${schema}` })
  if (s.catalog) x.query.updates.catalog = catalog
  x.query.updates.schema = schema
  await acknowledge(x.query, 'USE')
}

export async function set(s: Of<'setSession' | 'resetSession' | 'setTimeZone'>, x: Execution): Promise<void> {
  if (s.k === 'setTimeZone') {
    if (s.zone) x.query.updates.setSession = { time_zone_id: zoneOf(s.zone, s.pos) }
    else x.query.updates.clearSession = ['time_zone_id']
    return acknowledge(x.query, 'SET TIME ZONE')
  }
  const name = s.name.map((n) => n.lower).join('.')
  const property = sessionProperty(name, x.deps.connectors, s.k === 'setSession' ? s.value.pos : s.pos)
  if (s.k === 'resetSession') {
    x.query.updates.clearSession = [name]
    return acknowledge(x.query, 'RESET SESSION')
  }
  const constant = constantOf(s.value, () => sqlError('INVALID_SESSION_PROPERTY', s.value.pos, 'A session property must be a constant'))
  const why =
    constant && property && !canCast(constant.type, property.type) ? `Cannot cast type ${constant.type} to ${property.type}` : undefined
  const cause = constant ? why : 'Session property value must not be null'
  if (!constant || cause !== undefined)
    throw sqlError(
      'INVALID_SESSION_PROPERTY',
      undefined,
      `Unable to set session property '${name}' to '${constant?.shown ?? 'null'}': ${cause}`,
    )
  const fault = property?.fault(constant.value)
  if (fault !== undefined) throw sqlError('INVALID_SESSION_PROPERTY', s.value.pos, fault)
  x.query.updates.setSession = { [name]: constant.value }
  await acknowledge(x.query, 'SET SESSION')
}

/** Refuses a session whose client set what does not exist, or set it to what it cannot be. */
export function checkSession(session: Readonly<Record<string, string>>, catalogs: object): void {
  for (const [name, value] of Object.entries(session)) {
    const fault = sessionProperty(name, catalogs)?.fault(value)
    if (fault !== undefined) throw sqlError('INVALID_SESSION_PROPERTY', undefined, `Session property '${name}' is invalid: ${fault}`)
  }
}

/** A name, or an interval of whole hours or minutes. */
function zoneOf(e: Expression, pos: Position): string {
  const text = e.k === 'string' ? zoneId(e.value) : e.k === 'interval' ? intervalZone(e) : undefined
  if (text === undefined)
    throw NotSupported({ ...place(pos), text: `SET TIME ZONE: ${e.k === 'string' ? e.value : 'this'} is no time zone` })
  return text
}

function intervalZone(e: Extract<Expression, { k: 'interval' }>): string | undefined {
  const { milliseconds } = intervalLiteral(e)
  return milliseconds === undefined || milliseconds % 60_000 !== 0 ? undefined : offsetZone(milliseconds / 60_000)
}

/** Every statement commits by itself. A transaction may be opened and committed around them; it cannot be rolled back. */
export async function transaction(s: Of<'startTransaction' | 'commit' | 'rollback'>, x: Execution): Promise<void> {
  if (s.k === 'startTransaction') {
    x.query.updates.startedTransaction = randomUUID()
    return acknowledge(x.query, 'START TRANSACTION')
  }
  if (x.query.client.transactionId === undefined) throw sqlError('NOT_IN_TRANSACTION', undefined, 'No transaction in progress')
  if (s.k === 'rollback') throw NotSupported({ ...place(s.pos), text: 'ROLLBACK is not supported: every statement commits by itself' })
  x.query.updates.clearTransaction = true
  await acknowledge(x.query, 'COMMIT')
}

export async function prepared(s: Of<'prepare' | 'deallocate'>, { query }: Execution): Promise<void> {
  if (s.k === 'prepare') {
    query.updates.addedPrepare = { [s.name.lower]: packPrepared(query.client, s.name.lower, s.sql) }
    return acknowledge(query, 'PREPARE')
  }
  preparedText(query.client, s.name)
  query.updates.deallocatedPrepare = [s.name.lower]
  await acknowledge(query, 'DEALLOCATE')
}
