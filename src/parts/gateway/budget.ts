// How many records one source, and all together, may cause: what anybody can send without an account must not fill a table.

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export interface BudgetOptions {
  /** Of one key in a minute. */
  readonly perMinute: number
  /** Of all keys in an hour; also how many keys are remembered. */
  readonly perHour: number
  readonly now?: () => number
}

/** How many were left out since the last record, when this one may be recorded: of the key, and of all that are not remembered any more; undefined when not. */
export type Budget = (key: string) => number | undefined

export function createBudget({ perMinute, perHour, now = Date.now }: BudgetOptions): Budget {
  const keys = new Map<string, { minute: number; taken: number; skipped: number }>()
  let hour = 0
  let left = perHour
  let forgotten = 0

  return (key) => {
    const time = now()
    if (time - hour >= HOUR) {
      ;[hour, left] = [time, perHour]
      for (const { skipped } of keys.values()) forgotten += skipped
      keys.clear()
    }
    const known = keys.get(key)
    const state = known ?? { minute: time, taken: 0, skipped: 0 }
    if (time - state.minute >= MINUTE) Object.assign(state, { minute: time, taken: 0 })
    if (left <= 0 || state.taken >= perMinute) {
      if (known) known.skipped++
      else forgotten++
      return undefined
    }
    keys.set(key, state)
    const skipped = state.skipped + forgotten
    forgotten = 0
    Object.assign(state, { taken: state.taken + 1, skipped: 0 })
    left--
    return skipped
  }
}
