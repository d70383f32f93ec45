import { defineConfig } from 'vitest/config'

// Unit and part tests live beside the code; tests of the whole platform in test/ are run by `./akko test` in stages.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/house/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
