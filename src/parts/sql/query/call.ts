// CALL: the procedures of the server itself, with Trino's words for what is wrong. They are one: a query is ended by who may.
import { attempt } from '#kit/access'
import { dictionary } from '#kit/dictionary'
import { AdministrativelyKilled, CatalogNotFound, NotSupported, place, sqlError } from '#parts/sql/errors'
import { canCast, constantOf } from '#parts/sql/query/constant'
import type { Execution } from '#parts/sql/query/context'
import { qualify } from '#parts/sql/query/resolve'
import { acknowledge } from '#parts/sql/query/table-output'
import { queryFor } from '#parts/sql/resource-kinds'
import { type CallArgument, canonical, type Statement } from '#parts/sql/syntax/ast'

type Call = Extract<Statement, { k: 'call' }>
/** Undefined for NULL, and for what is not given. */
type Values = Readonly<Record<string, string | undefined>>

interface Procedure {
  /** In their order; all are varchar. */
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[]
  run(x: Execution, values: Values): Promise<void>
}

const PROCEDURES = dictionary<Procedure>({
  'runtime.kill_query': {
    parameters: [
      { name: 'QUERY_ID', optional: false },
      { name: 'MESSAGE', optional: true },
    ],
    run: (x, { QUERY_ID, MESSAGE }) => killQuery(x, QUERY_ID, MESSAGE),
  },
})

export async function call(s: Call, x: Execution): Promise<void> {
  const {
    catalog,
    schema,
    table: name,
  } = qualify(
    s.name.map((part) => ({ ...part, pos: s.pos })),
    x.defaults,
  )
  if (catalog !== 'system' && !x.deps.connectors[catalog]) throw CatalogNotFound({ ...place(s.pos), name: catalog })
  const procedure = catalog === 'system' ? PROCEDURES[`${schema}.${name}`] : undefined
  if (!procedure) throw sqlError('PROCEDURE_NOT_FOUND', undefined, `Procedure not registered: ${schema}.${name}`)
  await procedure.run(x, valuesOf(s, procedure, name))
  await acknowledge(x.query, 'CALL')
}

function valuesOf(s: Call, { parameters }: Procedure, procedure: string): Values {
  const invalid = (text: string, { pos }: Pick<Call, 'pos'> = s) => sqlError('INVALID_ARGUMENTS', pos, text)
  if (s.arguments.some((a) => a.name) && s.arguments.some((a) => !a.name)) throw invalid('Named and positional arguments cannot be mixed')
  const given = new Map<string, CallArgument>()
  for (const [i, argument] of s.arguments.entries()) {
    const name = argument.name ? canonical(argument.name) : parameters[i]?.name
    if (name === undefined) throw invalid('Too many arguments for procedure')
    if (!parameters.some((known) => known.name === name)) throw invalid(`Unknown argument name: ${name}`, argument.name)
    if (given.has(name)) throw invalid(`Duplicate procedure argument: ${name}`, argument.name)
    given.set(name, argument)
  }
  for (const { name, optional } of parameters)
    if (!optional && !given.has(name)) throw invalid(`Required procedure argument '${name}' is missing`)
  return Object.fromEntries([...given].map(([name, argument]) => [name, textOf(argument, procedure)]))
}

function textOf({ value }: CallArgument, procedure: string): string | undefined {
  const constant = constantOf(value, () =>
    NotSupported({ ...place(value.pos), text: `an argument of ${procedure} that is not a literal is not served here` }),
  )
  if (constant && !canCast(constant.type, 'varchar'))
    throw sqlError('TYPE_MISMATCH', value.pos, `Cannot cast type ${constant.type} to varchar`)
  return constant?.value
}

async function killQuery(x: Execution, id: string | undefined, message: string | undefined): Promise<void> {
  const invalid = (text: string) => sqlError('INVALID_PROCEDURE_ARGUMENT', undefined, text)
  if (id === undefined) throw invalid('query_id cannot be null')
  if (id === '') throw invalid('id is empty')
  if (!/^[_a-z0-9]+$/.test(id)) throw invalid(`Invalid id ${id}`)
  const target = x.deps.queries().find((query) => query.id === id)
  if (!target) throw sqlError('NOT_FOUND', undefined, `Target query not found: ${id}`)
  const { caller } = x.query
  const { allow } = await attempt(x.deps.authoriser, caller, 'manage', queryFor(caller, target))
  if (!allow) throw sqlError('PERMISSION_DENIED', undefined, 'Access Denied: Cannot kill query')
  if (target.done) throw sqlError('NOT_SUPPORTED', undefined, `Target query is not running: ${id}`)
  target.fail(AdministrativelyKilled({ why: message ? `Message: ${message}` : 'No message provided.' }))
}
