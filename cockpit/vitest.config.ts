import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The cockpit's pure logic; what needs a browser is in test/cockpit.
export default defineConfig({
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    name: 'app',
    include: ['src/**/*.test.ts'],
    environment: 'node',
    testTimeout: 10_000,
    expect: { requireAssertions: true },
  },
})
