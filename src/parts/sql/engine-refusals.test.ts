// What the engine refuses to run is on record under whose query it was: the engine knows no people, this part does.
import { expect, it } from 'vitest'
import { type AuditEvent, auditedAuthoriser } from '#kit/audit'
import { allowAll, ask, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

it('a statement of ours that the engine refuses is in the audit, and one that fails by its values is not', async () => {
  const events: AuditEvent[] = []
  const keep = (event: AuditEvent) => void events.push(event)
  const bench = await openBench()
  const outside = { columns: columns('a varchar'), sql: "SELECT column0 AS a FROM read_csv('/etc/passwd')" }
  const part = await startSql(bench, {
    connectors: { lake: fixtureConnector({ s: { outside } }) },
    authoriser: auditedAuthoriser(allowAll, { part: 'sql', audit: { record: async (event) => keep(event), note: keep } }),
  })
  try {
    expect((await ask(part.url, "SELECT CAST('x' AS integer)")).error?.errorName).toBe('INVALID_CAST_ARGUMENT')
    expect(events.filter(({ outcome }) => outcome !== 'allowed')).toEqual([])
    const refused = await ask(part.url, 'SELECT a FROM lake.s.outside')
    expect(refused.error?.errorType).toBe('INTERNAL_ERROR')
    expect(events.filter(({ outcome }) => outcome !== 'allowed')).toMatchObject([
      {
        who: { sub: 'test' },
        what: { part: 'sql', action: 'read', kind: 'query', path: [refused.id, 'test'] },
        outcome: 'denied',
        reason: expect.stringContaining('the engine refuses the statement'),
      },
    ])
  } finally {
    await part.stop()
    await bench.close()
  }
})
