// Records whose keys are words of others.

declare const WITHOUT_PROTOTYPE: unique symbol

/** A record that `dictionary` made: any word may be looked up in it. */
export type Dictionary<T> = Readonly<Record<string, T>> & { readonly [WITHOUT_PROTOTYPE]: true }

/** A record without a prototype: `constructor`, `__proto__` and their like are unknown words in it. Frozen. */
export function dictionary<T>(entries: Readonly<Record<string, T>> | Iterable<readonly [string, T]>): Dictionary<T> {
  const found = Object.create(null) as Record<string, T>
  for (const [key, value] of Symbol.iterator in entries ? entries : Object.entries(entries)) found[key] = value
  return Object.freeze(found) as Dictionary<T>
}
