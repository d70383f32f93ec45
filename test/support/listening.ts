// The TCP ports on which processes listen, with their addresses, from /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Listening {
  readonly address: string
  readonly port: number
}

const LISTEN = '0A'
/** As the kernel prints them: 32-bit words of the machine's order. */
const LOOPBACK: Readonly<Record<string, string>> = {
  '0100007F': '127.0.0.1',
  '00000000000000000000000001000000': '::1',
  '0000000000000000FFFF00000100007F': '127.0.0.1',
}

/** Whatever these processes listen on; an address that is not loopback stays as the kernel prints it. */
export function listening(pids: readonly number[]): Listening[] {
  const held = new Set(pids.flatMap(socketsOf))
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => readFileSync(table, 'utf8').split('\n').slice(1))
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state !== LISTEN || !held.has(`socket:[${inode}]`)) return []
    const [address, port] = local.split(':') as [string, string]
    return [{ address: LOOPBACK[address] ?? address, port: Number.parseInt(port, 16) }]
  })
}

function socketsOf(pid: number): string[] {
  const dir = `/proc/${pid}/fd`
  try {
    return readdirSync(dir).flatMap((fd) => {
      try {
        return [readlinkSync(`${dir}/${fd}`)]
      } catch {
        return [] // closed in between
      }
    })
  } catch {
    return [] // ended in between
  }
}
