// A second client, in a thread of its own: what the first sends and reads does not make it wait.
import { once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { timed } from '#cli/bench/figure'
import { createHttpClient } from '#cli/bench/http'
import { type RunnerOptions, sqlRunner } from '#cli/bench/sql-runner'
import { INFO_PATH } from '#parts/sql/routes'
import { HOST, port } from '#runtime/machine'

export const STATEMENT = 'SELECT 1'

/** Fails where the answer is another. */
export async function askStatement(run: ReturnType<typeof sqlRunner>): Promise<void> {
  const rows = await run(STATEMENT)
  if (JSON.stringify(rows) !== '[[1]]') throw new Error(`${STATEMENT} gave ${JSON.stringify(rows)}`)
}

/** What it waited, and since when (`epochMs`). */
export interface Waited {
  readonly at: number
  readonly ms: number
}

/** Of the statement, and of what plans and runs nothing. */
export interface Beside {
  readonly statement: Waited[]
  readonly info: Waited[]
}

type Given = Pick<RunnerOptions, 'machine' | 'env'>

export const epochMs = (): number => performance.timeOrigin + performance.now()

/** Asks the two in turn for as long as `body` runs. */
export async function besideSecondClient(given: Given, body: () => Promise<void>): Promise<Beside> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { machine: given.machine, env: { ...given.env } } satisfies Given })
  try {
    await once(worker, 'message') // It has asked once.
    await body()
    worker.postMessage('end')
    const [beside] = await once(worker, 'message')
    return beside as Beside
  } finally {
    await worker.terminate()
  }
}

async function ask({ machine, env }: Given, tell: (what: unknown) => void, isOver: () => boolean): Promise<void> {
  const http = createHttpClient(1)
  const run = sqlRunner({ machine, env, http })
  const info = `http://${HOST}:${port(machine, 'sql')}${INFO_PATH}`
  const beside: Beside = { statement: [], info: [] }
  const take = async (list: Waited[], action: () => Promise<unknown>) => void list.push({ at: epochMs(), ms: await timed(action) })
  await askStatement(run)
  tell('ready')
  while (!isOver()) {
    await take(beside.statement, () => askStatement(run))
    await take(beside.info, () => http.request('GET', info))
  }
  tell(beside)
  http.close()
}

if (parentPort) {
  const parent = parentPort
  let isOver = false
  parent.once('message', () => {
    isOver = true
  })
  await ask(
    workerData as Given,
    (what) => parent.postMessage(what),
    () => isOver,
  )
}
