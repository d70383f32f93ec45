// akko logs: the files of the parts, readable; -f goes on.
import { existsSync, readdirSync, readFileSync, statSync, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Flags } from '#cli/flags'
import { say } from '#cli/output'
import { defineError } from '#kit/errors'
import { nearest } from '#kit/nearest'
import { startGraph } from '#platform/registry'
import type { Located } from '#runtime/home'

const NoSuchLog = defineError('logs.unknown_part', 404, 'there is no part or process {part}{near}', {
  hint: 'parts: {parts}; processes: {processes}',
})

const NeverRan = defineError('logs.never_ran', 404, 'no platform has run in {home} yet: it has no logs', {
  hint: 'name the home with --home or AKKO_HOME',
})

export async function logs(machine: Located, flags: Flags, part?: string): Promise<void> {
  if (!existsSync(machine.paths.logs)) throw NeverRan({ home: machine.home })
  const there = readdirSync(machine.paths.logs).filter((f) => f.endsWith('.log'))
  const names = part === undefined ? there.map((f) => f.slice(0, -'.log'.length)) : logsOf(part, there)
  const files = names.map((name) => `${name}.log`)
  const wanted = (line: string) => line !== '' && (flags.request === undefined || requestOf(line) === flags.request)
  const print = (line: string) => process.stdout.write(`${flags.json ? line : pretty(line)}\n`)
  const count = Number(flags.lines)
  const lines = files
    .filter((f) => there.includes(f))
    .flatMap((f) => lastOf(readFileSync(join(machine.paths.logs, f), 'utf8').split('\n').filter(wanted), count))
  for (const line of lastOf(lines.sort(byTime), count)) print(line)
  const show = (line: string) => {
    if (wanted(line)) print(line)
  }
  if (lines.length === 0 && part !== undefined && !flags.json) say(`${part} has written nothing of that yet`)
  if (flags.follow) await follow(machine.paths.logs, files, show)
}

/** A part has a log of its own, and what ends its process stands in that of the process; a process's name stands for all parts in it. */
function logsOf(name: string, there: readonly string[]): string[] {
  const nodes = startGraph()
  const inCell = nodes.filter((node) => node.cell === name)
  if (inCell.length > 0) return [...new Set([name, ...inCell.flatMap((n) => (n.kind === 'part' ? [n.name] : []))])]
  const node = nodes.find((n) => n.name === name)
  if (node?.kind === 'part') return [name]
  if (node) return [node.cell]
  if (there.includes(`${name}.log`)) return [name]
  const cells = [...new Set(nodes.map((n) => n.cell))]
  const near = nearest(name, [...nodes.map((n) => n.name), ...cells])
  throw NoSuchLog({
    part: name,
    near: near === undefined ? '' : `; the nearest is ${near}`,
    parts: nodes.flatMap((n) => (n.kind === 'part' ? [`${n.name} (in ${n.cell})`] : [])).join(', '),
    processes: [
      ...new Set([...cells, ...there.map((f) => f.slice(0, -'.log'.length)).filter((f) => !nodes.some((n) => n.name === f))]),
    ].join(', '),
  })
}

async function follow(dir: string, files: readonly string[], show: (line: string) => void): Promise<void> {
  const offsets = new Map(files.map((f) => [f, existsSync(join(dir, f)) ? statSync(join(dir, f)).size : 0]))
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
