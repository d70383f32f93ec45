// What is special about a part stands in its declaration: the composition and the commands never ask for a part or a cell by name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type ESTree, parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { jobs, machineServices, services } from '#platform/registry'

const SRC = resolve(import.meta.dirname, '../../src')
const NAMES = new Set([...services.map((s) => s.name), ...jobs.map((j) => j.name), ...machineServices().map((s) => s.machine.cell)])
const EQUAL = new Set(['===', '!==', '==', '!='])
const TEXT_TESTS = new Set(['startsWith', 'endsWith', 'includes', 'has', 'test', 'match'])

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>

function nodesBelow(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesBelow)
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(nodesBelow)
  return 'type' in value && 'start' in value ? [value as Node, ...below] : below
}

const isName = (node: unknown): boolean => {
  const { type, value } = node as Node
  return type === 'Literal' && NAMES.has(value as string)
}

/** A comparison, a case, or a list to look in, with the name of a part or a cell in it. */
function asksByName(node: Node): boolean {
  if (node.type === 'BinaryExpression') return EQUAL.has(node.operator as string) && (isName(node.left) || isName(node.right))
  if (node.type === 'SwitchCase') return node.test !== null && isName(node.test)
  if (node.type !== 'CallExpression') return false
  const callee = node.callee as Node
  if (callee.type !== 'MemberExpression' || !TEXT_TESTS.has((callee.property as Node).name as string)) return false
  const elements = (callee.object as Node).type === 'ArrayExpression' ? ((callee.object as Node).elements as unknown[]) : []
  return [...elements, ...(node.arguments as unknown[])].some((n) => n !== null && isName(n))
}

function findings(file: string, text: string): string[] {
  const program: ESTree.Program = parseSync(file, text).program
  return nodesBelow(program)
    .filter(asksByName)
    .map((n) => `${file}:${text.slice(0, n.start).split('\n').length}`)
}

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
    expect(findings('example.ts', text)).toEqual(['example.ts:1'])
  })

  it.each(['runtime', 'cli'])('src/%s asks for no part and no cell by name', (room) => {
    const files = sources(join(SRC, room))
    expect(files.length).toBeGreaterThan(10)
    expect(files.flatMap((path) => findings(relative(SRC, path), readFileSync(path, 'utf8')))).toEqual([])
  })
})
