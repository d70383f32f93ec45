// Looking up a word of somebody else's in a table of ours: `constructor` and `__proto__` are unknown words.

/** The value that the table itself has under the name; what every object inherits is not in it. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
