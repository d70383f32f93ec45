// Which ports a home may not have.
import { describe, expect, it } from 'vitest'
import { BLOCKED_PORTS, portsAt } from '#cli/ports'

const refusal = (port: number) =>
  fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2000) }).then(
    () => '',
    (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
  )

describe('blocked ports', () => {
  it('are those that fetch refuses to ask', async () => {
    for (const port of BLOCKED_PORTS) expect([port, await refusal(port)]).toEqual([port, 'bad port'])
  })

  it('are none of the declared ones', () => {
    expect(portsAt(0).filter(({ port }) => BLOCKED_PORTS.has(port))).toEqual([])
  })
})
