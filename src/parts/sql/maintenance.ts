// Tables stay healthy by themselves: on a schedule each table is asked what it is due for, and that is done by the statements that anybody could give.
import type { Caller } from '#kit/access'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { counter, gauge } from '#kit/metrics'
import { requestId } from '#kit/trace'
import { isDueTold, LAST_RUN_METRIC, noLeastAge } from '#parts/sql/maintenance-terms'
import type { QueryManager } from '#parts/sql/query/manager'
import type { Query } from '#parts/sql/query/query'
import type { ClientContext } from '#wire/trino/headers'
import { quoteName } from '#wire/trino/names'

export interface MaintenanceSettings {
  readonly enabled: boolean
  readonly everyHours: number
  readonly afterMinutes: number
  readonly maxMinutes: number
  readonly maxGigabytes: number
}

/** What a run came to. */
export interface MaintenanceRun {
  readonly ended: Date
  readonly tables: number
  /** Statements that changed something. */
  readonly done: number
  readonly failed: number
  /** Tables that were left for the next run. */
  readonly left: number
}

export interface Maintenance {
  start(): void
  /** Ends a run that is on its way. */
  stop(): Promise<void>
  /** One run, at once; the one that is on its way where there is one. */
  run(): Promise<MaintenanceRun>
}

export interface MaintenanceDeps {
  /** The SQL catalogue whose tables are kept. */
  readonly catalog: string
  readonly manager: Pick<QueryManager, 'submit' | 'page' | 'cancel' | 'list'>
  readonly settings: MaintenanceSettings
  readonly log: Log
  /** How often it is looked whether people's statements have ended; milliseconds. */
  readonly pollMs?: number
}

const MAINTAINER = 'maintenance'
/** No person's, so that his statements are not those of a person who is called so. */
const ACCOUNT = 'sql maintenance'
const GIB = 1024 ** 3

const statements = counter({
  name: 'akko_sql_maintenance_statements_total',
  help: 'Statements that the maintenance of tables gave',
  labels: ['operation', 'outcome'],
})

