// The thread behind planner.ts. A statement's tree stays here: what goes out is what the front needs to look up its tables, and later the plan.
import { parentPort } from 'node:worker_threads'
import { toAkkoError } from '#kit/errors'
import { stepBehind } from '#kit/step-behind'
import { keyOfName, tablesBelow } from '#parts/sql/dialect/names'
import { sqlError } from '#parts/sql/errors'
import { analyseTree, MAX_PLANNED } from '#parts/sql/query/analyse'
import { countParameters } from '#parts/sql/query/parameters'
import {
  type AnalyseRequest,
  type Answer,
  type FlatPlan,
  packError,
  queryIn,
  type Request,
  unpackViews,
  withQuery,
} from '#parts/sql/query/planner-protocol'
import { namesIn } from '#parts/sql/query/resolve'
import type { Position, QualifiedName, Query, Statement } from '#parts/sql/syntax/ast'
import { parseStatement } from '#parts/sql/syntax/statements'
import { flatten } from '#wire/duckdb/sql'

/** Statements whose tables are being looked up; an older one is parsed again. */
const KEPT = 4
/** Nodes of a statement without its query. */
const PORTABLE = 50_000
const trees = new Map<string, Query>()

class Missing {
  readonly missing: QualifiedName
  readonly pos: Position
  constructor(missing: QualifiedName, pos: Position) {
    this.missing = missing
    this.pos = pos
  }
}

function parse(sql: string): Statement {
  const statement = parseStatement(sql)
  const query = queryIn(statement)
  // What is prepared is kept as text.
  if (!query)
    return assertPortable(statement.k === 'prepare' ? { ...statement, statement: { k: 'commit', pos: statement.pos } } : statement)
  trees.set(sql, query)
  for (const [oldest] of trees) {
    if (trees.size <= KEPT) break
    trees.delete(oldest)
  }
  const names = [...new Map(namesIn(query).map((name) => [keyOfName(name), name])).values()]
  const body = { k: 'elsewhere', pos: query.pos, sql, names, parameters: sql.includes('?') ? countParameters(query) : 0 } as const
  return assertPortable(withQuery(statement, { pos: query.pos, recursive: false, with: [], orderBy: [], body }))
}

/** What is cloned for the front must not be large: it is a statement without its query. */
function assertPortable(statement: Statement): Statement {
  let left = PORTABLE
  const stack: unknown[] = [statement]
  while (stack.length > 0) {
    const node = stack.pop()
    if (node === null || typeof node !== 'object') continue
    if (--left < 0)
      throw sqlError('QUERY_EXCEEDED_COMPILER_LIMIT', statement.pos, 'Query exceeded maximum columns, properties and parameters')
    for (const child of Object.values(node)) stack.push(child)
  }
  return statement
}

function analyse({ sql, session, tables, parameters }: AnalyseRequest): FlatPlan {
  const tree = trees.get(sql) ?? (queryIn(parseStatement(sql)) as Query)
  const places = new Map(tablesBelow(tables).map((table, i) => [table, i]))
  unpackViews(tables)
  try {
    const lookup = (name: QualifiedName, pos: Position) => {
      const table = tables.get(keyOfName(name))
      if (!table || 'error' in table) throw new Missing(name, pos)
      return table
    }
    const plan = analyseTree(tree, session, lookup, parameters)
    const scans = plan.scans.map(({ source, ...scan }) => ({ ...scan, source: places.get(source) as number }))
    return { ...plan, sql: flatten(plan.sql, { maxLength: MAX_PLANNED }), scans }
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    return { missing: error.missing, pos: error.pos }
  }
}

function answer(request: Request): Answer {
  try {
    return { result: request.do === 'parse' ? parse(request.sql) : analyse(request) }
  } catch (error) {
    return { error: packError(toAkkoError(error)) }
  }
}

stepBehind(10)
parentPort?.on('message', (request: Request) => parentPort?.postMessage(answer(request)))
