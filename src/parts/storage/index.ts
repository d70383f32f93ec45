// Object storage: the S3 API over immutable files and an index in LMDB; IAM on the same port, files over a private socket.
import { mkdirSync, statSync } from 'node:fs'
import type { Authoriser } from '#kit/access'
import { describeError } from '#kit/errors'
import { type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { createAuthenticate, type RootKey } from '#parts/storage/authenticate'
import { openBlobs } from '#parts/storage/blobs'
import { createDoor, HEALTH_PATH } from '#parts/storage/door'
import { createFilesDoor } from '#parts/storage/files-door'
import { openIdentities } from '#parts/storage/identities'
import { createMetrics, type Metrics } from '#parts/storage/metrics'
import type { Store } from '#parts/storage/request'
import { openSpools } from '#parts/storage/spools'
import { type Index, openIndex } from '#parts/storage/store'

export interface StorageDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  /** Path of the private socket of the files port. */
  readonly socket: string
  /** Folder of the index. */
  readonly dir: string
  readonly objectsDir: string
  /** Folder of the queries' spools; on the same file system as `objectsDir`. */
  readonly spoolDir: string
  readonly region: string
  readonly rootKey: RootKey
  /** Seals session tokens; the minter has the same. */
  readonly sessionKey: Secret
  readonly authoriser: Authoriser
  readonly log: Log
  /** Bytes of the disk that writes leave free; default 16 MiB. */
  readonly reserveBytes?: number
  readonly now?: () => Date
}

interface Running {
  readonly index: Index
  readonly served: readonly Served[]
  readonly sweep: Promise<void>
  stopped: boolean
}

const RESERVE = 16 * 1024 * 1024

export function createStorage(deps: StorageDeps): Part {
  let running: Running | undefined

  const start = async () => {
    for (const dir of [deps.dir, deps.objectsDir, deps.spoolDir]) mkdirSync(dir, { recursive: true, mode: 0o700 })
    if (statSync(deps.objectsDir).dev !== statSync(deps.spoolDir).dev)
      throw new Error(`${deps.spoolDir} must be on the file system of ${deps.objectsDir}: objects are linked into it`)
    const index = openIndex(deps.dir)
    const served: Served[] = []
    try {
      const blobs = openBlobs(deps.objectsDir, deps.reserveBytes ?? RESERVE)
      const spools = openSpools(deps.spoolDir)
      const identities = openIdentities(index.env, index.durably)
      const { authoriser, region, log } = deps
      const store: Store = { index, blobs, identities, authoriser, region, log }
      const metrics = createMetrics(index)
      const authenticate = createAuthenticate({ ...deps, identities, now: deps.now ?? (() => new Date()) })
      served.push(await serve({ listen: { socket: deps.socket }, log, handler: createFilesDoor(store, spools) }))
      served.push(await serve({ listen: { host: deps.host, port: deps.metricsPort }, log, handler: metricsHandler(metrics) }))
      served.push(await serve({ listen: { host: deps.host, port: deps.port }, log, handler: createDoor({ store, authenticate, metrics }) }))
      const state: Running = { index, served, stopped: false, sweep: Promise.resolve() }
      running = { ...state, sweep: sweepIn(store, () => running?.stopped ?? true) }
    } catch (error) {
      await Promise.all(served.map((s) => s.close(0)))
      await index.close()
      throw error
    }
  }

  const stop = async () => {
    const state = running
    if (!state) return
    state.stopped = true
    await Promise.all(state.served.map((s) => s.close()))
    await state.sweep
    await state.index.close()
    running = undefined
  }

  return { name: deps.name, start, stop, health: () => probe(deps) }
}

async function sweepIn({ blobs, index, log }: Store, stopped: () => boolean): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  try {
    const removed = await blobs.sweep(index.knows, stopped)
    if (removed > 0) log.info({ removed }, 'removed files that no object names')
  } catch (error) {
    log.warn({ error: describeError(error) }, 'could not look for files that no object names')
  }
}

async function probe({ host, port }: StorageDeps): Promise<Health> {
  try {
    const answer = await fetch(`http://${host}:${port}${HEALTH_PATH}`, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? { healthy: true } : { healthy: false, detail: `health answered ${answer.status}` }
  } catch (error) {
    return { healthy: false, detail: describeError(error) }
  }
}

function metricsHandler(metrics: Metrics): Parameters<typeof serve>[0]['handler'] {
  return async (req, res) => {
    if (req.url?.split('?')[0] !== '/metrics') {
      res.writeHead(404).end()
      return
    }
    const text = await metrics.print()
    res.writeHead(200, { 'content-type': metrics.contentType })
    res.end(text)
  }
}
