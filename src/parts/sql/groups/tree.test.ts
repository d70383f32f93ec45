// Who runs, who waits, who is refused and who is next, without a query behind it.
import { expect, it } from 'vitest'
import type { GroupDeclaration } from '#parts/sql/groups/declaration'
import { createResourceGroups } from '#parts/sql/groups/tree'

const group = (name: string, hardConcurrencyLimit: number, more: Partial<GroupDeclaration> = {}): GroupDeclaration => ({
  name,
  hardConcurrencyLimit,
  maxQueued: 100,
  ...more,
})

/** What began, in its order; each name asks for a place in the groups from a root down. */
function watch(places: number) {
  const groups = createResourceGroups(places)
  const began: string[] = []
  const leaves = new Map<string, () => void>()
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return {
    groups,
    began,
    /** False: it was refused. */
    async ask(
      name: string,
      declared: readonly GroupDeclaration[],
      { priority = 1, signal = new AbortController().signal, id = declared.map((d) => d.name) } = {},
    ) {
      const place = groups.enter({ id, declared }, priority, signal)
      void place?.then((leave) => {
        began.push(name)
        leaves.set(name, leave)
      })
      await settled()
      return place !== undefined
    },
    async end(name: string) {
      leaves.get(name)?.()
      await settled()
    },
  }
}

it('runs no more than any group above allows, nor than there are places', async () => {
  const [a, b] = [group('a', 1), group('b', 9)]
  const root = group('root', 3, { subGroups: [a, b] })
  const { ask, end, began, groups } = watch(4)
  for (const n of [1, 2]) await ask(`a${n}`, [root, a])
  for (const n of [1, 2, 3]) await ask(`b${n}`, [root, b])
  for (const n of [1, 2]) await ask(`c${n}`, [group('other', 5)])
  expect(began).toEqual(['a1', 'b1', 'b2', 'c1'])
  expect([groups.running, groups.queued]).toEqual([4, 3])
  await end('c1') // the root is full, the other is not
  expect(began.slice(4)).toEqual(['c2'])
  await end('a1')
  expect(began.slice(5)).toEqual(['b3']) // its group could begin one before, and a's could not
  await end('b1')
  expect(began.slice(6)).toEqual(['a2'])
  for (const name of ['a2', 'b2', 'b3', 'c2']) await end(name)
  expect([groups.running, groups.queued]).toEqual([0, 0])
})

it('refuses what finds no place and as many waiting as may, of its group or one above', async () => {
  const [a, b] = [group('a', 1, { maxQueued: 1 }), group('b', 1, { maxQueued: 9 })]
  const root = group('root', 9, { maxQueued: 2, subGroups: [a, b] })
  const { ask, end, began } = watch(9)
  const answers = []
  for (const name of ['a1', 'a2', 'a3']) answers.push(await ask(name, [root, a]))
  for (const name of ['b1', 'b2', 'b3']) answers.push(await ask(name, [root, b]))
  expect(answers).toEqual([true, true, false, true, true, false])
  await end('a1')
  expect(await ask('b3', [root, b])).toBe(true)
  expect(began).toEqual(['a1', 'b1', 'a2'])
})

it('with no line at all takes what can run at once', async () => {
  const only = group('only', 1, { maxQueued: 0 })
  const { ask } = watch(9)
  expect([await ask('1', [only]), await ask('2', [only])]).toEqual([true, false])
})

it('fair: sub-groups take turns, each first come first', async () => {
  const [a, b] = [group('a', 9), group('b', 9)]
  const root = group('root', 1, { subGroups: [a, b] })
  const { ask, end, began } = watch(9)
  await ask('a0', [root, a])
  for (const name of ['a1', 'a2', 'a3']) await ask(name, [root, a])
  for (const name of ['b1', 'b2']) await ask(name, [root, b])
  for (let i = 0; i < 6; i++) await end(began.at(-1) as string)
  expect(began).toEqual(['a0', 'a1', 'b1', 'a2', 'b2', 'a3'])
})

it('weighted_fair: who runs least of what his weight would give him', async () => {
  const [a, b] = [group('a', 9, { schedulingWeight: 1 }), group('b', 9, { schedulingWeight: 3 })]
  const root = group('root', 4, { schedulingPolicy: 'weighted_fair', subGroups: [a, b] })
  const { ask, end, began } = watch(9)
  for (let i = 0; i < 4; i++) await ask(`a${i}`, [root, a])
  for (let i = 4; i < 8; i++) await ask(`a${i}`, [root, a])
  for (let i = 0; i < 4; i++) await ask(`b${i}`, [root, b])
  for (const name of ['a0', 'a1', 'a2', 'a3']) await end(name)
  expect(began.slice(4)).toEqual(['b0', 'b1', 'b2', 'a4'])
})

it('query_priority: the highest first, in sub-groups too, else who came first', async () => {
  const policy = { schedulingPolicy: 'query_priority' } as const
  const [a, b] = [group('a', 9, policy), group('b', 9, policy)]
  const root = group('root', 1, { ...policy, subGroups: [a, b] })
  const { ask, end, began } = watch(9)
  await ask('first', [root, a])
  for (const [name, leaf, priority] of [
    ['a1', a, 1],
    ['a5', a, 5],
    ['b3', b, 3],
    ['b5', b, 5],
    ['b7', b, 7],
  ] as const)
    await ask(name, [root, leaf], { priority })
  for (let i = 0; i < 6; i++) await end(began.at(-1) as string)
  expect(began).toEqual(['first', 'b7', 'a5', 'b5', 'b3', 'a1'])
})

it('of the roots, who runs least is next', async () => {
  const [flood, other] = [[group('flood', 9)], [group('other', 9)]]
  const { ask, end, began } = watch(3)
  for (let i = 0; i < 6; i++) await ask(`f${i}`, flood)
  await ask('o', other)
  await end('f0')
  expect(began.slice(3)).toEqual(['o'])
})

it('who gives up leaves the line, and takes no place', async () => {
  const only = group('only', 1)
  const { ask, end, began, groups } = watch(9)
  const gone = new AbortController()
  await ask('1', [only])
  await ask('2', [only], { signal: gone.signal })
  await ask('3', [only])
  gone.abort()
  expect(groups.queued).toBe(1)
  await ask('never', [only], { signal: gone.signal })
  await end('1')
  expect(began).toEqual(['1', '2', 'never', '3']) // those that gave up hold nothing
  expect([groups.running, groups.queued]).toEqual([1, 0])
})

it('a person who is called as a group is is not of that group', async () => {
  const [everybody, dashboards] = [group(`\${USER}`, 1), group('dashboards', 2)]
  const root = group('root', 9, { subGroups: [everybody, dashboards] })
  const { ask, began } = watch(9)
  for (const name of ['d1', 'd2']) await ask(name, [root, dashboards])
  for (const name of ['p1', 'p2']) await ask(name, [root, everybody], { id: ['root', 'dashboards'] })
  expect(began).toEqual(['d1', 'd2', 'p1'])
})
