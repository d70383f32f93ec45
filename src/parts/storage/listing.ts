// One page of any listing: names in their order, rolled up by a delimiter, behind a mark, at most so many.

export interface Item<T> {
  readonly name: string
  /** What orders those of one name. */
  readonly sub?: string
  readonly value: T
}

export type Mark = Pick<Item<unknown>, 'name' | 'sub'>

export interface Wanted {
  readonly prefix: string
  readonly delimiter: string
  /** Only what comes behind this name or common prefix; with `sub` also those of the name that come behind that. */
  readonly after: Mark | undefined
  readonly limit: number
}

export interface Page<T> {
  readonly items: readonly Item<T>[]
  readonly prefixes: readonly string[]
  /** The last that is shown, when there is more. */
  readonly next: Mark | undefined
}

/** Where to begin: at a name (and there at what orders those of one name), or behind all names that begin so. */
export type Place = { readonly at: string; readonly sub?: string | undefined } | { readonly behind: string }

/** Gives, in order, what lies there and behind, as far as it begins with the prefix that is wanted. */
export type Source<T> = (place: Place) => Iterable<Item<T>>

export function pageOf<T>(from: Source<T>, { prefix, delimiter, after, limit }: Wanted): Page<T> {
  const items: Item<T>[] = []
  const prefixes: string[] = []
  const common = (name: string) => {
    const cut = delimiter === '' || !name.startsWith(prefix) ? -1 : name.indexOf(delimiter, prefix.length)
    return cut < 0 ? undefined : name.slice(0, cut + delimiter.length)
  }
  let last: Mark | undefined
  let place: Place | undefined = firstPlace(prefix, after, common)
  while (place !== undefined && limit > 0) {
    const here: Place = place
    place = undefined
    for (const item of from(here)) {
      if (after && item.name === after.name && !(after.sub !== undefined && (item.sub ?? '') > after.sub)) continue
      if (items.length + prefixes.length === limit) return { items, prefixes, next: last }
      const rolled = common(item.name)
      if (rolled !== undefined) {
        prefixes.push(rolled)
        last = { name: rolled }
        place = { behind: rolled }
        break
      }
      items.push(item)
      last = item
    }
  }
  return { items, prefixes, next: undefined }
}

/** Names that are all at hand, sorted, as a source. */
export function sourceOf<T>(items: readonly Item<T>[]): Source<T> {
  return (place) => items.filter(({ name }) => ('at' in place ? compare(name, place.at) >= 0 : isBehind(name, place.behind)))
}

/** A number as a name that sorts as it does. */
export function numberName(number: number): string {
  return String(number).padStart(9, '0')
}

/** A common prefix that was shown already is passed over as a whole. */
function firstPlace(prefix: string, after: Mark | undefined, common: (name: string) => string | undefined): Place {
  if (after === undefined || compare(after.name, prefix) < 0) return { at: prefix }
  return common(after.name) === after.name ? { behind: after.name } : { at: after.name, sub: after.sub }
}

function isBehind(name: string, prefix: string): boolean {
  return !name.startsWith(prefix) && compare(name, prefix) > 0
}

/** Two sources as one, in order. Of two that stand at one place, the first source's comes first. */
export function* merged<T>(first: Iterable<Item<T>>, second: Iterable<Item<T>>): Generator<Item<T>> {
  const others = second[Symbol.iterator]()
  try {
    let other = others.next()
    for (const item of first) {
      while (!other.done && (compare(other.value.name, item.name) || ((other.value.sub ?? '') < (item.sub ?? '') ? -1 : 1)) < 0) {
        yield other.value
        other = others.next()
      }
      yield item
    }
    for (; !other.done; other = others.next()) yield other.value
  } finally {
    others.return?.()
  }
}

/** As the index sorts: by the bytes of UTF-8. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