export function createMaintenance({ catalog, manager, settings, log, pollMs = 1000 }: MaintenanceDeps): Maintenance {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<MaintenanceRun> | undefined
  let ending = new AbortController()
  let last: MaintenanceRun | undefined
  /** The table at which a run stopped: the next one begins there. */
  let next: string | undefined

  gauge({ name: LAST_RUN_METRIC, help: 'When the last run of the maintenance of tables ended; seconds since 1970' }, () =>
    last ? [{ value: last.ended.getTime() / 1000 }] : [],
  )

  const isBusy = () => manager.list().some(({ done, caller }) => !done && !(caller.via === 'principal' && caller.sub === MAINTAINER))

  /** False where there was no quiet moment before the end. */
  async function quiet(until: number): Promise<boolean> {
    while (isBusy()) {
      if (ending.signal.aborted || Date.now() >= until) return false
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
    return !ending.signal.aborted && Date.now() < until
  }

  async function ask(sql: string, caller: Caller, until: number, most = 0): Promise<readonly (readonly unknown[])[]> {
    const query = manager.submit({ sql, caller, client: clientOf(catalog, most) })
    const end = () => manager.cancel(query)
    const late = setTimeout(end, Math.max(0, until - Date.now()))
    ending.signal.addEventListener('abort', end, { once: true })
    try {
      return await rowsOf(manager, query)
    } finally {
      clearTimeout(late)
      ending.signal.removeEventListener('abort', end)
    }
  }

  /** Whether all of it was done. */
  async function keep(table: string, caller: Caller, until: number, budget: { bytes: number }, count: { done: number; failed: number }) {
    if (!(await quiet(until))) return false
    const [schema = '', name = ''] = JSON.parse(table) as string[]
    const at = (what: string) => [catalog, schema, what].map(quoteName).join('.')
    const due = await ask(`SELECT call, bytes FROM ${at(`${name}$maintenance`)}`, caller, until)
    for (const { call, bytes } of due.map(([call, bytes]) => ({ call: String(call), bytes: Number(bytes) }))) {
      if (!(await quiet(until))) return false
      const rewrites = call === 'optimize'
      if (rewrites && budget.bytes <= 0) {
        next ??= table
        continue
      }
      const operation = /^\w+/.exec(call)?.[0] ?? ''
      try {
        await ask(`ALTER TABLE ${at(name)} EXECUTE ${call}`, caller, until, budget.bytes)
        if (rewrites) budget.bytes -= bytes
        count.done++
        statements.inc({ operation, outcome: 'done' })
        log.info({ schema, table: name, call, bytes }, 'a table was kept healthy')
      } catch (error) {
        count.failed++
        statements.inc({ operation, outcome: 'failed' })
        log.warn({ schema, table: name, call, error: describeError(error) }, 'a table could not be kept healthy')
      }
    }
    return true
  }

  async function once(): Promise<MaintenanceRun> {
    const until = Date.now() + settings.maxMinutes * 60_000
    const caller = callerOf(catalog)
    const budget = { bytes: settings.maxGigabytes * GIB }
    const count = { done: 0, failed: 0 }
    const listed = await ask(
      `SELECT table_schema, table_name FROM ${quoteName(catalog)}.information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY 1, 2`,
      caller,
      until,
    )
    const all = listed
      .filter(([schema, name]) => schema !== 'information_schema' && isDueTold(String(name)))
      .map((row) => JSON.stringify(row))
    const begun = next
    const from = Math.max(
      0,
      all.findIndex((table) => begun !== undefined && table >= begun),
    )
    const tables = [...all.slice(from), ...all.slice(0, from)]
    let at = 0
    next = undefined
    for (; at < tables.length; at++) {
      const table = tables[at] as string
      try {
        if (await keep(table, caller, until, budget, count)) continue
        next ??= table
        break
      } catch (error) {
        count.failed++
        log.warn({ table, error: describeError(error) }, 'a table could not be looked at')
      }
    }
    last = { ended: new Date(), tables: tables.length, ...count, left: tables.length - at }
    log.info({ ...last }, 'maintenance of tables ended')
    return last
  }

  const run = () => {
    running ??= once().finally(() => {
      running = undefined
    })
    return running
  }

  function schedule(inMs: number): void {
    timer = setTimeout(() => {
      run()
        .catch((error: unknown) => log.warn({ error: describeError(error) }, 'maintenance of tables failed'))
        .finally(() => {
          if (!ending.signal.aborted) schedule(settings.everyHours * 3_600_000)
        })
    }, inMs)
    timer.unref()
  }

  return {
    start() {
      ending = new AbortController()
      if (settings.enabled) schedule(settings.afterMinutes * 60_000)
    },
    async stop() {
      ending.abort()
      clearTimeout(timer)
      await running?.catch(() => undefined)
    },
    run,
  }
}

/** A person of the platform's own, who may keep the tables of this catalogue and nothing else; what he does is on record like anybody's. */
function callerOf(catalog: string): Caller {
  return {
    sub: MAINTAINER,
    account: ACCOUNT,
    roles: [],
    via: 'principal',
    requestId: requestId(),
    entitlements: [
      { kind: 'catalog', path: [catalog], actions: ['list', 'read'] },
      { kind: 'schema', path: [catalog], actions: ['list', 'read'] },
      { kind: 'table', path: [catalog], actions: ['list', 'read', 'write'] },
    ],
  }
}

/** A rewrite takes on no more than this. */
function clientOf(catalog: string, mostBytes: number): ClientContext {
  const session = {
    ...noLeastAge(catalog),
    [`${catalog}.optimize_max_bytes`]: `${mostBytes}B`,
  }
  const none = {
    schema: undefined,
    timeZone: undefined,
    language: undefined,
    clientInfo: undefined,
    traceToken: undefined,
    transactionId: undefined,
  }
  return { ...none, user: MAINTAINER, source: MAINTAINER, catalog, clientTags: [], capabilities: new Set(), session, prepared: {} }
}

async function rowsOf(manager: MaintenanceDeps['manager'], query: Query): Promise<readonly (readonly unknown[])[]> {
  const rows: unknown[][] = []
  for (let token = 1; ; token++) {
    const page = await manager.page(query, token)
    for (const row of page?.rows ?? []) rows.push(JSON.parse(row) as unknown[])
    if (!page || page.last) break
  }
  if (query.error) throw query.error
  return rows
}
