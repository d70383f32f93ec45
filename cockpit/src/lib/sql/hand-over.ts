// A statement that another page gives to the SQL page. Not through the address: a link must never run anything.
import { createStore } from '~/lib/store'

export interface HandOver {
  readonly sql: string
  /** Runs at once: only for what the user just chose inside the cockpit. */
  readonly run: boolean
}

export const handOver = createStore<HandOver | undefined>(undefined)
