// What a measurement gives: ours beside a peer or floor of the same run, the ratio, and the aim where there is one.

export type Unit = 's' | 'ms' | 'KiB' | 'MiB' | '1/s'

export interface Reading {
  /** The median, or the one value there is. */
  readonly value: number
  readonly p95?: number
  /** How many values it comes from. */
  readonly samples: number
}

export interface Figure {
  readonly name: string
  readonly unit: Unit
  readonly ours: Reading
  readonly floor: Reading & { readonly what: string }
  /** Ours over the floor: above 1 is slower or larger, for rates it is below 1. */
  readonly ratio: number
  readonly aim?: { readonly text: string; readonly met: boolean }
}

export interface FigureSpec {
  readonly name: string
  readonly unit: Unit
  readonly ours: Reading
  readonly floor: Reading
  readonly against: string
  readonly aim?: { readonly text: string; readonly met: boolean }
}

export function createFigure({ name, unit, ours, floor, against, aim }: FigureSpec): Figure {
  return { name, unit, ours, floor: { what: against, ...floor }, ratio: ours.value / floor.value, ...(aim ? { aim } : {}) }
}

/** Median and 95th percentile (nearest rank); the latter from 20 samples on. */
export function toReading(samples: readonly number[]): Reading {
  if (samples.length === 0) throw new Error('nothing was measured')
  const sorted = samples.toSorted((a, b) => a - b)
  const rank = (p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] as number
  return { value: rank(0.5), ...(sorted.length >= 20 ? { p95: rank(0.95) } : {}), samples: sorted.length }
}

/** Milliseconds of one call. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await action()
  return performance.now() - began
}

/**
 * Each action in turn, `count` times over, so that what else the machine does falls on all alike; a tenth more rounds go before,
 * unmeasured. Actions get the number of the round. One reading per action.
 */
export async function inTurn<A extends readonly ((n: number) => Promise<unknown>)[]>(
  count: number,
  ...actions: A
): Promise<{ [K in keyof A]: Reading }> {
  const before = Math.ceil(count / 10)
  const samples = actions.map((): number[] => [])
  for (let n = 0; n < before + count; n++) {
    for (const [i, action] of actions.entries()) {
      const ms = await timed(() => action(n))
      if (n >= before) samples[i]?.push(ms)
    }
  }
  return samples.map(toReading) as { [K in keyof A]: Reading }
}

/** Calls per second, `concurrency` at a time. */
export async function rate(count: number, concurrency: number, action: () => Promise<unknown>): Promise<Reading> {
  const run = async (total: number) => {
    let left = total
    const worker = async () => {
      while (left-- > 0) await action()
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }
  await run(Math.ceil(count / 10))
  const ms = await timed(() => run(count))
  return { value: (count * 1000) / ms, samples: count }
}
