// A test that asserts nothing proves nothing: each project of Vitest is told to fail it.
import { expect, it } from 'vitest'
import cockpit from '../../cockpit/vitest.config.ts'
import config from '../../vitest.config.ts'

it('every project fails a test that asserts nothing', () => {
  const projects = (config.test?.projects ?? []).flatMap((p) => (typeof p === 'object' && 'test' in p ? [p.test] : []))
  expect(projects.length).toBeGreaterThan(5)
  const lax = [...projects, cockpit.test].filter((p) => p?.expect?.requireAssertions !== true)
  expect(lax.map((p) => p?.name)).toEqual([])
})
