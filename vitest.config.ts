import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { JUDGES } from '#test/support/lanes'

// One project per stage of `./akko test`. Unit and part tests live beside the code; the others drive a whole platform
// that the stage itself started in a temporary home (test/support/platform-setup.ts).
const shared = {
  pool: 'forks' as const,
  // A test that asserts nothing fails: so does one whose assertions stand in a loop over a list that is empty.
  expect: { requireAssertions: true },
  testTimeout: 120_000,
  hookTimeout: 180_000,
  env: { AKKO_LOG_LEVEL: 'error' },
  // Node reads our TypeScript by itself, as it does outside of tests; Vite would transform each module for each file.
  experimental: { viteModuleRunner: false, nodeLoader: false },
}
const platform = { ...shared, fileParallelism: false, globalSetup: ['test/support/platform-setup.ts'] }

/** One more file at once than processors: of three, one waits for a clock, a disk or a server of its own. */
const waiting = { ...shared, maxWorkers: 3 }

/** Begun last, each would keep its stage waiting with one core idle. */
const LONGEST = [
  'sql/hostile',
  'sql/hostile-lake',
  'sql/hostile-database',
  'sql/hostile-definitions',
  'syntax/trino-parser',
  'chart/schemas',
  'chart/policy',
  'keycloak-real',
  'lifecycle/up-down',
  'lifecycle/install',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (LONGEST.some((name) => moduleId.endsWith(`/${name}.test.ts`)) ? 0 : 1)
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, name: 'house', include: ['test/house/**/*.test.ts'] } },
      { test: { ...waiting, name: 'unit', include: ['src/**/*.test.ts', 'test/cluster/images/**/*.test.ts'] } },
      { test: { ...waiting, name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 600_000 } },
      { test: { ...shared, name: 'api', include: ['test/cluster/{api,init-api}.test.ts'], hookTimeout: 900_000 } },
      {
        test: {
          ...shared,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude: ['test/cluster/{api,init-api}.test.ts', 'test/cluster/images/**'],
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 3_600_000,
        },
      },
      { test: { ...platform, name: 'strangers', include: ['test/strangers/**/*.test.ts'], exclude: JUDGES } },
      { test: { ...shared, name: 'judges', include: JUDGES, fileParallelism: false } },
      './cockpit/vitest.config.ts',
      { test: { ...shared, name: 'cockpit', include: ['test/cockpit/**/*.test.ts'] } },
      { test: { ...shared, name: 'lifecycle', include: ['test/lifecycle/**/*.test.ts'] } },
      { test: { ...shared, name: 'crash', include: ['test/crash/**/*.test.ts'], fileParallelism: false, testTimeout: 300_000 } },
    ],
  },
})
