// Offsets of ports for the platforms of tests: each is one test process's alone while it lives, also while its platform is down.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '#kit/processes'

/** No multiple of it is a difference between two ports of ours, so that no two offsets share a port; the last stays below the range of ephemeral ports. */
const FIRST = 10_000
const STEP = 487
const SLOTS = 22

const fileOf = (offset: number) => join(tmpdir(), `akko-test-offset-${offset}`)
const taken = new Set<number>()
let next = process.pid % SLOTS
process.on('exit', () => {
  for (const offset of taken) releaseOffset(offset)
})

/** One that nobody else has, to be released. */
export function claimOffset(): number {
  for (let tries = 0; tries < SLOTS; tries++) {
    const offset = FIRST + STEP * (next++ % SLOTS)
    if (claim(offset)) return offset
  }
  throw new Error(`all ${SLOTS} offsets of ports are taken: ${fileOf(FIRST).replace(/\d+$/, '*')} name the processes`)
}

export function releaseOffset(offset: number): void {
  if (taken.delete(offset)) rmSync(fileOf(offset), { force: true })
}

function claim(offset: number): boolean {
  const file = fileOf(offset)
  try {
    const holder = Number(readFileSync(file, 'utf8'))
    if (isAlive(holder)) return false
    rmSync(file, { force: true })
  } catch {
    // nobody has it
  }
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    taken.add(offset)
    return true
  } catch {
    return false
  }
}
