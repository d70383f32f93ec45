// A new key for the keys of sealed files: they are sealed again one by one, and the old key goes with the last. Broken off, it goes on at the next start.
import { setImmediate as turn } from 'node:timers/promises'
import type { Log } from '#kit/log'
import type { Keyring } from '#parts/storage/sealing/keyring'
import type { Index } from '#parts/storage/store'

const BATCH = 1000

export interface Rotation {
  /** Gives how many files were sealed again. */
  rotate(): Promise<number>
  /** What was broken off. */
  goOn(): Promise<number>
}

export interface RotationDeps {
  readonly index: Index
  readonly keyring: Keyring
  readonly log: Log
}

/** One after the other: a key goes when all that was sealed before it was replaced has been looked at. */
export function createRotation(deps: RotationDeps, stopped: () => boolean): Rotation {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<number>): Promise<number> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    rotate: () =>
      inTurn(async () => {
        await deps.keyring.renew()
        return sealAgain(deps, stopped)
      }),
    goOn: () => inTurn(async () => (deps.keyring.retired > 0 ? sealAgain(deps, stopped) : 0)),
  }
}

/** What an older key seals is sealed by the one of now; the older ones go, unless something is left that they alone could open. */
async function sealAgain({ index, keyring, log }: RotationDeps, stopped: () => boolean): Promise<number> {
  let done = 0
  let left = 0
  let page: ReturnType<Index['seals']['list']> = []
  do {
    if (stopped()) return done
    page = index.seals.list(page.at(-1)?.id ?? '', BATCH)
    const old = page.filter(({ sealed }) => !keyring.isCurrent(sealed))
    const again = old.flatMap(({ id, sealed }) => {
      try {
        return [{ id, sealed: keyring.again(id, sealed) }]
      } catch {
        return [] // left as it is: whoever reads the object is told
      }
    })
    if (again.length > 0) await index.seals.replace(again)
    done += again.length
    left += old.length - again.length
    await turn()
  } while (page.length === BATCH)
  if (left > 0) log.error({ files: left }, 'keys of sealed files do not open: the older keys of the store stay')
  else await keyring.retire()
  return done
}
