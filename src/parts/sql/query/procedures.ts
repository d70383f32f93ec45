// ALTER TABLE t EXECUTE: the procedures that keep a table healthy, asked for as Trino asks for them.

import { authorise, isRestricted } from '#kit/access'
import { own } from '#kit/own'
import { parseDataSize, parseDuration, type Quantity } from '#kit/quantity'
import { place, sqlError, TableNotFound } from '#parts/sql/errors'
import type { ProcedureValues, TableProcedure } from '#parts/sql/ports'
import type { Execution } from '#parts/sql/query/context'
import { absent, writable } from '#parts/sql/query/define'
import { type FullName, qualify, resolve } from '#parts/sql/query/resolve'
import { inSpool } from '#parts/sql/query/run'
import { answer } from '#parts/sql/query/table-output'
import { type CallArgument, canonical, type Statement } from '#parts/sql/syntax/ast'

type TableExecute = Extract<Statement, { k: 'tableExecute' }>

export async function executeProcedure(s: TableExecute, x: Execution): Promise<void> {
  const name = { ...qualify(s.name, x.defaults), pos: s.tablePos }
  const procedure = await allowed(s, name, x)
  if (s.where && !procedure.filtered) throw sqlError('NOT_SUPPORTED', s.pos, `WHERE not supported for procedure ${canonical(s.procedure)}`)
  if (s.where) throw sqlError('NOT_SUPPORTED', s.where.pos, `WHERE in ALTER TABLE EXECUTE ${s.procedure.lower} is not served here`)
  const given = { values: valuesOf(s, name.catalog, procedure), session: sessionOf(x, name.catalog) }
  await inSpool(x.deps, x.query, (context) => procedure.run(context, name.schema, name.table, given))
  x.query.updateType = 'ALTER TABLE EXECUTE'
  await answer(x.query, [['rows', 'bigint']], [])
}

/** The procedure, once the table is known to be there and the caller to see all of it and to have the right to write it. */
async function allowed(s: TableExecute, name: FullName, x: Execution): Promise<TableProcedure> {
  const missing = () => TableNotFound({ ...place(s.tablePos), name: `${name.catalog}.${name.schema}.${name.table}` })
  if (absent(x, name)) throw missing()
  const { connector, writes } = writable(x, name, 'table procedures')
  const info = await connector.table(x.query.caller, name.schema, name.table)
  if (info?.view) throw sqlError('NOT_SUPPORTED', s.pos, 'ALTER TABLE EXECUTE is not supported for views')
  if (!info) throw missing()
  await authorise(x.deps.authoriser, x.query.caller, 'write', { kind: 'table', path: [name.catalog, name.schema, name.table] })
  const found = await resolve(x.deps, x.query.caller, name)
  if (isRestricted(found)) {
    const what = found.rowFilters.length > 0 ? 'row filter' : 'column masks'
    throw sqlError('NOT_SUPPORTED', s.pos, `ALTER TABLE EXECUTE is not supported for table with ${what}`)
  }
  const wanted = canonical(s.procedure)
  const procedure = wanted === wanted.toUpperCase() ? own(writes.procedures ?? {}, wanted.toLowerCase()) : undefined
  if (!procedure) throw sqlError('PROCEDURE_NOT_FOUND', undefined, `Table procedure not registered: ${wanted}`)
  return procedure
}

function valuesOf(s: TableExecute, catalog: string, procedure: TableProcedure): ProcedureValues['values'] {
  const names = Object.keys(procedure.parameters)
  if (s.arguments.some((a) => a.name) && s.arguments.some((a) => !a.name))
    throw sqlError('INVALID_ARGUMENTS', s.pos, 'Named and positional arguments cannot be mixed')
  const values = new Map<string, Quantity>()
  for (const [i, argument] of s.arguments.entries()) {
    const name = argument.name?.lower ?? names[i]
    const { pos } = argument.name ?? argument.value
    if (name === undefined) throw sqlError('INVALID_ARGUMENTS', s.pos, 'Too many positional arguments')
    if (values.has(name)) throw sqlError('DUPLICATE_PROPERTY', pos, `Duplicate named argument: ${name}`)
    const property = `catalog '${catalog}' table procedure '${canonical(s.procedure)}' property '${name}'`
    const invalid = (text: string) => sqlError('INVALID_PROCEDURE_ARGUMENT', pos, text)
    const kind = own(procedure.parameters, name)
    if (!kind) throw invalid(`C${property.slice(1)} does not exist`)
    values.set(name, amountOf(argument, kind, property, invalid))
  }
  return Object.fromEntries(values)
}

function amountOf({ value }: CallArgument, kind: 'duration' | 'size', property: string, invalid: (text: string) => Error): Quantity {
  if (value.k === 'null') throw invalid(`Invalid null value for ${property} from [null]`)
  if (value.k === 'integer') throw invalid(`Invalid value for ${property}: Cannot convert [${value.value}] to varchar`)
  if (value.k !== 'string')
    throw sqlError('NOT_SUPPORTED', value.pos, 'an argument of a procedure that is not a literal is not served here')
  const read = (kind === 'duration' ? parseDuration : parseDataSize)(value.value)
  if (typeof read === 'string') throw invalid(`Unable to set ${property} to ['${value.value}']: ${read}`)
  return read
}

/** Without the catalogue's name before them. */
function sessionOf({ query }: Execution, catalog: string): Readonly<Record<string, string>> {
  const prefix = `${catalog}.`
  return Object.fromEntries(
    Object.entries(query.client.session).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  )
}
