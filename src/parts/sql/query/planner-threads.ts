// The threads that plan: a person has one at most, so that his long statements wait for each other and another's for none of them. ADR-014.
import { Worker } from 'node:worker_threads'
import { PlanningTimeLimit, ShuttingDown } from '#parts/sql/errors'
import { type Answer, type AnswerTo, type Request, unpackError } from '#parts/sql/query/planner-protocol'

export interface ThreadOptions {
  readonly timeLimitMs: number
  /** A thread ends when it has had nothing to do for so long. */
  readonly idleMs: number
  /** The second one begins when somebody waits for another's statement. */
  readonly most: number
}

interface Task {
  readonly person: string
  readonly request: Request
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  /** Keeps the trees of his last statements. */
  person?: string
  running?: Task | undefined
  worker?: Worker | undefined
  timer?: NodeJS.Timeout
}

export interface PlannerThreads {
  ask<R extends Request>(request: R, person: string): Promise<AnswerTo<R>>
  /** Somebody asks what is short: one thread is begun for what may be long next. Beginning one takes a quarter of a second. */
  keep(): void
  close(): Promise<void>
}

export function createThreads({ timeLimitMs, idleMs, most }: ThreadOptions): PlannerThreads {
  const threads = Array.from({ length: most }, (): Thread => ({}))
  /** By person: who was served goes to the end. */
  const waiting = new Map<string, Task[]>()

  const end = async (thread: Thread) => {
    clearTimeout(thread.timer)
    const ending = thread.worker
    thread.worker = undefined
    await ending?.terminate()
  }
  const rest = (thread: Thread) => {
    clearTimeout(thread.timer)
    thread.timer = setTimeout(() => void end(thread), idleMs).unref()
  }
  const settle = (thread: Thread, how: (task: Task) => void) => {
    const task = thread.running
    if (!task) return
    thread.running = undefined
    rest(thread)
    how(task)
    next()
  }
  /** An error of the thread itself takes the thread with it: the next statement gets a new one. */
  const fail = (thread: Thread, error: unknown) => {
    void end(thread)
    settle(thread, (task) => task.reject(error))
  }
  const start = (thread: Thread): Worker => {
    const made = new Worker(new URL('./planner-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 8 },
    })
    made.unref()
    made.on('message', (answer: Answer) => {
      if (made !== thread.worker) return
      settle(thread, (task) => ('error' in answer ? task.reject(unpackError(answer.error)) : task.resolve(answer.result as never)))
    })
    made.on('error', (error) => {
      if (made === thread.worker) fail(thread, error)
    })
    return made
  }
  /** The next task of whoever has none running and was served longest ago. */
  const take = (): Task | undefined => {
    for (const [person, [task, ...left]] of waiting) {
      if (threads.some((t) => t.running?.person === person)) continue
      waiting.delete(person)
      if (left.length > 0) waiting.set(person, left)
      return task
    }
  }
  const threadFor = (person: string): Thread | undefined => {
    const free = threads.filter((t) => !t.running)
    return free.find((t) => t.worker && t.person === person) ?? free.find((t) => t.worker) ?? free[0]
  }
  const next = (): void => {
    if (threads.every((t) => t.running)) return
    const task = take()
    const thread = task && threadFor(task.person)
    if (!task || !thread) return
    clearTimeout(thread.timer)
    thread.person = task.person
    thread.running = task
    thread.worker ??= start(thread)
    thread.timer = setTimeout(() => fail(thread, PlanningTimeLimit({ seconds: timeLimitMs / 1000 })), timeLimitMs)
    thread.worker.postMessage(task.request)
    next()
  }

  let closed = false
  return {
    keep() {
      const [first] = threads
      if (closed || !first || first.running) return
      first.worker ??= start(first)
      rest(first)
    },
    ask: (request, person) =>
      new Promise((resolve, reject) => {
        waiting.set(person, [...(waiting.get(person) ?? []), { person, request, resolve, reject }])
        next()
      }),
    async close() {
      closed = true
      const left = [...threads.flatMap((t) => t.running ?? []), ...[...waiting.values()].flat()]
      waiting.clear()
      for (const thread of threads) thread.running = undefined
      await Promise.all(threads.map(end))
      for (const task of left) task.reject(ShuttingDown())
    },
  }
}
