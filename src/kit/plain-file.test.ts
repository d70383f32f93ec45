// A file is read; what somebody laid in its place is not.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPlainFile } from '#kit/plain-file'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-plain-'))
  writeFileSync(join(dir, 'file'), 'text')
  symlinkSync(join(dir, 'file'), join(dir, 'link'))
  mkdirSync(join(dir, 'folder'))
  execFileSync('mkfifo', [join(dir, 'pipe')])
})
afterAll(() => rmSync(dir, { recursive: true }))

it('a file is read, and none is none', () => {
  expect(readPlainFile(join(dir, 'file'))).toBe('text')
  expect(readPlainFile(join(dir, 'nothing'))).toBeUndefined()
})

it.each(['link', 'folder', 'pipe'])('a %s in its place is refused at once', (name) => {
  expect(() => readPlainFile(join(dir, name))).toThrow(`${name} is a link or no file`)
})
