// Metadata in the making: a list or record is copied once in a commit and then grown in place, and what it holds is found by key, so that a
// commit of many updates costs what its length says and not the square of that.

interface Index {
  readonly keyOf: (item: never) => string
  /** By key, the first of that key. */
  readonly byKey: Map<string, unknown>
  highest: number
}

export class Draft {
  /** Made by this commit, so nobody else holds them. */
  readonly #own = new WeakSet<object>()
  readonly #indexes = new WeakMap<object, Index>()

  /** The list with the item behind. A list that this draft made is changed itself: whoever calls gives the old one up. */
  plus<T extends object>(list: readonly T[], item: T, idOf: (item: T) => number): readonly T[] {
    const index = this.#indexes.get(list)
    const own = this.#mine(list, () => [...list])
    own.push(item)
    if (index) {
      this.#indexes.set(own, index)
      keep(index, item, idOf)
    }
    return own
  }

  /** The first item of that key, and the lowest id above those of all. */
  look<T extends object>(
    list: readonly T[],
    key: string,
    keyOf: (item: T) => string,
    idOf: (item: T) => number,
  ): { readonly known: T | undefined; readonly next: number } {
    let index = this.#indexes.get(list)
    if (index?.keyOf !== keyOf) {
      index = { keyOf, byKey: new Map(), highest: -1 }
      for (const item of list) keep(index, item, idOf)
      this.#indexes.set(list, index)
    }
    return { known: index.byKey.get(key) as T | undefined, next: index.highest + 1 }
  }

  /** The record with these over its own, whatever their names. The same rule as of `plus`. */
  merged<R extends Readonly<Record<string, unknown>>>(record: R, over: R): R {
    const own = this.#mine(record, () => ({ ...record }))
    for (const [name, value] of Object.entries(over))
      if (name === '__proto__') Object.defineProperty(own, name, { value, enumerable: true, configurable: true, writable: true })
      else (own as Record<string, unknown>)[name] = value
    return own
  }

  /** The record without these names. The same rule as of `plus`. */
  without<R extends Readonly<Record<string, unknown>>>(record: R, names: readonly string[]): R {
    const own = this.#mine(record, () => ({ ...record })) as Record<string, unknown>
    for (const name of names) delete own[name]
    return own as R
  }

  #mine<T extends object>(value: object, copy: () => T): T {
    if (this.#own.has(value)) return value as T
    const made = copy()
    this.#own.add(made)
    return made
  }
}

function keep<T extends object>(index: Index, item: T, idOf: (item: T) => number): void {
  const key = (index.keyOf as (item: T) => string)(item)
  if (!index.byKey.has(key)) index.byKey.set(key, item)
  index.highest = Math.max(index.highest, idOf(item))
}
