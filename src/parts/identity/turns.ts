// Work that must not overlap itself: of each key one at a time, in the order in which it came.
const last = new Map<string, Promise<unknown>>()

export function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
  last.set(key, mine)
  const leave = () => {
    if (last.get(key) === mine) last.delete(key)
  }
  mine.then(leave, leave)
  return mine
}
