// bench SUITE --beside FOLDER: the same suite of this checkout and of another, in turn, so that what else the machine does falls on both.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Figure, toReading, type Unit } from '#cli/bench/figure'
import { printJson, printTable, say } from '#cli/output'
import { defineError } from '#kit/errors'

const ROUNDS = 3
const HERE = resolve(import.meta.dirname, '../../..')

const NoCheckout = defineError('bench.no_checkout', 400, 'there is no checkout of AKKO in {folder}', {
  hint: 'make one: git worktree add --detach FOLDER COMMIT',
})
const SuiteFailed = defineError('bench.suite_failed', 500, 'the bench of {folder} failed: {reason}', {
  hint: 'run it there: ./akko bench {suite}',
})

/** Of both, the median of the rounds. */
interface Pair {
  readonly name: string
  readonly unit: Unit
  readonly here: number
  readonly beside: number
  /** Here over beside: above 1 is slower or larger, for rates it is below 1. */
  readonly ratio: number
}

export async function benchBeside(folder: string, suite: string, json: boolean): Promise<void> {
  if (!existsSync(join(folder, 'akko'))) throw NoCheckout({ folder })
  const here: Figure[][] = []
  const beside: Figure[][] = []
  for (let round = 1; round <= ROUNDS; round++)
    for (const [root, figures] of [
      [resolve(folder), beside],
      [HERE, here],
    ] as const) {
      say(`round ${round} of ${ROUNDS}: ${suite} of ${root}`)
      figures.push(await figuresOf(root, suite))
    }
  const pairs = pair(here.flat(), beside.flat())
  if (json) printJson({ suite, rounds: ROUNDS, pairs })
  else
    printTable(
      ['FIGURE', 'UNIT', 'HERE', 'BESIDE', 'RATIO'],
      pairs.map((p) => [p.name, p.unit, p.here.toFixed(2), p.beside.toFixed(2), `${p.ratio.toFixed(2)}x`]),
      [2, 3, 4],
    )
}

/** Figures that only one of the two has are left out. */
export function pair(here: readonly Figure[], beside: readonly Figure[]): Pair[] {
  const values = (figures: readonly Figure[], name: string) => figures.flatMap((f) => (f.name === name ? [f.ours.value] : []))
  return [...new Map(here.map(({ name, unit }) => [name, unit]))].flatMap(([name, unit]) => {
    const others = values(beside, name)
    if (others.length === 0) return []
    const [ours, theirs] = [toReading(values(here, name)).value, toReading(others).value]
    return [{ name, unit, here: ours, beside: theirs, ratio: ours / theirs }]
  })
}

async function figuresOf(root: string, suite: string): Promise<Figure[]> {
  try {
    const { stdout } = await promisify(execFile)(join(root, 'akko'), ['bench', suite, '--json'], { cwd: root, maxBuffer: 1 << 24 })
    return (JSON.parse(stdout) as { figures: Figure[] }).figures
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string }
    throw SuiteFailed({ folder: root, suite, reason: stderr.trim().split('\n').at(-2) ?? message })
  }
}
