// Threads that compute, beside the one that answers.
import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** How far behind in the scheduler's order, whose last place is 19. */
const BEHIND = 10
const LAST = 19

/** Called by a worker of its own thread: where processors are short, the thread that answers everybody goes first. Linux has a priority for each thread. */
export function stepBehind(): void {
  const thread = /\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0]
  if (thread !== undefined && Number(thread) !== process.pid) setPriority(Number(thread), Math.min(LAST, getPriority() + BEHIND))
}
