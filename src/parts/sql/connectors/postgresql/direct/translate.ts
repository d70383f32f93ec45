// Masks and row filters, which are Trino's SQL, as PostgreSQL's: only what both answer alike for every value. The rest is refused by name, never shown otherwise.
import pg from 'pg'
import type { PgColumn } from '#parts/sql/connectors/postgresql/types'
import type { Call, CompareOp, Expression } from '#parts/sql/syntax/ast'
import { parseExpression } from '#parts/sql/syntax/statements'

type Base = 'varchar' | 'boolean' | 'smallint' | 'integer' | 'bigint' | 'date' | 'timestamp' | 'varbinary' | 'null'

interface Value {
  readonly sql: string
  readonly base: Base
  /** Of a varchar: most characters that it has, where that is known. */
  readonly most?: number
  /** Letters of ASCII alone: both servers write those in lower case alike. */
  readonly ascii?: true
  /** Of a literal. */
  readonly text?: string
  readonly number?: number
}

/** Why a mask or a filter is not served to clients of PostgreSQL. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable'
}

const refuse = (what: string): never => {
  throw new Untranslatable(what)
}

type Columns = readonly PgColumn[]

/** A boolean. @throws Untranslatable */
export function translateFilter(text: string, columns: Columns): string {
  const value = translate(parsed(text), columns)
  return value.base === 'boolean' ? value.sql : refuse('a filter that is no boolean')
}

/** A value of the column's own type. @throws Untranslatable */
export function translateMask(text: string, column: PgColumn, columns: Columns): string {
  const tree = parsed(text)
  // Whatever the type is, its name and settings among them.
  if (tree.k === 'null') return `CASE WHEN false THEN ${pg.escapeIdentifier(column.name)} END`
  const type = typeOf(column) ?? refuse(`a mask of a column of the type ${column.typname}`)
  const value = translate(tree, columns)
  if (value.base === 'null') return refuse('a mask that is always NULL in other words')
  const fits = type.base === value.base || (type.base === 'bigint' && isInteger(value))
  const isTooLong = type.most !== undefined && (value.most ?? Number.POSITIVE_INFINITY) > type.most
  if (!fits || isTooLong) return refuse(`a mask of the type ${value.base} of a column of the type ${column.typname}`)
  const spelled = column.typname === 'text' ? 'text' : SPELLED[type.base]
  return `(${value.sql})::${spelled}${type.most === undefined ? '' : `(${type.most})`}`
}

const SPELLED: Readonly<Record<Base, string>> = {
  varchar: 'varchar',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  date: 'date',
  timestamp: 'timestamp',
  varbinary: 'bytea',
  null: 'text',
}

const TYPES: ReadonlyMap<string, Base> = new Map([
  ['text', 'varchar'],
  ['varchar', 'varchar'],
  ['bool', 'boolean'],
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['date', 'date'],
  ['timestamp', 'timestamp'],
  ['bytea', 'varbinary'],
])

function typeOf({ kind, element, typname, typmod }: PgColumn): Pick<Value, 'base' | 'most'> | undefined {
  const base = kind === 'b' && element === undefined ? TYPES.get(typname) : undefined
  return base && { base, ...(typname === 'varchar' && typmod >= 4 ? { most: typmod - 4 } : {}) }
}

function parsed(text: string): Expression {
  try {
    return parseExpression(text)
  } catch {
    return refuse('what is no expression')
  }
}

const isInteger = ({ base }: Value): boolean => base === 'smallint' || base === 'integer' || base === 'bigint'
const INT = 2 ** 31

