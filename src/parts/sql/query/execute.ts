// One statement from text to its end: parsed, dispatched to what carries it out, its effects on the session noted.
import { NotSupported, place, sqlError } from '#parts/sql/errors'
import { alterTable } from '#parts/sql/query/alter'
import { call } from '#parts/sql/query/call'
import { change, truncate } from '#parts/sql/query/change'
import type { Execution, ExecutorDeps } from '#parts/sql/query/context'
import * as define from '#parts/sql/query/define'
import { describe } from '#parts/sql/query/describe'
import { explain } from '#parts/sql/query/explain'
import { countParameters } from '#parts/sql/query/parameters'
import { analyse } from '#parts/sql/query/plan'
import { preparedText, shiftError } from '#parts/sql/query/prepared'
import { executeProcedure } from '#parts/sql/query/procedures'
import type { Query } from '#parts/sql/query/query'
import { runQuery } from '#parts/sql/query/run'
import * as session from '#parts/sql/query/session'
import * as show from '#parts/sql/query/show'
import * as views from '#parts/sql/query/views'
import { createTableAs, insert } from '#parts/sql/query/write'
import type { Expression, Statement } from '#parts/sql/syntax/ast'

export function createExecutor(options: ExecutorDeps): (query: Query) => Promise<void> {
  return async (query) => {
    const { catalog, schema, session: properties } = query.client
    session.checkSession(properties, options.connectors)
    const statement = await options.planner.parse(query.sql, query.caller)
    const authoriser = options.authoriser.pinned?.() ?? options.authoriser
    await execute(statement, { deps: { ...options, authoriser }, query, defaults: { catalog, schema }, parameters: [] })
  }
}

export async function execute(s: Statement, x: Execution): Promise<void> {
  switch (s.k) {
    case 'query':
      return runQuery(x.deps, x.query, await analyse(x.deps, x.query, s.query, x.defaults, x.parameters))
    case 'createTableAs':
      return createTableAs(s, x)
    case 'insert':
      return insert(s, x)
    case 'change':
      return change(s, x)
    case 'truncate':
      return truncate(s, x)
    case 'alterTable':
      return alterTable(s, x)
    case 'tableExecute':
      return executeProcedure(s, x)
    case 'call':
      return call(s, x)
    case 'createTable':
      return define.createTable(s, x)
    case 'dropTable':
      return define.dropTable(s, x)
    case 'createView':
      return views.createView(s, x)
    case 'dropView':
      return views.dropView(s, x)
    case 'renameView':
      return views.renameView(s, x)
    case 'comment':
      return views.comment(s, x)
    case 'renameTable':
      return define.renameTable(s, x)
    case 'createSchema':
      return define.createSchema(s, x)
    case 'dropSchema':
      return define.dropSchema(s, x)
    case 'showCatalogs':
    case 'showSchemas':
    case 'showTables':
    case 'showColumns':
    case 'showFunctions':
    case 'showSession':
    case 'showStats':
    case 'showCreate':
      return show.show(s, x)
    case 'explain':
      return explain(s, x)
    case 'use':
      return session.use(s, x)
    case 'setSession':
    case 'resetSession':
    case 'setTimeZone':
      return session.set(s, x)
    case 'startTransaction':
    case 'commit':
    case 'rollback':
      return session.transaction(s, x)
    case 'prepare':
    case 'deallocate':
      return session.prepared(s, x)
    case 'describeInput':
    case 'describeOutput':
      return describe(s, x)
    case 'execute': {
      const text = preparedText(x.query.client, s.name)
      return execute(inner(await x.deps.planner.parse(text, x.query.caller), s.using), { ...x, parameters: s.using })
    }
    case 'executeImmediate':
      return shiftError(s.sqlPos, async () =>
        execute(inner(await x.deps.planner.parse(s.sql, x.query.caller), s.using), { ...x, parameters: s.using }),
      )
    case 'unsupported':
      throw NotSupported({ ...place(s.pos), text: `${s.what} is not supported here` })
  }
}

function inner(s: Statement, using: readonly Expression[]): Statement {
  if (s.k === 'execute' || s.k === 'executeImmediate' || s.k === 'prepare')
    throw NotSupported({ ...place(s.pos), text: 'a prepared statement cannot prepare or execute another' })
  // As Trino counts: it does not look into the arguments of a procedure.
  const count = s.k === 'tableExecute' || s.k === 'call' ? 0 : countParameters(s)
  if (count !== using.length)
    throw sqlError('INVALID_PARAMETER_USAGE', s.pos, `Incorrect number of parameters: expected ${count} but found ${using.length}`)
  return s
}
