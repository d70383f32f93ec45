// Where a text stands in another, in as many steps as both are long: JavaScript's own search may take their product.

/** Parts that are no longer are left to it. */
const SHORT = 16

export interface Search {
  readonly part: string
  /** The first place from one on, or -1; of an empty part that place. */
  in(text: string, from?: number): number
}

/** By Knuth, Morris and Pratt. */
export function searchFor(part: string): Search {
  if (part.length <= SHORT) return { part, in: (text, from = 0) => text.indexOf(part, from) }
  let borders: Int32Array | undefined
  return {
    part,
    in(text, from = 0) {
      if (text.length - from < part.length) return -1
      borders ??= bordersOf(part)
      let held = 0
      for (let at = from; at < text.length; at++) {
        const unit = text.charCodeAt(at)
        while (held > 0 && unit !== part.charCodeAt(held)) held = borders[held - 1] as number
        if (unit === part.charCodeAt(held)) held++
        if (held === part.length) return at - held + 1
      }
      return -1
    },
  }
}

/** Of each beginning of a text, the longest end that is a beginning too. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length)
  let held = 0
  for (let at = 1; at < part.length; at++) {
    const unit = part.charCodeAt(at)
    while (held > 0 && unit !== part.charCodeAt(held)) held = borders[held - 1] as number
    if (unit === part.charCodeAt(held)) held++
    borders[at] = held
  }
  return borders
}

/** What stands between the places of a part that is not empty. */
export function splitAt(text: string, search: Search): string[] {
  const pieces: string[] = []
  let begin = 0
  for (let at = search.in(text); at >= 0; at = search.in(text, begin)) {
    pieces.push(text.slice(begin, at))
    begin = at + search.part.length
  }
  return [...pieces, text.slice(begin)]
}

/** Without what stands at its end so often. */
export function withoutEnd(text: string, sign: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === sign) end--
  return text.slice(0, end)
}
