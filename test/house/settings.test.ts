// A setting that nothing reads promises what nobody keeps. It is read by its whole path: `sqlSettings.of(config).memoryMb`, `config.logs.level`.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSync } from 'vite'
import { expect, it } from 'vitest'
import { configLeaves } from '#platform/config'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const SRC = resolve(import.meta.dirname, '../../src')

type Node = { readonly type: string } & Readonly<Record<string, unknown>>
/** By the name of the value that declares them, the key of a part's settings. */
type Declared = ReadonlyMap<string, string>

function nodesOf(value: unknown, found: Node[] = []): Node[] {
  if (Array.isArray(value)) for (const item of value) nodesOf(item, found)
  else if (value !== null && typeof value === 'object') {
    if (typeof (value as Node).type === 'string') found.push(value as Node)
    for (const inner of Object.values(value)) nodesOf(inner, found)
  }
  return found
}

const nameOf = (node: unknown): string | undefined => {
  const { type, name } = node as Node
  return type === 'Identifier' ? (name as string) : undefined
}

/** `const sqlSettings = defineSettings('sql', ...)`. */
function declaredIn(nodes: readonly Node[]): [string, string][] {
  return nodes.flatMap((node) => {
    const call = node.type === 'VariableDeclarator' ? (node.init as Node | null) : null
    const key = call?.type === 'CallExpression' && nameOf(call.callee) === 'defineSettings' ? (call.arguments as Node[])[0] : undefined
    return key ? [[nameOf(node.id) as string, key.value as string] as [string, string]] : []
  })
}

/** The path of settings that an expression is: `config` itself is the empty one. */
function pathOf(node: Node, declared: Declared): string[] | undefined {
  if (node.type === 'ChainExpression') return pathOf(node.expression as Node, declared)
  if (nameOf(node) === 'config') return []
  if (node.type === 'CallExpression') {
    const callee = node.callee as Node
    const key =
      callee.type === 'MemberExpression' && nameOf(callee.property) === 'of' ? declared.get(nameOf(callee.object) ?? '') : undefined
    return key === undefined ? undefined : [key]
  }
  if (node.type !== 'MemberExpression' || node.computed === true) return undefined
  const name = nameOf(node.property) as string
  const before = pathOf(node.object as Node, declared)
  return name === 'config' ? [] : before && [...before, name]
}

/** Every path that is read, by access or by taking an object apart. */
function readIn(nodes: readonly Node[], declared: Declared): string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'MemberExpression') return [pathOf(node, declared)?.join('.') ?? '']
    const [id, init] = [node.id as Node | undefined, node.init as Node | null | undefined]
    if (node.type !== 'VariableDeclarator' || id?.type !== 'ObjectPattern' || !init) return []
    const path = pathOf(init, declared)
    return path ? (id.properties as Node[]).flatMap((p) => (p.type === 'Property' ? [[...path, nameOf(p.key)].join('.')] : [])) : []
  })
}

it('is read by its whole path, and not by its last word', () => {
  const nodes = (text: string) => nodesOf(parseSync('x.ts', text).program)
  const declared = new Map(declaredIn(nodes("export const sqlSettings = defineSettings('sql', schema)")))
  const read = (text: string) => readIn(nodes(text), declared).filter((path) => path !== '')
  expect(read('sqlSettings.of(machine.config).authentication')).toContain('sql.authentication')
  expect(read('const { memoryMb, threads = 1 } = sqlSettings.of(config)')).toEqual(['sql.memoryMb', 'sql.threads'])
  expect(read('machine.config.logs.level')).toContain('logs.level')
  expect(read('const { portOffset } = machine.config')).toContain('portOffset')
  for (const text of ['other.authentication', 'otherSettings.of(config).authentication', 'config[name].level', "'sql.authentication'"])
    expect(read(text).filter((path) => path.includes('.'))).toEqual([])
})

it('each setting is read somewhere', () => {
  const files = sourcesBelow(SRC)
    .filter((path) => !isTestFile(path) && path !== join(SRC, 'platform/config.ts'))
    .map((path) => nodesOf(parseSync(path, readFileSync(path, 'utf8')).program))
  const declared = new Map(files.flatMap(declaredIn))
  expect(declared.size).toBeGreaterThan(0)
  const read = new Set(files.flatMap((nodes) => readIn(nodes, declared)))
  const leaves = configLeaves().map(({ path }) => path.join('.'))
  expect(leaves.length).toBeGreaterThan(0)
  expect(leaves.filter((path) => !read.has(path))).toEqual([])
})
