import { beforeEach, describe, expect, it } from 'vitest'
import type { Part } from '#kit/part'
import { type CellParts, createCellParts } from '#runtime/cell-parts'

const never = () => new Promise<never>(() => {})
let said: string[]
let gone: number
let parts: CellParts
beforeEach(() => {
  said = []
  gone = 0
  const say = (_: object, message: string) => void said.push(message)
  parts = createCellParts({
    log: { debug: say, info: say, warn: say, error: say },
    giveUp: () => {
      gone++
    },
    stopMs: 50,
    healthMs: 50,
  })
})

/** A part that writes down what is done to it. */
function part(name: string, done: string[], own: Partial<Part> = {}): () => Promise<Part> {
  const step = (what: string) => async () => void done.push(`${name} ${what}`)
  return async () => ({ name, start: step('start'), stop: step('stop'), health: async () => ({ healthy: true }), ...own })
}

describe('a part that is started again', () => {
  it('is stopped first; all are stopped in reverse', async () => {
    const done: string[] = []
    await parts.start('a', part('a', done))
    await parts.start('b', part('b', done))
    expect(await parts.start('a', part('a', done))).toEqual({ healthy: true })
    await parts.stop()
    expect(done).toEqual(['a start', 'b start', 'a stop', 'a start', 'a stop', 'b stop'])
  })

  it('is started although its stop failed, and is not stopped twice', async () => {
    let stops = 0
    const stop = async () => {
      stops++
      throw new Error('it was ended before')
    }
    await parts.start('a', part('a', [], { stop }))
    expect(await parts.start('a', part('a', []))).toEqual({ healthy: true })
    expect([stops, said, gone]).toEqual([1, ['a part did not stop cleanly'], 0])
  })

  it('whose stop does not end costs the process', async () => {
    await parts.start('a', part('a', [], { stop: never }))
    void parts.start('a', part('a', []))
    await expect.poll(() => gone).toBe(1)
    expect(said).toEqual(['a part did not end in time; the process goes'])
  })
})

describe('the health of a process', () => {
  it('is told although one part thinks for ever and another fails', async () => {
    await parts.start('well', part('well', []))
    let asked = 0
    const slow = async () => (asked++ === 0 ? { healthy: true } : never())
    await parts.start('slow', part('slow', [], { health: slow }))
    const ill = async () => {
      if (asked > 1) throw new Error('no answer')
      return { healthy: true }
    }
    await parts.start('ill', part('ill', [], { health: ill }))
    expect(await parts.health()).toEqual({
      well: { healthy: true },
      slow: { healthy: false, detail: 'it says nothing of its health for 50 ms' },
      ill: { healthy: false, detail: 'no answer' },
    })
  })
})