function translate(e: Expression, columns: Columns): Value {
  const of = (inner: Expression) => translate(inner, columns)
  switch (e.k) {
    case 'null':
      return { sql: 'NULL', base: 'null' }
    case 'boolean':
      return { sql: String(e.value), base: 'boolean' }
    case 'string':
      return text(e.value)
    case 'integer':
      return integer(Number(e.value))
    case 'unary': {
      const { number } = of(e.value)
      return number === undefined ? refuse('a sign before what is no number') : integer(e.op === '-' ? -number : number)
    }
    case 'typed':
      if (e.type.toLowerCase() !== 'date' || !/^\d{4}-\d{2}-\d{2}$/.test(e.value)) return refuse(`a literal of the type ${e.type}`)
      return { sql: `${pg.escapeLiteral(e.value)}::date`, base: 'date' }
    case 'name':
      return columnOf(e.name.lower, columns)
    case 'not':
      return { sql: `(NOT ${boolean(of(e.value))})`, base: 'boolean' }
    case 'and':
    case 'or':
      return { sql: `(${boolean(of(e.left))} ${e.k} ${boolean(of(e.right))})`, base: 'boolean' }
    case 'isNull':
      return { sql: `(${of(e.value).sql} IS ${e.negated ? 'NOT ' : ''}NULL)`, base: 'boolean' }
    case 'compare':
      return compared(of(e.left), e.op, of(e.right))
    case 'distinct': {
      const [left, right] = [of(e.left), of(e.right)]
      assertAlike(left, right)
      return { sql: `(${left.sql} IS ${e.negated ? 'NOT ' : ''}DISTINCT FROM ${right.sql})`, base: 'boolean' }
    }
    case 'between': {
      const value = of(e.value)
      const sql = `(${compared(value, '>=', of(e.low)).sql} AND ${compared(value, '<=', of(e.high)).sql})`
      return { sql: e.negated ? `(NOT ${sql})` : sql, base: 'boolean' }
    }
    case 'in': {
      const value = of(e.value)
      const items = e.items.map((item) => compared(value, '=', of(item)).sql)
      return { sql: `(${e.negated ? 'NOT ' : ''}(${items.join(' OR ')}))`, base: 'boolean' }
    }
    case 'like': {
      const { text: pattern } = of(e.pattern)
      if (pattern === undefined || e.escape !== undefined) return refuse('LIKE with a pattern that is computed, or ESCAPE')
      return {
        sql: `(${varchar(of(e.value)).sql} ${e.negated ? 'NOT ' : ''}LIKE ${pg.escapeLiteral(pattern)} ESCAPE '')`,
        base: 'boolean',
      }
    }
    case 'case': {
      const whens = e.whens.map(({ when, result }) => ({
        when: e.operand ? compared(of(e.operand), '=', of(when)).sql : boolean(of(when)),
        result: of(result),
      }))
      const otherwise: Value = e.otherwise ? of(e.otherwise) : { sql: 'NULL', base: 'null' }
      const type = common([...whens.map((w) => w.result), otherwise])
      const list = whens.map((w) => `WHEN ${w.when} THEN ${w.result.sql}`).join(' ')
      return { ...type, sql: `(CASE ${list} ELSE ${otherwise.sql} END)` }
    }
    case 'arithmetic':
      return e.op === '||' ? joined([of(e.left), of(e.right)]) : computed(of(e.left), e.op, of(e.right))
    case 'cast':
      return cast(of(e.value), e.type.base.toLowerCase(), e.type.arguments.length > 0 || e.safe)
    case 'call':
      return call(e, e.args.map(of))
    default:
      return refuse(`an expression of the kind ${e.k}`)
  }
}

const text = (value: string): Value => {
  if (value.includes('\0') || !value.isWellFormed()) return refuse('a text that PostgreSQL cannot hold')
  return { sql: `${pg.escapeLiteral(value)}::text COLLATE "C"`, base: 'varchar', most: Array.from(value).length, text: value }
}

function integer(value: number): Value {
  if (!Number.isSafeInteger(value)) return refuse('a number of more than 53 bits')
  const base = value < INT && value >= -INT ? 'integer' : 'bigint'
  return { sql: `(${value})::${base}`, base, number: value }
}

