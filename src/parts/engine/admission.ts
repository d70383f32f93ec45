// Who may run now: at most `slots` queries at once, a bounded line behind them, first come first served.
import { Cancelled, EngineBusy } from '#parts/engine/errors'

export interface Admission {
  /** Resolves with the release of the slot; throws EngineBusy when the line is full, Cancelled when the signal fires first. */
  enter(signal: AbortSignal): Promise<() => void>
  readonly running: number
  readonly queued: number
}

export function createAdmission(slots: number, line: number): Admission {
  let running = 0
  const waiting: (() => void)[] = []
  const leave = () => {
    running--
    waiting.shift()?.()
  }
  const grant = (): (() => void) => {
    running++
    let left = false
    return () => {
      if (left) return
      left = true
      leave()
    }
  }
  return {
    get running() {
      return running
    },
    get queued() {
      return waiting.length
    },
    async enter(signal) {
      if (signal.aborted) throw Cancelled()
      if (running < slots) return grant()
      if (waiting.length >= line) throw EngineBusy({ running, queued: waiting.length })
      return new Promise((resolve, reject) => {
        const next = () => {
          signal.removeEventListener('abort', abort)
          resolve(grant())
        }
        const abort = () => {
          const at = waiting.indexOf(next)
          if (at >= 0) waiting.splice(at, 1)
          reject(Cancelled())
        }
        waiting.push(next)
        signal.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
