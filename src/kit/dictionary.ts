// Records whose keys are words of others.

/** A record without a prototype: `constructor`, `__proto__` and their like are unknown words in it. Frozen. */
export function dictionary<T>(entries: Readonly<Record<string, T>> | Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const found = Object.create(null) as Record<string, T>
  for (const [key, value] of Symbol.iterator in entries ? entries : Object.entries(entries)) found[key] = value
  return Object.freeze(found)
}
