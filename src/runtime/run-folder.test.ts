// Sockets lie where they stay for as long as the platform runs, and where every command finds them.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { chooseRunFolder, type RunFolderFacts, recordRunFolder, runFolder } from '#runtime/run-folder'

let dir: string
let facts: RunFolderFacts
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-r-'))
  for (const name of ['runtime', 'linger']) mkdirSync(join(dir, name), { mode: 0o700 })
  const uid = process.getuid?.() || 4242
  chownSync(join(dir, 'runtime'), uid, -1)
  facts = { uid, user: 'somebody', runtimeDir: join(dir, 'runtime'), temporary: '/tmp', lingerDir: join(dir, 'linger') }
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('root’s lie in /run', () => {
  expect(chooseRunFolder('abc', { ...facts, uid: 0 })).toBe('/run/akko/abc')
})

it('the runtime folder is taken only when lingering keeps it after the logout', () => {
  expect(chooseRunFolder('abc', facts)).toBe('/tmp/akko-abc')
  writeFileSync(join(facts.lingerDir, facts.user), '')
  expect(chooseRunFolder('abc', facts)).toBe(join(dir, 'runtime/akko-abc'))
  chmodSync(join(dir, 'runtime'), 0o750)
  expect(chooseRunFolder('abc', facts)).toBe('/tmp/akko-abc')
})

it('a runtime folder of another user, or none, is not taken even with lingering', () => {
  writeFileSync(join(facts.lingerDir, facts.user), '')
  const other = { ...facts, uid: facts.uid + 1 }
  expect(chooseRunFolder('abc', other)).toBe('/tmp/akko-abc')
  expect(chooseRunFolder('abc', { ...other, runtimeDir: undefined })).toBe('/tmp/akko-abc')
})

it('a temporary folder with a long name is passed over', () => {
  expect(chooseRunFolder('abc', { ...facts, runtimeDir: undefined, temporary: `/tmp/${'x'.repeat(60)}` })).toBe('/tmp/akko-abc')
})

it('is kept once recorded, while it is there, and by that home only', () => {
  const kept = join(dir, 'kept')
  mkdirSync(kept)
  recordRunFolder(dir, { id: 'abc', run: kept })
  expect(runFolder('abc', dir)).toBe(kept)
  expect(runFolder('def', dir)).not.toBe(kept)
  rmSync(kept, { recursive: true })
  expect(runFolder('abc', dir)).not.toBe(kept)
})
