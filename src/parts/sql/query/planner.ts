// Statements to trees and queries to plans. What is short is done here, since it costs little; what is long, or turns out to cost much,
// in a thread of its own with a limit of time, so that nobody else waits for it. ADR-014.
import { Worker } from 'node:worker_threads'
import { type Session, TooManySteps } from '#parts/sql/dialect/analysis'
import { lookupIn, tablesBelow } from '#parts/sql/dialect/names'
import { PlanningTimeLimit, ShuttingDown } from '#parts/sql/errors'
import { type AnalysedQuery, analyseTree } from '#parts/sql/query/analyse'
import { type Answer, type AnswerTo, portable, queryIn, type Request, unpackError } from '#parts/sql/query/planner-protocol'
import { type FoundTables, namesIn } from '#parts/sql/query/resolve'
import type { Expression, Query as QueryTree, Statement } from '#parts/sql/syntax/ast'
import { assertLength } from '#parts/sql/syntax/budget'
import { parseStatement } from '#parts/sql/syntax/statements'
import { unflatten } from '#wire/duckdb/sql'

export interface Planner {
  parse(sql: string): Promise<Statement>
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
  /** The thread ends when it has had nothing to do for so long. */
  readonly idleMs?: number
}

interface Task {
  readonly request: Request
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

export function createPlanner(options: PlannerOptions = {}): Planner {
  const { shortText = 4096, shortSteps = 10_000, timeLimitMs = 20_000, idleMs = 30_000 } = options
  const thread = createThread(timeLimitMs, idleMs)
  /** The text of each tree that was parsed here: what the thread is given when the analysis turns out to be long. */
  const texts = new WeakMap<QueryTree, string>()

  return {
    async parse(sql) {
      assertLength(sql)
      if (sql.length > shortText) return thread.ask({ do: 'parse', sql })
      const statement = parseStatement(sql)
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
      const plan = await thread.ask({ do: 'analyse', sql, session, tables: portable(found), parameters })
      // An error of a name is told only where the analysis asks for it, and is the one that was met when it was looked up.
      if ('missing' in plan) return lookupIn(found)(plan.missing, plan.pos) as never
      const sources = tablesBelow(found)
      return {
        columns: plan.columns,
        sql: unflatten(plan.sql),
        scans: plan.scans.map(({ source, ...scan }) => ({ ...scan, source: sources[source] as never })),
        guarded: plan.guarded,
      }
    },

    close: () => thread.close(),
  }
}

function createThread(timeLimitMs: number, idleMs: number) {
  const waiting: Task[] = []
  let running: Task | undefined
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined

  const end = async () => {
    clearTimeout(timer)
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }
  const settle = (how: (task: Task) => void) => {
    clearTimeout(timer)
    const task = running
    running = undefined
    if (task) how(task)
    next()
  }
  /** An error of the thread itself takes the thread with it: the next statement gets a new one. */
  const fail = (error: unknown) => {
    void end()
    settle((task) => task.reject(error))
  }
  const start = (): Worker => {
    const made = new Worker(new URL('./planner-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 8 },
    })
    made.unref()
    made.on('message', (answer: Answer) => {
      if (made === worker)
        settle((task) => ('error' in answer ? task.reject(unpackError(answer.error)) : task.resolve(answer.result as never)))
    })
    made.on('error', (error) => {
      if (made === worker) fail(error)
    })
    return made
  }
  const next = () => {
    running = waiting.shift()
    if (!running) {
      timer = setTimeout(() => void end(), idleMs).unref()
      return
    }
    worker ??= start()
    timer = setTimeout(() => fail(PlanningTimeLimit({ seconds: timeLimitMs / 1000 })), timeLimitMs)
    worker.postMessage(running.request)
  }

  return {
    ask<R extends Request>(request: R): Promise<AnswerTo<R>> {
      return new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject })
        if (running) return
        clearTimeout(timer)
        next()
      })
    },
    async close() {
      const left = [...(running ? [running] : []), ...waiting.splice(0)]
      running = undefined
      await end()
      for (const task of left) task.reject(ShuttingDown())
    },
  }
}
