// Facts about processes and ports of this machine, from /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** Proportional set size of one process in bytes; undefined when it is gone or not ours to see. */
export function pssBytes(pid: number): number | undefined {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return match ? Number(match[1]) * 1024 : undefined
  } catch {
    return undefined
  }
}

/** A process and everything below it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = parentOf(Number(entry))
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)]
  return walk(root)
}

export function treePssBytes(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + (pssBytes(pid) ?? 0), 0)
}

/** True while the process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    return statFields(pid)[0] !== 'Z'
  } catch {
    return false
  }
}

/** Whether a port can be bound on that address; says who holds it otherwise, as far as this user may see. */
export async function portHolder(host: string, port: number): Promise<string | undefined> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
  if (free) return undefined
  const pid = listenerOf(port)
  return pid === undefined ? 'a process of another user' : `${commandOf(pid)} (pid ${pid})`
}

/** The process that listens on a port, as far as this user may see. */
export function listenerOf(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A' && fields[9]) inodes.add(`socket:[${fields[9]}]`)
    }
  }
  for (const pid of readdirSync('/proc').filter((e) => /^\d+$/.test(e))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) return Number(pid)
      }
    } catch {
      // gone meanwhile, or another user's
    }
  }
  return undefined
}

/** What a person would recognise: the start of its command line. */
function commandOf(pid: number): string {
  const words = commandLine(pid).filter((word) => word !== '' && !word.startsWith('--'))
  const line = words.slice(0, 3).join(' ')
  return line.length > 100 ? `${line.slice(0, 100)}...` : line
}

/** The words that a process was started with; none when it is gone. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** A process and everything above it, nearest first. */
export function ancestors(pid: number): number[] {
  const parent = parentOf(pid)
  return parent === undefined || parent === 0 ? [pid] : [pid, ...ancestors(parent)]
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[1])
  } catch {
    return undefined
  }
}

/** Fields after the command name in /proc/<pid>/stat: state, parent, ... */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
