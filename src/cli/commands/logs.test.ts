// What `akko logs` picks from the files of the parts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { logs } from '#cli/commands/logs'
import type { Machine } from '#runtime/machine'

let folder: string

const line = (second: number, msg: string, requestId?: string) =>
  JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, level: 'info', part: 'sql', msg, ...(requestId ? { requestId } : {}) })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akko-logs-'))
  const lines = [line(1, 'first', 'abc'), line(2, 'second', 'abcd'), line(3, 'third names abc'), line(4, 'fourth'), 'no JSON: abc']
  writeFileSync(join(folder, 'sql.log'), `${lines.join('\n')}\n`)
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

async function messages(flags: object, part?: string): Promise<unknown[]> {
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  await logs({ paths: { logs: folder } } as Machine, { json: true, lines: 50, ...flags }, part)
  vi.restoreAllMocks()
  return written.map((text) => (text.startsWith('{') ? (JSON.parse(text) as { msg: string }).msg : text.trim()))
}

it('of a request are the lines with that very id, however many came after them', async () => {
  expect(await messages({ request: 'abc', lines: 1 })).toEqual(['first'])
  expect(await messages({ request: 'ab' })).toEqual([])
})

it('are as many of the last lines as was asked for', async () => {
  expect(await messages({ lines: 2 })).toHaveLength(2)
  expect(await messages({ lines: 0 })).toEqual([])
  expect(await messages({})).toHaveLength(5)
})

it('of a part are its own, of a process those of its parts too', async () => {
  writeFileSync(join(folder, 'lake.log'), `${line(9, 'of the process')}\n`)
  expect(await messages({}, 'sql')).toHaveLength(5)
  expect(await messages({}, 'lake')).toEqual(expect.arrayContaining(['first', 'of the process']))
  expect(await messages({}, 'lake')).toHaveLength(6)
})

it('of a part that has written nothing are none, and no error', async () => {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  expect(await messages({ json: false }, 'cockpit')).toEqual([])
  expect(said.join('')).toBe('cockpit has written nothing of that yet\n')
})

it('of an unknown name are refused, with the nearest name and every right one', async () => {
  const error = (await messages({}, 'cokpit').catch((thrown: unknown) => thrown)) as Error & { hint: string }
  vi.restoreAllMocks()
  expect(error.message).toBe('there is no part or process cokpit; the nearest is cockpit')
  expect(error.hint).toMatch(/^parts: .*cockpit \(in edge\).*; processes: .*lake.*edge/)
})

it('of a name that is near none are refused without one', async () => {
  const error = (await messages({}, 'spreadsheet').catch((thrown: unknown) => thrown)) as Error
  vi.restoreAllMocks()
  expect(error.message).toBe('there is no part or process spreadsheet')
})
