// CPU time of a tree of processes, which other work on the machine changes less than it changes wall time.
import { readFileSync } from 'node:fs'
import { processTree } from '#kit/processes'

/** Linux counts in hundredths of a second wherever user space can see it. */
const TICKS_PER_SECOND = 100

/** User and system time of a process and all below it, with that of their children that ended. */
export function cpuSeconds(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + ticks(pid), 0) / TICKS_PER_SECOND
}

function ticks(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) // utime, stime, cutime, cstime
  } catch {
    return 0 // it ended meanwhile
  }
}
