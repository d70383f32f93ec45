// The engine's door: one query, made of what is known to be harmless, reading files of its own spool only. Judged on DuckDB's own syntax tree.
import { FILE_FUNCTIONS, FUNCTIONS, TABLE_FUNCTIONS } from '#parts/engine/allowed'
import { QueryFailed, StatementRefused } from '#parts/engine/errors'

/** A node of the tree that json_serialize_sql gives (fields with default values left out). */
type Node = Readonly<Record<string, unknown>>

interface Serialised {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly error_subtype?: string
  readonly position?: string
  readonly statements?: readonly Node[]
}

/** Names of common table expressions that may be read here, in lower case. */
type Scope = ReadonlySet<string>

const QUERIES = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE'])
const RELATIONS = new Set(['BASE_TABLE', 'EMPTY', 'EXPRESSION_LIST', 'JOIN', 'SUBQUERY', 'TABLE_FUNCTION'])
const EXPRESSIONS = new Set([
  ...['BETWEEN', 'CASE', 'CAST', 'COLLATE', 'COLUMN_REF', 'COMPARISON', 'CONJUNCTION', 'CONSTANT', 'FUNCTION', 'LAMBDA'],
  ...['OPERATOR', 'STAR', 'SUBQUERY', 'WINDOW'],
])
/** What else carries a `type`: clauses, directions, and details of data types. */
const DETAIL = /^(ORDER_MODIFIER|LIMIT_MODIFIER|DISTINCT_MODIFIER|ORDER_DEFAULT|ASCENDING|DESCENDING|[A-Z_]+_TYPE_INFO)$/

/**
 * Accepts the tree of one query and throws for all else: StatementRefused, or QueryFailed when the text is no SQL.
 * `spool` is the folder that files may be read from; empty for none.
 */
export function assertQuery(serialised: string, spool: string): void {
  const tree = parse(serialised)
  if (tree.error) throw unreadable(tree)
  const statements = tree.statements ?? []
  if (statements.length !== 1) throw StatementRefused({ text: `expected one statement, got ${statements.length}` })
  const queue: { readonly value: object; readonly scope: Scope }[] = []
  const push: Push = (value, scope) => {
    if (value !== null && typeof value === 'object') queue.push({ value, scope })
  }
  push(statements[0], new Set())
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { value, scope } = next
    if (Array.isArray(value)) for (const item of value) push(item, scope)
    else visit(value as Node, scope, spool, push)
  }
}

/** DuckDB writes doubles that JSON has not by their names; inside of texts a quote has a backslash before it, so that none is meant. */
const NO_NUMBER = /"value":-?(?:Infinity|NaN)/g

/**
 * Constants of which nothing is asked: whole numbers, and texts that are no path. A long list of them is not worth a tree. Inside of texts no
 * quote follows a brace.
 */
