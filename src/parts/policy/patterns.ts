// The one rule by which grants, masks and row filters match namespaces. `trino.rego` has the same rule.

/** The levels of a schema: its catalogue, then its namespace from the outermost level on. */
export function levelsOf(path: readonly string[]): readonly string[] {
  const [catalog = '', schema = ''] = path
  return [fold(catalog), ...fold(schema).split('.')]
}

/**
 * Whether a pattern covers a schema. A pattern covers what it names and all that is nested in it, however that is spelled:
 * `iceberg.banking` covers `iceberg.banking.private`; `*` stands for one level.
 */
export function covers(pattern: string, levels: readonly string[]): boolean {
  const wanted = fold(pattern).split('.')
  return wanted.length <= levels.length && wanted.every((name, i) => name === '*' || name === levels[i])
}

export function coveredBy(patterns: readonly string[] | undefined, levels: readonly string[]): boolean {
  return (patterns ?? []).some((pattern) => covers(pattern, levels))
}

/** SQL's names are one whatever their case. Each character by itself, as Go's `lower` does it. */
export function fold(name: string): string {
  return Array.from(name, (c) => Array.from(c.toLowerCase())[0] ?? c).join('')
}
