// Vitest global set-up of the stages that share one platform with the demo in it.
import { startPlatform } from '#test/support/platform'

export default async function setup(): Promise<() => Promise<void>> {
  if (process.env.AKKO_TEST_HOME) return async () => {} // a platform that its owner started for many runs
  const platform = await startPlatform(['--demo'])
  process.env.AKKO_TEST_HOME = platform.home
  process.env.AKKO_TEST_OFFSET = String(platform.portOffset)
  return () => platform.down()
}