const PLAIN =
  /\{"class":"CONSTANT","type":"VALUE_CONSTANT",(?:"query_location":\d+,)?"value":\{"type":\{"id":"(?:INTEGER|BIGINT|VARCHAR)"\},"is_null":false,"value":(-?\d+|"[^"\\/]*")\}\}/g

function parse(serialised: string): Serialised {
  return JSON.parse(serialised.replace(PLAIN, '$1').replace(NO_NUMBER, '"value":0')) as Serialised
}

type Push = (value: unknown, scope: Scope) => void

function visit(node: Node, scope: Scope, spool: string, push: Push): void {
  if (typeof node.class === 'string') {
    if (!EXPRESSIONS.has(node.class)) throw StatementRefused({ text: `an expression of the kind ${node.class}` })
    if (node.class === 'CONSTANT') return
    if (node.class === 'FUNCTION' || node.class === 'WINDOW') assertFunction(node, FUNCTIONS)
    if (String(node.function_name).toLowerCase() === RAISING) assertRaises(node)
  } else if (typeof node.type === 'string') {
    const seen = QUERIES.has(node.type) ? visitQuery : RELATIONS.has(node.type) ? visitRelation : undefined
    if (seen) {
      seen(node, scope, spool, push)
      return
    }
    if (!DETAIL.test(node.type)) throw StatementRefused({ text: `a part of the kind ${node.type}` })
  }
  for (const key in node) push(node[key], scope)
}

/** Each common table expression sees those before it; only the second half of a recursive one sees itself. */
function visitQuery(node: Node, scope: Scope, _spool: string, push: Push): void {
  const { cte_map: ctes, ...rest } = node
  let inner = scope
  for (const { key, value } of (ctes as { map?: readonly { key: string; value: Node }[] } | undefined)?.map ?? []) {
    push(value, inner)
    inner = new Set([...inner, key.toLowerCase()])
  }
  for (const [name, value] of Object.entries(rest)) {
    const itself = node.type === 'RECURSIVE_CTE_NODE' && name === 'right'
    push(value, itself ? new Set([...inner, String(node.cte_name).toLowerCase()]) : inner)
  }
}

function visitRelation(node: Node, scope: Scope, spool: string, push: Push): void {
  if (node.type === 'BASE_TABLE') {
    const known = scope.has(String(node.table_name).toLowerCase()) && node.schema_name === undefined && node.catalog_name === undefined
    if (!known) throw StatementRefused({ text: `the table ${node.table_name}` })
  }
  const { function: called, ...rest } = node
  push(Object.values(rest), scope)
  if (node.type !== 'TABLE_FUNCTION') return
  const call = called as Node
  const name = String(call.function_name).toLowerCase()
  const options = FILE_FUNCTIONS.get(name)
  if (!options) {
    assertFunction(call, TABLE_FUNCTIONS)
    push(call.children, scope)
    return
  }
  assertPlace(call)
  const [files, ...given] = (call.children ?? []) as readonly Node[]
  assertFiles(files, spool)
  for (const option of given) push(optionValue(option, name, options), scope)
}

function assertFunction(call: Node, allowed: ReadonlySet<string>): void {
  assertPlace(call)
  if (!allowed.has(String(call.function_name).toLowerCase())) throw StatementRefused({ text: `the function ${call.function_name}` })
}

/** Makes SQL of a tree, and an error of one that tells of an error: for that alone it is here (see #wire/engine/raised). */
const RAISING = 'json_deserialize_sql'

/** Of a literal that begins as an error, or of the error that a function of ours tells beside its value. */
function assertRaises({ children }: Node): void {
  const [text] = (children ?? []) as readonly Node[]
  const literal = (node: Node | undefined) =>
    node?.class === 'CONSTANT' ? (node.value as { value?: unknown } | undefined)?.value : undefined
  const [, member] = text?.function_name === 'struct_extract' ? ((text.children ?? []) as readonly Node[]) : []
  const isError = (literal(member) ?? member) === 'error' || String(literal(text)).startsWith('{"error":true,')
  if (!isError) throw StatementRefused({ text: `${RAISING} of what is no error` })
}

/** Functions are DuckDB's own, by their plain name. */
function assertPlace(call: Node): void {
  if ((call.schema ?? 'main') !== 'main' || call.catalog !== undefined)
    throw StatementRefused({ text: `the function ${call.catalog ?? ''}.${call.schema}.${call.function_name}` })
}

function optionValue(option: Node, name: string, options: ReadonlySet<string>): unknown {
  const [column, ...more] = ((option.left as Node | undefined)?.column_names ?? []) as readonly string[]
  if (option.type !== 'COMPARE_EQUAL' || column === undefined || more.length > 0 || !options.has(column.toLowerCase()))
    throw StatementRefused({ text: `an argument of ${name}${column === undefined ? '' : `: ${column}`}` })
  if (column.toLowerCase() === COUNT && !isWhole(option.right)) throw StatementRefused({ text: `${COUNT} that is no whole number` })
  return option.right
}

/** What the planner is told of a relation's rows. */
const COUNT = 'explicit_cardinality'

function isWhole(value: unknown): boolean {
  if (typeof value === 'number') return true
  const { class: kind, value: constant } = (value ?? {}) as { class?: unknown; value?: { is_null?: boolean; type?: { id?: string } } }
  return kind === 'CONSTANT' && constant?.is_null === false && (constant.type?.id === 'INTEGER' || constant.type?.id === 'BIGINT')
}

/** A path or a list of paths, each a literal below the spool. */
function assertFiles(files: Node | undefined, spool: string): void {
  const list = files?.function_name === 'list_value' ? ((files.children ?? []) as readonly Node[]) : [files]
  for (const file of list) {
    const { is_null: absent, value: path } = (file?.class === 'CONSTANT' ? file.value : {}) as { is_null?: boolean; value?: unknown }
    if (absent || typeof path !== 'string') throw StatementRefused({ text: 'files that are not named by a literal' })
    const below = spool !== '' && path.startsWith(`${spool}/`) ? path.slice(spool.length) : ''
    if (!/^(\/[^/*?[\]{}]+)+$/.test(below) || /\/\.\.?(\/|$)/.test(below))
      throw StatementRefused({ text: `the file ${path}, which is not of the query's spool` })
  }
}

function unreadable({ error_type: type = '', error_message: text = '', error_subtype: subtype, position }: Serialised) {
  // As DuckDB says it elsewhere: whoever ran out of memory is told so, and not of his SQL.
  if (/^out of memory$/i.test(type)) return new Error(`Out of Memory Error: ${text}`)
  if (type === 'not implemented') return StatementRefused({ text: 'only a query is accepted' })
  const name = type.replace(/^./, (first) => first.toUpperCase())
  return QueryFailed({ type: name, text, subtype, position: position === undefined ? undefined : Number(position) })
}
