import { describe, expect, it } from 'vitest'
import { requestId, runInTrace, traceFrom, traceparent } from '#kit/trace'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('trace context', () => {
  it('continues the caller’s trace with a span of its own', () => {
    const trace = traceFrom(`00-${ID}-00f067aa0ba902b7-01`)
    expect(trace.traceId).toBe(ID)
    expect(trace.spanId).not.toBe('00f067aa0ba902b7')
    expect(traceparent(trace)).toBe(`00-${ID}-${trace.spanId}-01`)
  })
  it('begins one when there is none, or none that is valid', () => {
    for (const header of [undefined, '', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])
      expect(traceFrom(header).traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/)
  })
  it('is carried through what is awaited', async () => {
    const seen = await runInTrace(traceFrom(`00-${ID}-00f067aa0ba902b7-01`), async () => {
      await new Promise((r) => setTimeout(r, 1))
      return requestId()
    })
    expect(seen).toBe(ID)
  })
})
