// The order in which a HashMap of the Java library gives texts back (java.util.HashMap), where Trino's answer shows it.

const LEAST_BUCKETS = 16
const LOAD = 0.75
/** A bucket that gets longer is made a tree, or the table larger. */
const LONGEST_BUCKET = 8

/** `texts` are put in this order, each once. Undefined where so many of them meet in one bucket that the order is another. */
export function hashOrder(texts: readonly string[]): readonly string[] | undefined {
  let size = LEAST_BUCKETS
  while (texts.length > size * LOAD) size *= 2
  for (let at = LEAST_BUCKETS; at <= size; at *= 2) {
    const met = [...bucketsOf(texts, at).values()]
    if (met.some((bucket) => bucket.length > LONGEST_BUCKET)) return undefined
  }
  return [...bucketsOf(texts, size)].sort(([a], [b]) => a - b).flatMap(([, bucket]) => bucket)
}

function bucketsOf(texts: readonly string[], size: number): Map<number, string[]> {
  return Map.groupBy(texts, (text) => {
    const hash = hashCode(text)
    return (hash ^ (hash >>> 16)) & (size - 1)
  })
}

/** String.hashCode, over UTF-16 units. */
function hashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}
