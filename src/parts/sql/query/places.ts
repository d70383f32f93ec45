// Which queries run now: so many at once, and not all of them one person's. Who runs least goes first, else who came first.

export interface Places {
  /** Resolves with what gives the place back; also when the signal fires, with no place. */
  enter(person: string, signal: AbortSignal): Promise<() => void>
  readonly running: number
  readonly queued: number
}

interface Candidate {
  readonly person: string
  readonly go: (leave: () => void) => void
}

export function createPlaces(places: number, perPerson: number): Places {
  const held = new Map<string, number>()
  const waiting = new Set<Candidate>()
  let running = 0

  const of = (person: string) => held.get(person) ?? 0
  const count = (person: string, more: 1 | -1) => {
    running += more
    const now = of(person) + more
    if (now > 0) held.set(person, now)
    else held.delete(person)
  }
  const grant = ({ person, go }: Candidate) => {
    count(person, 1)
    let left = false
    go(() => {
      if (left) return
      left = true
      count(person, -1)
      next()
    })
  }
  const next = () => {
    while (running < places) {
      let first: Candidate | undefined
      for (const one of waiting) if (of(one.person) < perPerson && (!first || of(one.person) < of(first.person))) first = one
      if (!first) return
      waiting.delete(first)
      grant(first)
    }
  }

  return {
    get running() {
      return running
    },
    get queued() {
      return waiting.size
    },
    enter: (person, signal) =>
      new Promise((resolve) => {
        const one: Candidate = { person, go: resolve }
        waiting.add(one)
        signal.addEventListener('abort', () => waiting.delete(one) && resolve(() => {}), { once: true })
        if (signal.aborted && waiting.delete(one)) return resolve(() => {})
        next()
      }),
  }
}
