// Statements to trees and queries to plans. What is short is done here, since it costs little; what is long, or turns out to cost much,
// in a thread with a limit of time, so that nobody else waits for it. ADR-014.
import type { Caller } from '#kit/access'
import { type Session, TooManySteps } from '#parts/sql/dialect/analysis'
import { lookupIn, tablesBelow } from '#parts/sql/dialect/names'
import { type AnalysedQuery, analyseTree } from '#parts/sql/query/analyse'
import { portable, queryIn } from '#parts/sql/query/planner-protocol'
import { createThreads } from '#parts/sql/query/planner-threads'
import { type FoundTables, namesIn } from '#parts/sql/query/resolve'
import type { Expression, Query as QueryTree, Statement } from '#parts/sql/syntax/ast'
import { assertLength } from '#parts/sql/syntax/budget'
import { parseStatement } from '#parts/sql/syntax/statements'
import { unflatten } from '#wire/duckdb/sql'

export interface Planner {
  /** For the caller, whose long statements wait for each other. */
  parse(sql: string, caller: Caller): Promise<Statement>
  /** The tables that a tree of `parse` and the values of its parameters name. */
  names(tree: QueryTree, parameters: readonly Expression[]): ReturnType<typeof namesIn>
  analyse(tree: QueryTree, session: Session, found: FoundTables, parameters: readonly Expression[]): Promise<AnalysedQuery>
  close(): Promise<void>
}

export interface PlannerOptions {
  /** Characters of a statement that is parsed where it was received. */
  readonly shortText?: number
  /** Expressions that an analysis may look at before it is given to the thread. */
  readonly shortSteps?: number
  readonly timeLimitMs?: number
  readonly idleMs?: number
}

export function createPlanner(options: PlannerOptions = {}): Planner {
  const { shortText = 4096, shortSteps = 10_000, timeLimitMs = 20_000, idleMs = 30_000 } = options
  const threads = createThreads({ timeLimitMs, idleMs, most: 2 })
  /** The text of each tree that was parsed here: what the thread is given when the analysis turns out to be long. */
  const texts = new WeakMap<QueryTree, string>()

  return {
    async parse(sql, caller) {
      assertLength(sql)
      if (sql.length > shortText) return threads.ask({ do: 'parse', sql }, caller.sub)
      const statement = parseStatement(sql)
      setImmediate(threads.keep)
      const query = queryIn(statement)
      if (query) texts.set(query, sql)
      return statement
    },

    names: (tree, parameters) => (tree.body.k === 'elsewhere' ? [...tree.body.names, ...namesIn(parameters)] : namesIn([tree, parameters])),

    async analyse(tree, session, found, parameters) {
      if (tree.body.k !== 'elsewhere') {
        try {
          return analyseTree(tree, session, lookupIn(found), parameters, shortSteps)
        } catch (error) {
          if (!(error instanceof TooManySteps)) throw error
        }
      }
      const sql = tree.body.k === 'elsewhere' ? tree.body.sql : (texts.get(tree) as string)
      const plan = await threads.ask({ do: 'analyse', sql, session, tables: portable(found), parameters }, session.caller.sub)
      // An error of a name is told only where the analysis asks for it, and is the one that was met when it was looked up.
      if ('missing' in plan) return lookupIn(found)(plan.missing, plan.pos) as never
      const sources = tablesBelow(found)
      return {
        columns: plan.columns,
        asked: plan.asked,
        sql: unflatten(plan.sql),
        scans: plan.scans.map(({ source, ...scan }) => ({ ...scan, source: sources[source] as never })),
        guarded: plan.guarded,
      }
    },

    close: () => threads.close(),
  }
}
