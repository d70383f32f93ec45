// What akko audit verify says of each finding, and how it ends.
import { afterEach, expect, it, vi } from 'vitest'
import { sayFinding, verifyAudit } from '#cli/audit/verify'
import type { Finding } from '#kit/audit-chain'
import type { MachineVerified } from '#runtime/audit'

const whole: MachineVerified = { rows: 3, first: 26, last: 28, head: 'ab', removedThrough: 25, findings: [], more: 0, anchors: 7 }
const time = '2026-01-08T00:00:00.000000Z'

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

async function run(found: MachineVerified, json = false): Promise<{ stdout: string; stderr: string; code: unknown }> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  const none = async () => Promise.reject(new Error('not asked'))
  await verifyAudit({ read: none, count: none, close: none, verify: async () => found }, json ? { json } : {})
  return { ...said, code: process.exitCode }
}

it('says that a chain is whole, from where on, and what that does not show', async () => {
  const { stdout, stderr, code } = await run(whole)
  expect(stdout).toBe(
    '3 events, numbers 26 to 28, are as they were written, and as 7 anchors have them; those up to 25 went after their days, on record\nSHA-256 of the last: ab\n',
  )
  expect(stderr).toContain('whoever is root here can write another chain')
  expect(code).toBeUndefined()
})

it('names what was found, in words and in JSON, and exits 1', async () => {
  const findings: Finding[] = [{ kind: 'changed', from: 27, to: 27, time }]
  const { stdout, code } = await run({ ...whole, findings, more: 2 })
  expect(stdout).toBe(`${sayFinding(findings[0] as Finding)}\nNOT as it was written: 3 findings in 3 events\n`)
  expect(code).toBe(1)
  expect(JSON.parse((await run({ ...whole, findings }, true)).stdout).findings).toEqual([
    { ...findings[0], says: sayFinding(findings[0] as Finding) },
  ])
})

it.each<[Finding, RegExp]>([
  [{ kind: 'changed', from: 5, to: 5, time }, /^number 5 \(2026-01-08T00:00:00.000000Z\): not as it was written/],
  [{ kind: 'changed', from: 5, to: 9, time }, /^numbers 5 to 9, the first \(2026.*\): not as they were written/],
  [{ kind: 'missing', from: 5, to: 6, time }, /^numbers 5 to 6: removed; the next event is of 2026/],
  [{ kind: 'beginning', from: 1, to: 3 }, /^numbers 1 to 3: removed, and not by the retention/],
  [{ kind: 'end', from: 5, to: 9, time }, /^numbers 5 to 9: removed from the end: an anchor of 2026/],
  [{ kind: 'rewritten', from: 5, to: 5, time }, /^number 5: an anchor of 2026.* has another hash/],
  [{ kind: 'early', from: 5, to: 9, time }, /^numbers 5 to 9: removed before their days/],
  [{ kind: 'anchor', from: 0, to: 0, id: '{}' }, /^an anchor that this platform's key did not sign, or that was changed: {}$/],
  [{ kind: 'twice', from: 5, to: 5, time }, /^number 5 \(2026.*\): stands there twice/],
  [{ kind: 'outside', from: 0, to: 0, time, id: 'x' }, /^an event without a number, x \(2026.*\): put in past the chain/],
])('says of %j what it can have been', (finding, wanted) => {
  expect(sayFinding(finding)).toMatch(wanted)
})
