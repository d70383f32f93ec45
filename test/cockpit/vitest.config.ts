import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The built cockpit in Chromium against the fixture: `vitest run --config test/cockpit/vitest.config.ts`.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: ['test/cockpit/**/*.test.ts'], pool: 'forks', testTimeout: 40_000, hookTimeout: 60_000 },
})
