// Threads that compute, beside the one that answers.
import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** The last place of the scheduler's order. */
const LAST = 19

/** The thread that calls it steps so many places: where processors are short, the one that answers everybody goes first. Linux has a priority for each thread. */
export function stepBehind(places: number): void {
  const thread = /\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0]
  if (thread !== undefined) setPriority(Number(thread), Math.min(LAST, getPriority() + places))
}
