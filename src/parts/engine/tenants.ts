// A DuckDB instance for each tenant, whose folders are that tenant's spools and pipes; one shared instance for queries that open no file.
// Queries that may keep a process busy have one of their owner's.
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { openDatabase } from '#parts/engine/database'
import type { Bounds } from '#parts/engine/duckdb'
import { StatementRefused } from '#parts/engine/errors'
import { type Instance, openInstance, type Tenant } from '#parts/engine/instance'
import { createKnown } from '#parts/engine/known'
import { createProcesses } from '#parts/engine/processes'

export interface TenantsOptions {
  /** Above all spools, each `<tenant>/<query>`. */
  readonly spoolRoot: string
  /** A private folder for pipes and temporary files. */
  readonly workDir: string
  /** Sessions and pipes that an instance keeps: the queries at once. */
  readonly slots: number
  /** Instances kept beside the shared one; more only while all are in use. */
  readonly keep: number
  /** An instance that served nothing for so long is closed. */
  readonly idleMs: number
  /** Of an instance that is alone. */
  readonly bounds: Bounds
}

export interface Asking {
  /** What may be opened; '' for a query that opens no file. */
  readonly spool: string
  /** Of a query without a spool. */
  readonly owner?: string
  /** It may keep its process busy, or is to be measured: nobody but its owner is to wait for it. */
  readonly apart: boolean
  /** Of one that is apart, where it is lower than everybody's. */
  readonly memoryLimitBytes?: number
  /** One that is apart takes the processors only that nothing else wants. */
  readonly givesWay?: boolean
}

export const SHARED_BY_ALL: Asking = { spool: '', apart: false }

export interface Tenants {
  /** Runs `work` on the instance for it. Throws StatementRefused for what is no spool. */
  use<T>(asking: Asking, work: (tenant: Tenant) => Promise<T>): Promise<T>
  /** Nothing runs: a process of the next owner's is begun meanwhile. */
  prepare(): void
  /** Memory is short: bounds each instance in use by an equal share of it, until others have ended. DuckDB then spills. */
  share(): void
  /** Bytes in the temporary files of all instances in use; 0 while there is one, which DuckDB bounds itself. */
  spilled(): number
  /** Instances that are open, the shared one included. */
  readonly size: number
  /** Processes of owners. */
  readonly processes: number
  /** Memory of the engine and of these. */
  residentBytes(): number
  close(): Promise<void>
}

interface Kept {
  readonly opened: Promise<Instance>
  users: number
  /** Granted to it, its caller's included. */
  threads: number
  timer: NodeJS.Timeout | undefined
  /** A process of its owner's, for one query at a time. */
  readonly apart: boolean
  readonly givesWay: boolean
  memoryLimitBytes: number
}

/** No name of a tenant or an owner has a dot. */
const SHARED = '.shared'
/** Processes of owners that stay when they are idle. */
const KEEP_APART = 2
/** One that holds more than that when its query has ended is ended too: JavaScript gives back late. */
const MOST_IDLE_BYTES = 160 * 1024 * 1024

