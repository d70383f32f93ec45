// How far a transfer is, on one line of a terminal that is written over; nothing where nobody looks.
import { say } from '#cli/output'

const EVERY_MS = 200

export interface Progress {
  add(bytes: number): void
  /** Takes the line away. */
  end(): void
}

export function showProgress(what: string, total: number | undefined, quiet: boolean, output = process.stderr): Progress {
  if (quiet || !output.isTTY) return { add: () => {}, end: () => {} }
  let done = 0
  let shown = 0
  const line = () => `${what}: ${bytesText(done)}${total === undefined ? '' : ` of ${bytesText(total)}`}`
  return {
    add: (bytes) => {
      done += bytes
      if (Date.now() - shown < EVERY_MS) return
      shown = Date.now()
      output.write(`\r\u001b[K${line()}`)
    },
    end: () => output.write('\r\u001b[K'),
  }
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function bytesText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`
}

/** What was done, where the answer is not JSON. */
export function report(json: boolean, text: string): void {
  if (!json) say(text)
}
