// How well a typed text names something: letters in order, best at the beginnings of words.

/** Undefined when the letters do not occur in order; else higher is better. */
export function fuzzyScore(query: string, text: string): number | undefined {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, '')
  const given = text.toLowerCase()
  if (wanted === '') return 0
  const direct = given.indexOf(query.toLowerCase().trim())
  if (direct >= 0) return 1000 - direct + (isStart(text, direct) ? 500 : 0) - given.length / 100
  let score = 0
  let at = 0
  for (const letter of wanted) {
    const found = given.indexOf(letter, at)
    if (found < 0) return undefined
    score += isStart(text, found) ? 12 : found === at ? 6 : 1
    at = found + 1
  }
  return score - given.length / 100
}

function isStart(text: string, at: number): boolean {
  return at === 0 || /[\s._\-/(]/.test(text[at - 1]!)
}

/** The items that match, best first; at most `limit`. */
export function fuzzyFilter<T>(items: readonly T[], query: string, textOf: (item: T) => string, limit = 50): T[] {
  return items
    .map((item, order) => ({ item, order, score: fuzzyScore(query, textOf(item)) }))
    .filter((m): m is typeof m & { score: number } => m.score !== undefined)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, limit)
    .map((m) => m.item)
}