export function createTenants(options: TenantsOptions): Tenants {
  const { workDir, slots, bounds } = options
  const root = realpathSync(options.spoolRoot)
  /** Least recently used first. */
  const kept = new Map<string, Kept>()
  const known = createKnown()
  const processes = createProcesses({ idleMs: options.idleMs, workDir })
  let made = 0

  const open = ({ folder, apart, givesWay }: Place, threads: number, lost: () => void) =>
    openInstance({
      ...{ ...bounds, threads, workDir, slots, folder, functions: apart, name: String(made++) },
      open: (wanted) => (apart ? processes.open(wanted, givesWay, lost) : openDatabase(wanted, known)),
    })
  const enter = (place: Place, memoryLimitBytes: number): readonly [name: string, entry: Kept] => {
    const name = place.apart ? freeName(place.name) : place.name
    const found = kept.get(name)
    const threads = found && found.users > 0 ? found.threads : grant(found, place.givesWay)
    const entry: Kept = found ?? {
      opened: open(place, threads, () => void end(name, entry)),
      users: 0,
      threads,
      timer: undefined,
      apart: place.apart,
      givesWay: place.givesWay,
      memoryLimitBytes,
    }
    entry.threads = threads
    entry.memoryLimitBytes = memoryLimitBytes
    if (!found) entry.opened.catch(() => kept.get(name) === entry && kept.delete(name))
    clearTimeout(entry.timer)
    entry.users++
    kept.delete(name)
    kept.set(name, entry)
    if (!found) trim()
    return [name, entry]
  }
  /** Of a process in which nothing runs, or of one that is not there yet. */
  const freeName = (base: string): string => {
    for (let n = 0; ; n++) if (!kept.get(`${base}${n}`)?.users) return `${base}${n}`
  }
  /**
   * Threads for who begins to work: those of an instance that is alone, while all together have no more than two such have. Idle ones
   * give theirs up. Each holds the addresses of a stack, which count against the cap of the process. Those that give way take none from the others.
   */
  const grant = (entry: Kept | undefined, givesWay: boolean): number => {
    const others = [...kept.values()].filter((other) => other !== entry && other.givesWay === givesWay)
    let free = others.reduce((left, other) => left - (other.threads - 1), 2 * (bounds.threads - 1))
    for (const other of others.filter(({ users, threads }) => users === 0 && threads > 1)) {
      if (free >= bounds.threads - 1) break
      free += other.threads - 1
      other.threads = 1
      other.opened.then((instance) => instance.bound('threads', 1)).catch(() => {})
    }
    return 1 + Math.max(0, Math.min(free, bounds.threads - 1))
  }
  const inUse = () => [...kept.values()].filter((entry) => entry.users > 0)
  /** Each alone has all; what was bounded gets more when others leave. */
  let shared = false
  const share = () => {
    const used = inUse()
    shared = used.length > 1
    const each = bounds.memoryLimitBytes / used.length
    for (const entry of used)
      entry.opened.then((instance) => instance.bound('memoryLimitBytes', Math.min(each, entry.memoryLimitBytes))).catch(() => {})
  }
  const leave = (name: string, entry: Kept) => {
    entry.users--
    if (shared && entry.users === 0) share()
    if (entry.users > 0 || name === SHARED) return
    entry.timer = setTimeout(() => void end(name, entry), options.idleMs).unref()
    if (entry.apart) void endIfFat(name, entry)
    trim()
  }
  const endIfFat = async (name: string, entry: Kept) => {
    const instance = await entry.opened.catch(() => undefined)
    if (entry.users === 0 && instance && instance.residentBytes() > MOST_IDLE_BYTES) await end(name, entry)
  }
  const end = async (name: string, entry: Kept) => {
    clearTimeout(entry.timer)
    if (kept.get(name) === entry) kept.delete(name)
    const instance = await entry.opened.catch(() => undefined)
    instance?.close()
  }
  const trim = () => {
    const idle = [...kept].filter(([name, { users }]) => users === 0 && name !== SHARED)
    const apart = idle.filter(([, entry]) => entry.apart)
    const over = kept.size - (kept.has(SHARED) ? 1 : 0) - options.keep
    for (const [name, entry] of new Map([...apart.slice(0, -KEEP_APART), ...idle.slice(0, Math.max(0, over))])) void end(name, entry)
  }

  return {
    prepare: processes.prepare,
    share: () => {
      for (const [name, entry] of kept) if (entry.apart && entry.users === 0) void end(name, entry)
      if (inUse().length > 1) share()
    },
    spilled: () => (inUse().length > 1 ? bytesBelow(join(workDir, 'tmp')) : 0),
    get size() {
      return kept.size
    },
    get processes() {
      return processes.size
    },
    residentBytes: () => process.memoryUsage.rss() + processes.residentBytes(),
    async use(asking, work) {
      const { memoryLimitBytes = bounds.memoryLimitBytes } = asking
      const [name, entry] = enter(placeOf(root, asking), Math.min(memoryLimitBytes, bounds.memoryLimitBytes))
      try {
        const instance = await entry.opened
        if (!shared || entry.memoryLimitBytes < bounds.memoryLimitBytes) await instance.bound('memoryLimitBytes', entry.memoryLimitBytes)
        await instance.bound('threads', entry.threads)
        return await work(instance)
      } finally {
        leave(name, entry)
      }
    },
    async close() {
      await processes.close() // those that are still opening, too
      await Promise.all([...kept].map(([name, entry]) => end(name, entry)))
    },
  }
}

function bytesBelow(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return files.reduce((sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  } catch {
    return 0 // A folder went while it was read: asked again at the next tick.
  }
}

interface Place {
  /** Of the instance, or the beginning of it. */
  readonly name: string
  readonly folder: string | undefined
  readonly apart: boolean
  readonly givesWay: boolean
}

function placeOf(root: string, { spool, owner = '', apart, givesWay = false }: Asking): Place {
  const tenant = spool === '' ? undefined : tenantOf(root, spool)
  const name = apart ? `${tenant ?? `.${owner}`}.${givesWay ? 'last.' : ''}` : (tenant ?? SHARED)
  return { name, folder: tenant === undefined ? undefined : join(root, tenant), apart, givesWay }
}

/** Whose spool it is: `<root>/<tenant>/<query>`, spelt so and no other way. */
function tenantOf(root: string, spool: string): string {
  const [tenant, query, ...more] = spool.startsWith(root + sep) ? spool.slice(root.length + 1).split(sep) : []
  if (!/^[\w-]{1,128}$/.test(tenant ?? '') || !/^[\w-][\w.-]{0,127}$/.test(query ?? '') || more.length > 0)
    throw StatementRefused({ text: `${spool} is no spool` })
  return tenant as string
}
