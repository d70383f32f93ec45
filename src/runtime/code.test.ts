// Cells of another user run this installation where that user can read it all, else a copy with what runs and nothing more.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Code, codeFor, forgetCode } from '#runtime/code'

const user = { uid: 65_532, gid: 65_532, name: 'somebody' }

let dir: string
let from: Code
let copies: string
let told: string[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-code-'))
  chmodSync(dir, 0o755)
  const root = join(dir, 'clone')
  const files: Record<string, string> = {
    'package.json': '{}',
    'package-lock.json': JSON.stringify({
      packages: { '': {}, 'node_modules/used': {}, 'node_modules/used/node_modules/inner': {}, 'node_modules/tool': { dev: true } },
    }),
    'src/main.ts': 'export {}',
    'cockpit/dist/index.html': '<html>',
    'cockpit/src/main.tsx': 'built',
    'node_modules/used/package.json': '{}',
    'node_modules/used/node_modules/inner/package.json': '{}',
    'node_modules/tool/package.json': '{}',
    'test/secret.txt': 'of the developer',
    node: '#!/bin/sh\n',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  chmodSync(join(root, 'node'), 0o755)
  from = { root, node: join(root, 'node') }
  copies = join(dir, 'copies')
  told = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const code = (as: typeof user | null = user) => codeFor({ user: as ?? undefined, from, copies, progress: (line) => told.push(line) })

describe('code', () => {
  it('of one’s own, or that the user can read, is run where it is', async () => {
    expect(await code()).toEqual(from)
    chmodSync(join(from.root, 'src'), 0o700)
    expect(await code(null)).toEqual(from)
    expect(existsSync(copies)).toBe(false)
  })

  it.each([
    ['its folder', '', 0o700],
    ['a source', 'src/main.ts', 0o600],
    ['a package', 'node_modules/used/node_modules/inner', 0o700],
    ['the Node', 'node', 0o700],
    ['the cockpit', 'cockpit/dist/index.html', 0o600],
  ])('is copied when %s cannot be read', async (_, name, mode) => {
    chmodSync(join(from.root, name), mode)
    const { root, node } = await code()
    expect(root.startsWith(copies)).toBe(true)
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    expect(files.map((e) => join(e.parentPath, e.name).slice(root.length + 1)).sort()).toEqual([
      'cockpit/dist/index.html',
      'node',
      'node_modules/used/node_modules/inner/package.json',
      'node_modules/used/package.json',
      'package-lock.json',
      'package.json',
      'src/main.ts',
    ])
    expect(files.map((e) => statSync(join(e.parentPath, e.name)).mode & 0o777)).toEqual(
      files.map((e) => (join(e.parentPath, e.name) === node ? 0o755 : 0o644)),
    )
    expect(statSync(join(root, 'src')).mode & 0o777).toBe(0o755)
    expect(told).toHaveLength(1)
  })

  it('is copied once for its content; a copy that nothing names goes when a newer one is made', async () => {
    chmodSync(from.root, 0o700)
    const first = await code()
    expect(await code()).toEqual(first)
    expect(told).toHaveLength(1)
    writeFileSync(join(from.root, 'src/main.ts'), 'export const changed = true')
    mkdirSync(`${first.root}-half.new`)
    const second = await code()
    expect(second.root).not.toBe(first.root)
    expect(readFileSync(join(second.root, 'src/main.ts'), 'utf8')).toContain('changed')
    expect(existsSync(first.root)).toBe(true) // young: another start may be about to name it
    expect(existsSync(`${first.root}-half.new`)).toBe(false)
    utimesSync(first.root, 0, 0)
    writeFileSync(join(from.root, 'src/main.ts'), 'export const changed = 2')
    await code()
    expect(existsSync(first.root)).toBe(false)
    expect(existsSync(second.root)).toBe(true)
    forgetCode(JSON.stringify({ cells: [{ command: second.node }] }), copies)
    expect(existsSync(second.root)).toBe(false)
    forgetCode('{}', copies)
    expect(existsSync(copies)).toBe(true)
  })
})