function columnOf(name: string, columns: Columns): Value {
  const [column, other] = columns.filter((c) => c.name.toLowerCase() === name)
  if (!column || other) return refuse('a name that is not one column of the table')
  const type = typeOf(column)
  if (!type) return refuse(`a column of the type ${column.typname}`)
  const sql = pg.escapeIdentifier(column.name)
  return { ...type, sql: type.base === 'varchar' ? `(${sql}::text COLLATE "C")` : sql }
}

const boolean = ({ base, sql }: Value): string =>
  base === 'boolean' ? sql : base === 'null' ? 'NULL::boolean' : refuse(`a condition of the type ${base}`)
const varchar = (value: Value): Value => (value.base === 'varchar' ? value : refuse(`a text function of the type ${value.base}`))

function assertAlike(left: Value, right: Value): void {
  if (left.base !== right.base && !(isInteger(left) && isInteger(right)) && left.base !== 'null' && right.base !== 'null')
    refuse(`a comparison of the types ${left.base} and ${right.base}`)
}

function compared(left: Value, op: CompareOp, right: Value): Value {
  assertAlike(left, right)
  return { sql: `(${left.sql} ${op} ${right.sql})`, base: 'boolean' }
}

/** The type of what is one or another of these; a NULL is of any. */
function common(values: readonly Value[]): Omit<Value, 'sql'> {
  const [first, ...others] = values.filter((v) => v.base !== 'null')
  if (!first) return { base: 'null' }
  if (others.some((other) => other.base !== first.base)) return refuse('values of several types')
  const most = Math.max(...[first, ...others].map((v) => v.most ?? Number.POSITIVE_INFINITY))
  return { base: first.base, ...(Number.isFinite(most) ? { most } : {}) }
}

/** Trino's result has no length. */
const joined = (parts: readonly Value[]): Value => ({
  sql: `(${parts.map((part) => (part.base === 'null' ? 'NULL::text' : varchar(part).sql)).join(' || ')})`,
  base: 'varchar',
})

/** Of whole numbers; divided by positive literals alone, where nothing can fail. */
function computed(left: Value, op: string, right: Value): Value {
  if (!isInteger(left) || !isInteger(right)) return refuse(`${op} of the types ${left.base} and ${right.base}`)
  if ((op === '/' || op === '%') && !((right.number ?? 0) > 0)) return refuse(`${op} by what is no positive literal`)
  const order = ['smallint', 'integer', 'bigint'] as const
  const base = order[Math.max(order.indexOf(left.base as 'integer'), order.indexOf(right.base as 'integer'))] as Base
  return { sql: `(${left.sql} ${op} ${right.sql})`, base }
}

function cast(value: Value, to: string, isOther: boolean): Value {
  if (isOther || to !== 'varchar') return refuse(`CAST to ${to}`)
  if (value.base === 'varchar') return value
  if (!isInteger(value) && value.base !== 'boolean') return refuse(`CAST of ${value.base} to varchar`)
  return { sql: `(${value.sql}::text COLLATE "C")`, base: 'varchar', ascii: true }
}

type Translation = (args: readonly Value[]) => Value

const most = ({ most }: Value): { readonly most?: number } => (most === undefined ? {} : { most })

/** Trino counts from the end for a start below zero, and has nothing at 0; PostgreSQL counts on. */
const substr: Translation = ([value, from, count]) => {
  const { sql, ...type } = varchar(value as Value)
  const start = from?.number
  const length = count && (count.number ?? refuse('substr with a length that is computed'))
  if (start === undefined) return refuse('substr with a start that is computed')
  const limit = length === undefined ? '' : `, ${Math.max(length, 0)}`
  const shown = (of: string, at: number) => ({ base: type.base, ...most(value as Value), sql: `substr(${of}, ${at}${limit})` })
  if (start === 0) return text('')
  if (start > 0) return shown(sql, start)
  const { sql: end } = shown(`right(${sql}, ${-start})`, 1)
  return { base: type.base, ...most(value as Value), sql: `(CASE WHEN char_length(${sql}) >= ${-start} THEN ${end} ELSE '' END)` }
}

