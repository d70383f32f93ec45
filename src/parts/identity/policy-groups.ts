// Follows what the policy that is in force says of groups.
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import type { GroupRoles, PolicyGroupStore } from '#parts/identity/store/policy-groups'

const LOOK_MS = 500

export interface PolicyGroupsDeps {
  readonly store: PolicyGroupStore
  readonly realm: string
  /** Of now. */
  groups(): GroupRoles
  /** Told when the store has other ones. */
  changed(): void
  readonly log: Log
}

/** The store has those of now when this answers. What it cannot take is tried again. */
export async function followPolicyGroups({ store, realm, groups, changed, log }: PolicyGroupsDeps): Promise<{ stop(): Promise<void> }> {
  let known: string | undefined
  let turn = Promise.resolve()
  const look = async () => {
    const now = groups()
    const text = JSON.stringify(now)
    if (text === known) return
    await store.replace(realm, now)
    known = text
    changed()
  }
  await look()
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    turn = look()
      .catch((error: Error) => log.warn({ error: describeError(error) }, 'roles of groups are not as the policy says yet'))
      .finally(() => {
        isLooking = false
      })
  }, LOOK_MS)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await turn
    },
  }
}
