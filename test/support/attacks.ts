// What attacks the platform, by kind: `akko test` says how long the files took, added up; `akko test attacks` is one run of them. The aim is three minutes.

export const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  attacks: [
    'src/kit/limits.test.ts',
    'src/parts/catalog/access.test.ts',
    'src/parts/catalog/costly.test.ts',
    'src/parts/catalog/every-operation.test.ts',
    'src/parts/engine/allowed.test.ts',
    'src/parts/engine/door.test.ts',
    'src/parts/engine/tenants.test.ts',
    'src/parts/gateway/limits.test.ts',
    'src/parts/gateway/refusals.test.ts',
    'src/parts/sql/access.test.ts',
    'src/parts/sql/barrier.test.ts',
    'src/parts/sql/budgets.test.ts',
    'src/parts/sql/costly.test.ts',
    'src/parts/sql/connectors/postgresql/direct/attacks.test.ts',
    'src/parts/sql/connectors/postgresql/write-rights.test.ts',
    'src/parts/sql/engine-refusals.test.ts',
    'src/parts/sql/literals.test.ts',
    'src/parts/sql/query-limits.test.ts',
    'src/parts/sql/resource-groups.test.ts',
    'src/parts/sql/view-rights.test.ts',
    'src/parts/storage/access.test.ts',
    'src/parts/storage/bucket-policies.test.ts',
    'src/parts/storage/rights.test.ts',
    'src/runtime/supervisor/programs/programs.test.ts',
    'test/strangers/doors.test.ts',
  ],
  fuzzers: [
    'src/parts/sql/change-random.test.ts',
    'src/parts/sql/hostile.test.ts',
    'src/parts/sql/hostile-definitions.test.ts',
    'src/parts/sql/hostile-database.test.ts',
    'src/parts/sql/hostile-lake.test.ts',
    'src/parts/sql/hostile-places.test.ts',
    'src/parts/sql/syntax/trino-parser.test.ts',
  ],
  'policy cases': ['src/parts/policy/policy.test.ts', 'src/runtime/policy.test.ts', 'test/chart/policy.test.ts'],
}

/** One line from the milliseconds that files took; undefined where none of them ran. */
export function attackTimes(tookMs: ReadonlyMap<string, number>, show: (ms: number) => string): string | undefined {
  const kinds = Object.entries(ATTACKS).flatMap(([kind, files]) => {
    const ran = files.filter((file) => tookMs.has(file))
    return ran.length === 0
      ? []
      : [{ kind, ran: ran.length, of: files.length, ms: ran.reduce((sum, file) => sum + (tookMs.get(file) ?? 0), 0) }]
  })
  if (kinds.length === 0) return undefined
  const sum = kinds.reduce((total, { ms }) => total + ms, 0)
  const each = kinds.map(({ kind, ran, of, ms }) => `${kind} ${show(ms)}${ran === of ? '' : ` (${ran} of ${of} files)`}`)
  return `attacks, fuzzers and policy cases together ${show(sum)}: ${each.join(', ')}`
}
