// Object storage: the S3 API over immutable files and an index in LMDB; IAM on the same port, files over a private socket.
import { mkdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authoriser } from '#kit/access'
import { HEALTH_PATH } from '#kit/answer'
import { describeError } from '#kit/errors'
import { assertLocalCaller } from '#kit/forwarded'
import { type Handler, type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import { serveMetrics } from '#kit/metrics-page'
import type { Health, Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { createAssumed, type WebIdentity } from '#parts/storage/assumed'
import { createAuthenticate, type RootKey } from '#parts/storage/authenticate'
import { openBlobs } from '#parts/storage/blobs'
import { type Delivery, startDelivery, type Webhooks } from '#parts/storage/delivery'
import { createDoor, tellS3 } from '#parts/storage/door'
import { startExpiry } from '#parts/storage/expiry'
import { createFilesDoor, type TenantOf } from '#parts/storage/files-door'
import { openIdentities } from '#parts/storage/identities'
import type { KeyOwners } from '#parts/storage/key-owners'
import { createMetrics } from '#parts/storage/metrics'
import type { Store } from '#parts/storage/request'
import { type KeyringFile, openKeyring } from '#parts/storage/sealing/keyring'
import { createRotation } from '#parts/storage/sealing/rotate'
import { openSpools } from '#parts/storage/spools'
import { type Index, openIndex } from '#parts/storage/store'

export interface StorageDeps {
  readonly name: string
  readonly host: string
  /** By which clients call it; what stands before one of them in a request's Host is a bucket. */
  readonly names: readonly string[]
  readonly port: number
  readonly metricsPort: number
  /** What that port answers; default: what this process counts. */
  readonly metricsPage?: () => Promise<string>
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
  /** By which it knows the gateway, whose word counts for where a request came from. */
  readonly gatewayKey?: Secret
  readonly authoriser: Authoriser
  readonly keyOwners: KeyOwners
  /** Where the keys are kept that seal the keys of encrypted objects. */
  readonly sealingKeys: KeyringFile
  readonly webIdentity: WebIdentity
  readonly isLeased: Store['isLeased']
  /** Whom buckets may tell of what happens in them. */
  readonly webhooks: Webhooks
  /** Before an event is brought again for the first time; milliseconds, default a second. */
  readonly webhookPauseMs?: number
  readonly tenantOf: TenantOf
  readonly log: Log
  /** Bytes of the disk that writes leave free; default 16 MiB. */
  readonly reserveBytes?: number
  readonly now?: () => Date
  /** Days that an upload in parts may stay open; 0 for ever. */
  readonly uploadDays: number
  /** How often uploads are looked at; milliseconds, default an hour. */
  readonly expiryEveryMs?: number
}

interface Running {
  readonly index: Index
  /** Requests that still use the index. */
  readonly busy: Set<Promise<void>>
  readonly served: readonly Served[]
  sweep: Promise<void>
  goingOn: Promise<unknown>
  readonly delivery: Delivery
  readonly expiry: { stop(): Promise<void> }
  stopped: boolean
}

interface Doors {
  readonly s3: Handler
}

const RESERVE = 16 * 1024 * 1024
const EXPIRY_EVERY = 3600 * 1000

export function createStorage(deps: StorageDeps): Part {
  let running: Running | undefined

  const start = async () => {
    const { authoriser, region, log, host } = deps
    const served: Served[] = []
    const busy = new Set<Promise<void>>()
    const doors = Promise.withResolvers<Doors>()
    let index: Index | undefined
    try {
      // The client's port first: whoever holds it owns the folders, which are tidied below.
      served.push(
        await serve({
          listen: { host, port: deps.port },
          log,
          part: deps.name,
          probes: [HEALTH_PATH],
          continues: 'by the handler',
          ...(deps.gatewayKey ? { forwarder: deps.gatewayKey } : {}),
          handler: Object.assign(async (req: IncomingMessage, res: ServerResponse) => (await doors.promise).s3(req, res), { tell: tellS3 }),
        }),
      )
      makeFolders(deps)
      const now = deps.now ?? (() => new Date())
      index = openIndex(deps.dir, () => now().getTime())
      const blobs = openBlobs(deps.objectsDir, deps.reserveBytes ?? RESERVE)
      const spools = openSpools(deps.spoolDir)
      const identities = openIdentities(index.env, index.durably)
      const held = index
      const keyring = await openKeyring(deps.sealingKeys, () => held.seals.list('', 1).length > 0)
      const rotation = createRotation({ index, keyring, log }, () => running?.stopped === true)
      const { isLeased, uploadDays, sessionKey, webIdentity } = deps
      const store: Store = {
        ...{ index, blobs, identities, keyring, rotation, isLeased, authoriser, region, log, now, uploadDays },
        ...{ sessionKey, webIdentity, webhooks: Object.keys(deps.webhooks) },
      }
      const assumed = createAssumed({ ...deps, buckets: () => held.buckets().map(({ name }) => name) })
      const metrics = createMetrics(index, Object.keys(deps.webhooks))
      const authenticate = createAuthenticate({ ...deps, identities, assumed, now })
      served.push(
        await serve({
          listen: { socket: deps.socket },
          log,
          part: deps.name,
          handler: tracked(busy, createFilesDoor(store, spools, deps.tenantOf)),
        }),
      )
      served.push(
        await serveMetrics({
          listen: { host, port: deps.metricsPort },
          log,
          admit: assertLocalCaller,
          ...(deps.metricsPage ? { print: deps.metricsPage } : {}),
        }),
      )
      const state: Running = {
        index,
        busy,
        served,
        stopped: false,
        sweep: Promise.resolve(),
        goingOn: Promise.resolve(),
        delivery: startDelivery(store, deps.webhooks, deps.webhookPauseMs),
        expiry: startExpiry(store, deps.expiryEveryMs ?? EXPIRY_EVERY),
      }
      running = state
      state.sweep = sweepIn(store, () => state.stopped)
      state.goingOn = rotation.goOn().then(
        (files) => files > 0 && log.info({ files }, 'sealed keys again after a rotation that was broken off'),
        (error: unknown) => log.warn({ error: describeError(error) }, 'could not go on with the rotation of keys'),
      )
      doors.resolve({ s3: tracked(busy, createDoor({ store, authenticate, metrics, names: deps.names })) })
    } catch (error) {
      doors.promise.catch(() => undefined)
      doors.reject(error)
      await Promise.all(served.map((s) => s.close(0)))
      await index?.close()
      throw error
    }
  }

  const stop = async () => {
    const state = running
    if (!state) return
    state.stopped = true
    await Promise.all(state.served.map((s) => s.close()))
    await Promise.all([state.sweep, state.goingOn, state.delivery.stop(), state.expiry.stop(), ...state.busy])
    await state.index.close()
    running = undefined
  }

  return { name: deps.name, start, stop, health: () => probe(deps) }
}

/** The index is closed only behind the last request that uses it. */
function tracked(busy: Set<Promise<void>>, door: Handler): Handler {
  const handle: Handler = async (req, res) => {
    const work = Promise.resolve(door(req, res))
    const settled = work.catch(() => undefined).finally(() => busy.delete(settled))
    busy.add(settled)
    await work
  }
  return Object.assign(handle, door.tell ? { tell: door.tell } : {})
}

function makeFolders({ dir, objectsDir, spoolDir }: StorageDeps): void {
  for (const path of [dir, objectsDir, spoolDir]) mkdirSync(path, { recursive: true, mode: 0o700 })
  if (statSync(objectsDir).dev !== statSync(spoolDir).dev)
    throw new Error(`${spoolDir} must be on the file system of ${objectsDir}: objects are linked into it`)
}

async function sweepIn({ blobs, index, log }: Store, stopped: () => boolean): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  try {
    const removed = await blobs.sweep(index.knows, stopped)
    if (removed > 0) log.info({ removed }, 'removed files that no object names')
    const left = [...index.unsettled()].map(({ bucket, key }) => `s3://${bucket}/${key}`)
    if (left.length > 0)
      log.warn(
        { count: left.length, first: left.slice(0, 10) },
        'queries broke off before they told whether their commit names these files',
      )
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
