// The one authoriser of this machine, over the policy that is in force: its owner's, or the shipped one.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Authoriser } from '#kit/access'
import type { AccessModel } from '#kit/access-model'
import { auditKinds } from '#kit/audit-kind'
import { catalogKinds } from '#parts/catalog/resource-kinds'
import { cockpitKinds } from '#parts/cockpit/resource-kinds'
import { docsKinds } from '#parts/docs/resource-kinds'
import { identityKinds } from '#parts/identity/resource-kinds'
import { createLivePolicy } from '#parts/policy/index'
import { sqlKinds } from '#parts/sql/resource-kinds'
import { storageKinds } from '#parts/storage/resource-kinds'
import { shippedPolicy, shippedText } from '#platform/access'
import type { Policy, PolicyText } from '#platform/policy/source'
import type { Machine } from '#runtime/machine'
import { VERSION } from '#runtime/version'

/** Everything that may be asked about; each part declares its own. */
export const RESOURCE_KINDS = [
  ...catalogKinds,
  ...storageKinds,
  ...sqlKinds,
  ...identityKinds,
  ...cockpitKinds,
  ...docsKinds,
  ...auditKinds,
]

/** One that is or was in force, as it is kept. */
export interface KeptPolicy extends Policy {
  /** Grows by one with each policy that answers otherwise than the one before. */
  readonly revision: number
  /** ISO time. */
  readonly at: string
  readonly author: string
  readonly reason: string
  readonly files: readonly PolicyText[]
}

/** Of a home whose owner has written none. */
export const SHIPPED: KeptPolicy = {
  ...shippedPolicy,
  revision: 0,
  at: '',
  author: 'akko',
  reason: `shipped with ${VERSION}`,
  files: [shippedText],
}

type Home = Pick<Machine, 'paths'>

/** Written by the command line alone, read by all cells. */
export const policyRecords = ({ paths }: Home): string => join(paths.records, 'policy')
export const policyFile = (machine: Home): string => join(policyRecords(machine), 'current.json')

export interface LivePolicy {
  readonly authoriser: Authoriser
  inForce(): KeptPolicy
  /** Another one when the same question may be answered otherwise: of what the policy is made now, rules as data and code. */
  version(): string
}

/** How long what was looked at is believed; milliseconds. */
const LOOK_MS = 200

/** By file: whoever asks in one process is told of one policy, or what one answered would be held for the answer of the other. */
const followed = new Map<string, () => KeptPolicy>()

/** That of a machine; without one, the shipped. A policy that cannot be read denies what is asked meanwhile. */
export function createPolicy(machine?: Home): LivePolicy {
  const inForce = machine ? followedAt(policyFile(machine)) : () => SHIPPED
  let hashed: { readonly of: KeptPolicy; readonly version: string } | undefined
  return {
    authoriser: createLivePolicy(() => inForce().model, RESOURCE_KINDS),
    inForce,
    version: () => {
      const now = inForce()
      if (hashed?.of !== now) hashed = { of: now, version: versionOf(now.model) }
      return hashed.version
    },
  }
}

/** What is in force now, for who asks once. */
export const readInForce = (machine: Home): KeptPolicy => readKept(policyFile(machine))
export const policyModel = (machine: Home): AccessModel => readInForce(machine).model

const readKept = (file: string): KeptPolicy => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptPolicy) : SHIPPED)

const versionOf = (model: AccessModel): string =>
  createHash('sha256')
    .update(JSON.stringify([VERSION, model]))
    .digest('hex')

function followedAt(file: string): () => KeptPolicy {
  const known = followed.get(file) ?? follow(file)
  followed.set(file, known)
  return known
}

/** Reads the file again when another has taken its place. */
function follow(file: string): () => KeptPolicy {
  let kept = SHIPPED
  let known = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (now - lookedAt < LOOK_MS) return kept
    const stats = statSync(file, { throwIfNoEntry: false })
    const found = stats === undefined ? '' : markOf(stats)
    if (found !== known) {
      kept = readKept(file)
      known = found
    }
    lookedAt = now
    return kept
  }
}

const markOf = ({ ino, size, ctimeMs }: Stats): string => [ino, size, ctimeMs].join(' ')
