// akko logs: the files of the parts, readable; -f goes on.
import { existsSync, readdirSync, readFileSync, statSync, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Flags } from '#cli/flags'
import { defineError } from '#kit/errors'
import type { Machine } from '#runtime/machine'

const NoSuchLog = defineError('logs.unknown_part', 404, 'there is no log of {part}', { hint: 'parts with a log: {known}' })

export async function logs(machine: Machine, flags: Flags, part?: string): Promise<void> {
  const known = existsSync(machine.paths.logs) ? readdirSync(machine.paths.logs).filter((f) => f.endsWith('.log')) : []
  const files = part ? known.filter((f) => f === `${part}.log`) : known
  if (files.length === 0)
    throw NoSuchLog({ part: part ?? 'anything', known: known.map((f) => f.replace(/\.log$/, '')).join(', ') || 'none yet' })
  const wanted = (line: string) => line !== '' && (flags.request === undefined || requestOf(line) === flags.request)
  const print = (line: string) => process.stdout.write(`${flags.json ? line : pretty(line)}\n`)
  const count = Number(flags.lines)
  const lines = files.flatMap((f) => lastOf(readFileSync(join(machine.paths.logs, f), 'utf8').split('\n').filter(wanted), count))
  for (const line of lastOf(lines.sort(byTime), count)) print(line)
  const show = (line: string) => {
    if (wanted(line)) print(line)
  }
  if (flags.follow) await follow(machine.paths.logs, files, show)
}

async function follow(dir: string, files: readonly string[], show: (line: string) => void): Promise<void> {
  const offsets = new Map(files.map((f) => [f, statSync(join(dir, f)).size]))
  await new Promise<void>((resolve) => {
    const watcher = watch(dir, (_, name) => {
      if (name && offsets.has(name)) void readMore(name)
    })
    process.once('SIGINT', () => {
      watcher.close()
      resolve()
    })
  })
  async function readMore(name: string): Promise<void> {
    const handle = await open(join(dir, name))
    const { size } = await handle.stat()
    const from = Math.min(offsets.get(name) ?? 0, size) === size && size < (offsets.get(name) ?? 0) ? 0 : (offsets.get(name) ?? 0)
    offsets.set(name, size)
    const buffer = Buffer.alloc(Math.max(0, size - from))
    await handle.read(buffer, 0, buffer.length, from)
    await handle.close()
    for (const line of buffer.toString('utf8').split('\n')) show(line)
  }
}

function lastOf(lines: string[], count: number): string[] {
  return count === 0 ? [] : lines.slice(-count)
}

/** The id of the request that a line was written in; undefined for none, and for a line that is not ours. */
function requestOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { requestId?: unknown } | null)?.requestId
  } catch {
    return undefined
  }
}

function byTime(a: string, b: string): number {
  return timeOf(a).localeCompare(timeOf(b))
}

function timeOf(line: string): string {
  return /"time":"([^"]+)"/.exec(line)?.[1] ?? ''
}

function pretty(line: string): string {
  try {
    const { time, level, part, msg, ...rest } = JSON.parse(line) as Record<string, unknown>
    const fields = Object.entries(rest).map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`)
    return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(part).padEnd(12)} ${String(msg)}${fields.length ? `  ${fields.join(' ')}` : ''}`
  } catch {
    return line
  }
}
