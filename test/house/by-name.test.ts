// What is special about a part stands in its declaration: the composition and the commands never ask for a part or a cell by name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jobs, machineServices, services } from '#platform/registry'
import { asksByName } from '#test/support/by-name'

const SRC = resolve(import.meta.dirname, '../../src')
const NAMES = new Set([...services.map((s) => s.name), ...jobs.map((j) => j.name), ...machineServices().map((s) => s.machine.cell)])
function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && e.name.endsWith('.ts') && !e.name.endsWith('.test.ts'))
    .map((e) => join(e.parentPath, e.name))
}

describe('a part is declared, not known', () => {
  const composed = machineServices().filter((s) => !s.machine.postgres)
  it.each(composed.map((s) => `${s.machine.cell}/${s.name}`))('src/runtime/cells/%s.ts composes it', (part) => {
    expect(existsSync(join(SRC, 'runtime/cells', `${part}.ts`))).toBe(true)
  })

  it.each([
    "if (cell === 'engine') limit()",
    "switch (name) { case 'gateway': open() }",
    "const isServer = cell.startsWith('postgresql')",
    "const server = ['postgresql', 'postgresql-data'].includes(cell)",
  ])('sees %s', (text) => {
    expect(asksByName('example.ts', text, NAMES)).toEqual(['example.ts:1'])
  })

  it.each(['runtime', 'cli'])('src/%s asks for no part and no cell by name', (room) => {
    const files = sources(join(SRC, room))
    expect(files.length).toBeGreaterThan(10)
    expect(files.flatMap((path) => asksByName(relative(SRC, path), readFileSync(path, 'utf8'), NAMES))).toEqual([])
  })
})
