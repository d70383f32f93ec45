// Log files per part: a cell's lines go to the file of the part that they name, rotated by size.
import { appendFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface LogFiles {
  /** Files every line of a stream; lines that are JSON with a `part` go to that part's file. */
  collect(stream: Readable, cell: string): void
  write(part: string, line: string): void
}

export function createLogFiles(options: { dir: string; maxBytes: number; files: number }): LogFiles {
  const sizes = new Map<string, number>()
  const write = (part: string, line: string): void => {
    const file = join(options.dir, `${part}.log`)
    const bytes = Buffer.byteLength(line) + 1
    const size = sizes.get(file) ?? (existsSync(file) ? statSync(file).size : 0)
    try {
      if (size > 0 && size + bytes > options.maxBytes) {
        rotate(file, options.files)
        sizes.set(file, 0)
      }
      appendFileSync(file, `${line}\n`, { mode: 0o600 })
      sizes.set(file, (sizes.get(file) ?? size) + bytes)
    } catch {
      // A full disk must not stop what the platform is for; the next line tries again.
    }
  }
  return {
    write,
    collect: (stream, cell) => {
      createInterface({ input: stream }).on('line', (line) => {
        if (line !== '') write(partOf(line) ?? cell, line.startsWith('{') ? line : asRecord(cell, line))
      })
    },
  }
}

function partOf(line: string): string | undefined {
  return line.startsWith('{') ? /"part":"([a-z0-9-]+)"/.exec(line)?.[1] : undefined
}

function asRecord(part: string, message: string): string {
  return JSON.stringify({ level: 'info', time: new Date().toISOString(), part, msg: message })
}

function rotate(file: string, keep: number): void {
  rmSync(`${file}.${keep}`, { force: true })
  for (let n = keep - 1; n >= 1; n--) if (existsSync(`${file}.${n}`)) renameSync(`${file}.${n}`, `${file}.${n + 1}`)
  renameSync(file, `${file}.1`)
}
