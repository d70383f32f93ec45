// How long a part that lives may give no good answer: a slow one is waited for, several make it degraded, only a long silence makes it stuck.
import type { Patience } from '#runtime/plan'

/** A step between two looks counts as no more than this: while a machine sleeps nobody answers, and nobody is stuck. */
const LONGEST_STEP_MS = 10_000

export type Verdict = 'waited' | 'degraded' | 'stuck'

/** The looks in a row that found no good answer. */
export class Misses {
  readonly #patience: Patience
  #count = 0
  #ms = 0
  #at = 0

  constructor(patience: Patience) {
    this.#patience = patience
  }

  /** @param now milliseconds of a clock that only goes on */
  miss(now = performance.now()): Verdict {
    if (this.#count++ > 0) this.#ms += Math.min(now - this.#at, LONGEST_STEP_MS)
    this.#at = now
    const { degradedAfter, stuckMs } = this.#patience
    if (this.#count < degradedAfter) return 'waited'
    return this.#ms < stuckMs ? 'degraded' : 'stuck'
  }

  forget(): void {
    this.#count = 0
    this.#ms = 0
  }
}
