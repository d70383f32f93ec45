// Which queries run now and which wait: a tree of groups, each with so many at once, itself and those below it; which is next is its policy's.
import type { GroupDeclaration, SchedulingPolicy } from '#parts/sql/groups/declaration'
import type { ChosenGroup } from '#parts/sql/groups/select'

export interface ResourceGroups {
  /** Undefined where as many wait as may. Resolves with what gives the place back; also when the signal fires, with no place. */
  enter(chosen: ChosenGroup, priority: number, signal: AbortSignal): Promise<() => void> | undefined
  readonly running: number
  readonly queued: number
}

interface Waiting {
  readonly priority: number
  readonly go: (leave: () => void) => void
}

type Bounds = Pick<GroupDeclaration, 'hardConcurrencyLimit' | 'maxQueued' | 'schedulingPolicy' | 'schedulingWeight'>

class Group {
  /** Among those beside it. */
  readonly key: string
  readonly parent: Group | undefined
  readonly bounds: Bounds
  readonly subGroups = new Map<string, Group>()
  /** Sub-groups that could begin a query, in the order in which they came to. */
  readonly eligible = new Set<Group>()
  /** Of a group without sub-groups, first come first. */
  readonly waiting = new Set<Waiting>()
  /** With those of sub-groups. */
  running = 0
  queued = 0

  constructor(key: string, bounds: Bounds, parent?: Group) {
    this.key = key
    this.bounds = bounds
    this.parent = parent
  }

  get policy(): SchedulingPolicy {
    return this.bounds.schedulingPolicy ?? 'fair'
  }

  get canRunMore(): boolean {
    return this.running < this.bounds.hardConcurrencyLimit
  }

  get canQueueMore(): boolean {
    return this.queued < this.bounds.maxQueued
  }

  get isEligible(): boolean {
    return this.canRunMore && (this.waiting.size > 0 || this.eligible.size > 0)
  }

  /** Itself and those above it. */
  line(): Group[] {
    return [this, ...(this.parent?.line() ?? [])]
  }

  /** Of the query that would begin next. */
  get topPriority(): number {
    let top = Number.NEGATIVE_INFINITY
    for (const { priority } of this.waiting) top = Math.max(top, priority)
    for (const group of this.eligible) top = Math.max(top, group.topPriority)
    return top
  }

  nextSubGroup(): Group | undefined {
    if (this.policy === 'fair') return first(this.eligible)
    if (this.policy === 'query_priority') return least(this.eligible, (group) => -group.topPriority)
    return least(this.eligible, ({ running, bounds }) => running / (bounds.schedulingWeight ?? 1))
  }

  nextWaiting(): Waiting | undefined {
    return this.policy === 'query_priority' ? least(this.waiting, ({ priority }) => -priority) : first(this.waiting)
  }
}

/** `places` is how many queries run at once, of whatever root; who of the roots runs least is next. */
export function createResourceGroups(places: number): ResourceGroups {
  const all = new Group('', {
    hardConcurrencyLimit: places,
    maxQueued: Number.POSITIVE_INFINITY,
    schedulingPolicy: 'weighted_fair',
  })

  const find = ({ id, declared }: ChosenGroup): Group =>
    id.reduce((parent, name, i) => {
      const declaration = declared[i] as GroupDeclaration
      const key = `${declaration.name}.${name}` // A person may be called as a group is that was made for others.
      const found = parent.subGroups.get(key) ?? new Group(key, declaration, parent)
      parent.subGroups.set(key, found)
      return found
    }, all)

  const count = (line: readonly Group[], which: 'running' | 'queued', more: 1 | -1) => {
    for (const group of line) group[which] += more
  }
  /** After a change of a group: whether those above it may begin one of its queries; what serves nobody goes. */
  const settle = (line: readonly Group[]) => {
    for (const group of line) {
      const { parent } = group
      if (!parent) return
      if (group.isEligible) parent.eligible.add(group)
      else parent.eligible.delete(group)
      if (group.running === 0 && group.queued === 0) parent.subGroups.delete(group.key)
    }
  }
  const grant = (line: readonly Group[], go: Waiting['go']) => {
    count(line, 'running', 1)
    settle(line)
    let left = false
    go(() => {
      if (left) return
      left = true
      count(line, 'running', -1)
      settle(line)
      begin()
    })
  }
  const begin = () => {
    while (all.isEligible) {
      let group = all
      for (let below = group.nextSubGroup(); below; below = group.nextSubGroup()) {
        group.eligible.delete(below) // Its turn is over: if it has another, behind the others.
        group = below
      }
      const one = group.nextWaiting() as Waiting
      group.waiting.delete(one)
      const line = group.line()
      count(line, 'queued', -1)
      grant(line, one.go)
    }
  }

  return {
    get running() {
      return all.running
    },
    get queued() {
      return all.queued
    },
    enter(chosen, priority, signal) {
      if (signal.aborted) return Promise.resolve(() => {})
      const group = find(chosen)
      const line = group.line()
      if (line.every(({ canRunMore }) => canRunMore)) return new Promise((resolve) => grant(line, resolve))
      if (!line.every(({ canQueueMore }) => canQueueMore)) {
        settle(line)
        return undefined
      }
      return new Promise((resolve) => {
        const one: Waiting = { priority, go: resolve }
        group.waiting.add(one)
        count(line, 'queued', 1)
        settle(line)
        const giveUp = () => {
          if (!group.waiting.delete(one)) return
          count(line, 'queued', -1)
          settle(line)
          resolve(() => {})
        }
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}

const first = <T>(all: Iterable<T>): T | undefined => all[Symbol.iterator]().next().value

/** The first of those with the least. */
function least<T>(all: Iterable<T>, of: (one: T) => number): T | undefined {
  let found: T | undefined
  let lowest = Number.POSITIVE_INFINITY
  for (const one of all) {
    const value = of(one)
    if (found === undefined || value < lowest) [found, lowest] = [one, value]
  }
  return found
}
