// Masks and row filters, judged as the door will read by them, before anybody does.
import { nearest } from '#kit/nearest'
import { Analysis, type Field, type Session, TooManySteps } from '#parts/sql/dialect/analysis'
import { scalars } from '#parts/sql/dialect/functions/index'
import { trinoKind, trinoNames } from '#parts/sql/dialect/functions/trino-functions'
import { filterTest, Misfit, maskValue, ruleContext } from '#parts/sql/dialect/relations'
import { hasRule } from '#parts/sql/dialect/special'
import { AkkoError, ColumnNotFound, NotSupported } from '#parts/sql/errors'
import type { Expression } from '#parts/sql/syntax/ast'
import { parseExpression } from '#parts/sql/syntax/statements'
import { nothing } from '#wire/duckdb/sql'
import { parseType, printType, type TrinoType } from '#wire/trino/type'

export type RuleUse = 'mask' | 'filter'

export interface Rule {
  readonly use: RuleUse
  /** Trino SQL over the columns of a table. */
  readonly text: string
  /** The column that is masked, or whose values mark the rows. */
  readonly column: string
}

export interface RuleColumn {
  readonly name: string
  /** Trino's text of it. */
  readonly type: string
}

/** What is wrong with it whatever the table is; undefined where a table may make it right. */
export function problemOfRule(rule: Rule): string | undefined {
  let tree: Expression
  try {
    tree = parseExpression(rule.text)
  } catch (error) {
    return `it is no SQL expression: ${plain(error as Error)}`
  }
  if (find(tree, (node) => 'query' in node)) return 'a query may not stand in it'
  const isText = (node: Node) => node.k === 'string' && String(node.value).includes(rule.column)
  if (find(tree, isText)) return `${rule.column} stands in a text, where it is not the column`
  return unknownFunction(tree) ?? ofAnyType(rule, tree)
}

/** What is wrong with it over the columns of this table: what its readers would be told. */
export function problemOfRuleOver(rule: Rule, columns: readonly RuleColumn[]): string | undefined {
  const known = columns.flatMap(({ name, type }) => typed(name, type))
  const type = known.find(({ name }) => name === rule.column)?.type
  if (type === undefined) return undefined
  const error = refusal(parseExpression(rule.text), rule.use, type, known)
  if (error === undefined) return undefined
  if (error instanceof Misfit) return `it is of the type ${printType(error.type)}, the column of the type ${printType(type)}`
  return `${plain(error)}${nearColumn(error, columns)}`
}

function nearColumn(error: Error, columns: readonly RuleColumn[]): string {
  const wanted = ColumnNotFound.is(error) ? String(error.values.name) : undefined
  const names = columns.map(({ name }) => name)
  return wanted === undefined ? '' : near(wanted, names, `; the columns are ${names.join(', ')}`)
}

const near = (word: string, known: readonly string[], otherwise = ''): string => {
  const found = nearest(word, known)
  return found === undefined ? otherwise : `; the nearest is ${found}`
}

/** Positions in it are those of a text that nobody wrote. */
const plain = ({ message }: Error): string => message.replace(/^line \d+:\d+: /, '')

interface Column {
  readonly name: string
  readonly type: TrinoType
}

/** None of a type of a connector's own. */
function typed(name: string, type: string): Column[] {
  try {
    return [{ name, type: parseType(type) }]
  } catch {
    return []
  }
}

const SESSION: Session = {
  caller: { sub: 'rules', roles: [], via: 'internal', requestId: 'rules' },
  catalog: undefined,
  schema: undefined,
  timeZone: 'UTC',
  now: new Date(0),
  version: '',
}

/** Expressions that are looked at. */
const STEPS = 100_000

function refusal(tree: Expression, use: RuleUse, type: TrinoType, columns: readonly Column[]): Error | undefined {
  const analysis = new Analysis(
    SESSION,
    () => {
      throw new Error('a rule has no tables')
    },
    [],
    STEPS,
  )
  const fields = columns.map((column): Field => ({ ...column, qualifier: [], sql: nothing, use: () => {} }))
  const ctx = ruleContext(analysis, fields)
  try {
    if (use === 'mask') maskValue(tree, type, ctx)
    else filterTest(tree, ctx)
    return undefined
  } catch (error) {
    if (error instanceof AkkoError || error instanceof Misfit) return error
    if (error instanceof TooManySteps) return undefined
    throw error
  }
}

/** What a column may be of, where its table is not known. */
const TYPES = [
  ...['varchar', 'varchar(40)', 'char(3)', 'integer', 'bigint', 'smallint', 'tinyint', 'double', 'real', 'decimal(12,2)', 'boolean'],
  ...['date', 'timestamp(6)', 'timestamp(6) with time zone', 'time(6)', 'uuid', 'varbinary', 'json', 'ipaddress'],
  ...['array(varchar)', 'array(bigint)', 'map(varchar,varchar)', 'interval day to second', 'interval year to month'],
]

/** A rule of this column alone that is wrong over each of them. Of fields, rows, and what Trino has and this engine has not, nothing is known. */
function ofAnyType({ use, column }: Rule, tree: Expression): string | undefined {
  const isOther = (node: Node) => node.k === 'name' && (node.name as { readonly text: string }).text !== column
  if (find(tree, (node) => isOther(node) || node.k === 'field' || node.k === 'lambda')) return undefined
  const refusals = TYPES.flatMap((name) => typed(column, name)).map((one) => refusal(tree, use, one.type, [one]))
  const [first] = refusals
  if (!first || refusals.some((error) => !error || error instanceof Misfit || NotSupported.is(error))) return undefined
  return `it fits a column of no type; over a varchar: ${plain(first)}`
}

type Node = Readonly<Record<string, unknown>>

/** The first node of the tree that is such a one. */
function find(node: unknown, isSuch: (node: Node) => boolean): Node | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  if (isSuch(node as Node)) return node as Node
  for (const inner of Object.values(node)) {
    const found = find(inner, isSuch)
    if (found) return found
  }
  return undefined
}

function unknownFunction(tree: Expression): string | undefined {
  const nameOf = (node: Node) => (node.name as readonly { readonly lower: string }[]).at(-1)?.lower ?? ''
  const found = find(tree, (node) => node.k === 'call' && !isKnown(nameOf(node)))
  return found && `there is no function ${nameOf(found)}${near(nameOf(found), trinoNames())}`
}

/** Forms of the grammar are calls of names that nobody can write. */
const isKnown = (name: string): boolean => name.startsWith('$') || trinoKind(name) !== undefined || scalars.has(name) || hasRule(name)