/** Trino answers NULL where there are fewer parts, PostgreSQL an empty text. */
const splitPart: Translation = ([value, by, at]) => {
  const { sql } = varchar(value as Value)
  const delimiter = by?.text
  const index = at?.number
  if (!delimiter || index === undefined || index < 1) return refuse('split_part with a delimiter or an index that is computed, or empty')
  const separator = pg.escapeLiteral(delimiter)
  const parts = `(char_length(${sql}) - char_length(replace(${sql}, ${separator}, ''))) / ${Array.from(delimiter).length} + 1`
  return {
    base: 'varchar',
    ...most(value as Value),
    sql: `(CASE WHEN ${parts} >= ${index} THEN split_part(${sql}, ${separator}, ${index}) END)`,
  }
}

const UNITS: Readonly<Partial<Record<Base, readonly string[]>>> = {
  date: ['day', 'week', 'month', 'quarter', 'year'],
  timestamp: ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'],
}

const dateTrunc: Translation = ([unit, value]) => {
  const { base, sql } = value as Value
  const name = unit?.text?.toLowerCase() ?? ''
  if (!UNITS[base]?.includes(name)) return refuse(`date_trunc of ${base}`)
  const cut = `date_trunc('${name}', ${sql}::timestamp)`
  return { base, sql: base === 'date' ? `(${cut}::date)` : cut }
}

const digest =
  (name: string): Translation =>
  ([value]) =>
    value?.base === 'varbinary' ? { base: 'varbinary', sql: `${name}(${value.sql})` } : refuse(`${name} of what is no varbinary`)

const FUNCTIONS: ReadonlyMap<string, readonly [least: number, most: number, Translation]> = new Map<
  string,
  readonly [number, number, Translation]
>([
  ['substr', [2, 3, substr]],
  ['substring', [2, 3, substr]],
  ['split_part', [3, 3, splitPart]],
  ['date_trunc', [2, 2, dateTrunc]],
  ['concat', [2, 127, joined]],
  ['length', [1, 1, ([value]) => ({ base: 'bigint', sql: `char_length(${varchar(value as Value).sql})::bigint` })]],
  ['reverse', [1, 1, ([value]) => ({ base: 'varchar', ...most(value as Value), sql: `reverse(${varchar(value as Value).sql})` })]],
  [
    'strpos',
    [2, 2, ([value, part]) => ({ base: 'bigint', sql: `strpos(${varchar(value as Value).sql}, ${varchar(part as Value).sql})::bigint` })],
  ],
  ['coalesce', [2, 127, (args) => ({ ...common(args), sql: `COALESCE(${args.map(({ sql }) => sql).join(', ')})` })]],
  ['to_utf8', [1, 1, ([value]) => ({ base: 'varbinary', sql: `convert_to(${varchar(value as Value).sql}, 'UTF8')` })]],
  ['sha256', [1, 1, digest('sha256')]],
  ['sha512', [1, 1, digest('sha512')]],
  [
    'to_hex',
    [
      1,
      1,
      ([value]) =>
        value?.base === 'varbinary'
          ? { base: 'varchar', ascii: true, sql: `upper(encode(${value.sql}, 'hex'))` }
          : refuse('to_hex of what is no varbinary'),
    ],
  ],
  [
    'lower',
    [
      1,
      1,
      ([value]) => (value?.ascii ? { base: 'varchar', ascii: true, sql: `lower(${value.sql})` } : refuse('lower of letters beyond ASCII')),
    ],
  ],
])

function call({ name, distinct, star, filter, orderBy, over, nulls }: Call, args: readonly Value[]): Value {
  const [first, ...more] = name
  const known = more.length === 0 ? FUNCTIONS.get(first?.lower ?? '') : undefined
  if (!known || distinct || star || filter || over || nulls || orderBy.length > 0) return refuse(`the function ${first?.lower}`)
  const [least, greatest, translation] = known
  if (args.length < least || args.length > greatest) return refuse(`${first?.lower} of ${args.length} values`)
  return translation(args)
}
