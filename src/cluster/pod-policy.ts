// The policy of a pod: its owner's files, which the chart mounts, or the shipped one. Looked at again while the pod runs.
import type { Authoriser } from '#kit/access'
import { defineError, describeError } from '#kit/errors'
import { marksIn } from '#kit/folder-marks'
import type { Log } from '#kit/log'
import { gauge } from '#kit/metrics'
import { createLivePolicy } from '#parts/policy/index'
import { shippedPolicy } from '#platform/access'
import type { Policy } from '#platform/policy/source'
import { RESOURCE_KINDS } from '#runtime/policy'
import { compileWhole, NoPolicyFiles, readPolicyFiles } from '#runtime/policy-store'

/** The kubelet brings a changed ConfigMap within a minute or so; from there it is this. Milliseconds. */
const LOOK_MS = 1000

const GroupsOfOneMachine = defineError(
  'policy.groups_of_one_machine',
  422,
  'the policy gives roles to {groups}: on a cluster the realm gives roles to groups',
  {
    blame: 'operator',
    hint: 'give the groups their roles in Keycloak (Groups, Role mapping), and take `groups` out of the files; until then the policy that is in force goes on',
  },
)

export interface PodPolicy {
  readonly authoriser: Authoriser
  inForce(): Policy
  /** @throws PolicyInvalid, NoPolicyFiles: a pod that begins has no older policy to go on with */
  start(): Promise<void>
  stop(): void
}

/** Of the folder's files whole; wrong ones are refused whole, and what was in force goes on. Before it is started it denies everything. */
export function createPodPolicy(folder: string | undefined, log: Log): PodPolicy {
  let policy: Policy = folder === undefined ? shippedPolicy : NOTHING
  let known = ''
  let refused = false
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  gauge({ name: 'akko_policy_refused', help: 'Whether the files of the policy cannot be put in force' }, () => [{ value: Number(refused) }])

  async function take(from: string): Promise<void> {
    const found = marksIn(from)
    if (found === known) return
    known = found
    try {
      policy = await readPolicy(from)
      refused = false
      log.info({ folder: from }, 'the policy is in force')
    } catch (error) {
      refused = true
      log.error({ folder: from }, `the policy is not put in force: ${describeError(error)}`)
    }
  }

  return {
    authoriser: createLivePolicy(() => policy.model, RESOURCE_KINDS),
    inForce: () => policy,
    start: async () => {
      if (folder === undefined) return
      known = marksIn(folder)
      policy = await readPolicy(folder)
      timer = setInterval(() => {
        if (isLooking) return
        isLooking = true
        void take(folder).finally(() => {
          isLooking = false
        })
      }, LOOK_MS)
    },
    stop: () => clearInterval(timer),
  }
}

const NOTHING: Policy = { model: { roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, places: {} }

/** @throws PolicyInvalid, NoPolicyFiles, NotPolicyFile, and where it gives roles to groups, which no part of a cluster would follow */
export async function readPolicy(folder: string): Promise<Policy> {
  const files = readPolicyFiles(folder)
  if (files === undefined) throw NoPolicyFiles({ folder })
  const policy = await compileWhole(files)
  if (policy.model.groupRoles !== undefined) throw GroupsOfOneMachine({ groups: Object.keys(policy.model.groupRoles).join(', ') })
  return policy
}
