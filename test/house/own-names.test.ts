// A table that any word may be looked up in is a Map, or is asked by `own` of `#kit/own`: `TABLE[word]` also finds what every object has.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSync } from 'vite'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const ROOMS = ['src', 'cockpit/src']
const HELPERS = ['src/kit/own.ts', 'cockpit/src/lib/own.ts']

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

function sources(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true }).flatMap((e) => {
    const path = `${dir}/${e.name}`
    if (e.isDirectory()) return e.name === 'node_modules' ? [] : sources(path)
    return /\.tsx?$/.test(e.name) && !/\.test\.tsx?$/.test(e.name) ? [path] : []
  })
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item)
  else if (value !== null && typeof value === 'object') {
    if (typeof (value as Node).type === 'string') yield value as Node
    for (const inner of Object.values(value)) yield* nodesOf(inner)
  }
}

/** Whether the annotation lets any text be a key. */
function isOpen(source: string): boolean {
  return /^:\s*(Readonly<)?(Partial<)?Record<\s*string\s*,/.test(source)
}

/** Each lookup in `text` by a word that may be any: the line and the expression. */
function lookups(path: string, text: string): string[] {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const nodes = [...nodesOf(program)]
  const slice = (node: Node) => text.slice(node.start, node.end as number)
  const open = new Set<string>()
  const tables = new Set<string>()
  for (const { id, init } of nodes.filter((n) => n.type === 'VariableDeclarator') as unknown as { id: Node; init?: Node }[]) {
    if (id.type !== 'Identifier' || !init) continue
    let value = init
    while (value.type === 'TSAsExpression' || value.type === 'TSSatisfiesExpression') value = value.expression as Node
    const annotation = id.typeAnnotation as Node | undefined
    if (value.type !== 'ObjectExpression' && !/^Object\.fromEntries\(/.test(slice(value))) continue
    tables.add(id.name as string)
    if (annotation && isOpen(slice(annotation))) open.add(id.name as string)
  }
  const assigned = new Set(nodes.filter((n) => n.type === 'AssignmentExpression').map((n) => n.left))
  /** A word of ours, or one that begins with ours. */
  const isFixed = (node: Node) =>
    node.type === 'Literal' || (node.type === 'TemplateLiteral' && (node.quasis as { value: { raw: string } }[])[0]?.value.raw !== '')
  return nodes.flatMap((node) => {
    if (node.type === 'MemberExpression' && node.computed === true && !assigned.has(node)) {
      const [object, key] = [node.object as Node, node.property as Node]
      const cast = key.type === 'TSAsExpression' && /\bkeyof\b/.test(slice(key))
      if (object.type !== 'Identifier' || isFixed(key) || !(open.has(object.name as string) || (cast && tables.has(object.name as string))))
        return []
      return [`${path}:${text.slice(0, node.start).split('\n').length}: ${slice(node)}`]
    }
    if (node.type === 'BinaryExpression' && node.operator === 'in') {
      const [left, right] = [node.left as Node, node.right as Node]
      if (isFixed(left) || right.type !== 'Identifier' || !tables.has(right.name as string)) return []
      return [`${path}:${text.slice(0, node.start).split('\n').length}: ${slice(node)}`]
    }
    return []
  })
}

it('sees a lookup by any word, and lets those by words of ours be', () => {
  const open = 'const A: Readonly<Record<string, number>> = { a: 1 }\n'
  const closed = "const B: Record<'a' | 'b', number> = { a: 1, b: 2 }\n"
  expect(lookups('x.ts', `${open}A[word]`)).toEqual(['x.ts:2: A[word]'])
  expect(lookups('x.ts', `${open}word in A`)).toEqual(['x.ts:2: word in A'])
  expect(lookups('x.ts', `${closed}B[word as keyof typeof B]`)).toEqual(['x.ts:2: B[word as keyof typeof B]'])
  for (const fine of [
    `${open}A['a']; 'a' in A; own(A, word)`,
    `${closed}B[known]`,
    'const M = new Map(); M.get(word)',
    'list[i]',
    `${open}A[\`x-\${word}\`]; A[word] = 1`,
  ])
    expect(lookups('x.ts', fine)).toEqual([])
})

it('no table of the house is asked by a word that may be any', () => {
  const files = ROOMS.flatMap(sources).filter((path) => !HELPERS.includes(path))
  expect(files.length).toBeGreaterThan(0)
  expect(files.flatMap((path) => lookups(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([])
})
