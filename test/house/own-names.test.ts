// A table that any word may be looked up in is a Map, a `Dictionary`, or is asked by `own` of `#kit/own`: `TABLE[word]` also finds what every object has.
// So is one that is handed on: in a field, or as a parameter.
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

function nodesOf(value: unknown, found: Node[] = []): Node[] {
  if (Array.isArray(value)) for (const item of value) nodesOf(item, found)
  else if (value !== null && typeof value === 'object') {
    if (typeof (value as Node).type === 'string') found.push(value as Node)
    for (const inner of Object.values(value)) nodesOf(inner, found)
  }
  return found
}

/** Whether the annotation lets any text be a key. */
function isOpen(source: string): boolean {
  return /^:\s*(Readonly<)?(Partial<)?Record<\s*string\s*,/.test(source)
}

const trees = new Map<string, Node[]>()

function parsed(path: string, text: string): Node[] {
  const known = trees.get(text)
  if (known) return known
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const nodes = nodesOf(program)
  trees.set(text, nodes)
  return nodes
}

interface Fields {
  readonly open: ReadonlySet<string>
  readonly other: ReadonlySet<string>
}

/** The fields that types and classes of these files declare: as tables for any word, and as anything else (a `Dictionary` too). */
function fieldsOf(files: readonly (readonly [path: string, text: string])[]): Fields {
  const [open, other] = [new Set<string>(), new Set<string>()]
  for (const [path, text] of files)
    for (const node of parsed(path, text)) {
      if (node.type !== 'TSPropertySignature' && node.type !== 'PropertyDefinition') continue
      const [key, annotation] = [node.key as Node, node.typeAnnotation as Node | null]
      if (key.type !== 'Identifier' || !annotation) continue
      const type = text.slice(annotation.start, annotation.end as number)
      ;(isOpen(type) ? open : other).add(key.name as string)
    }
  return { open, other }
}

/** Of the fields, those that are such tables wherever they are declared. */
const tablesOf = ({ open, other }: Fields): ReadonlySet<string> => new Set([...open].filter((name) => !other.has(name)))

/** Each lookup in `text` by a word that may be any: the line and the expression. */
function lookups(path: string, text: string, fields: ReadonlySet<string> = new Set()): string[] {
  const nodes = parsed(path, text)
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
  const handed = new Set<string>()
  for (const node of nodes) {
    const annotation = node.typeAnnotation as Node | null | undefined
    if (node.type === 'Identifier' && annotation && isOpen(slice(annotation))) handed.add(node.name as string)
    for (const one of node.type === 'ObjectPattern' ? (node.properties as Node[]) : []) {
      const [key, value] = [one.key as Node | undefined, one.value as Node | undefined]
      const bound = value?.type === 'AssignmentPattern' ? (value.left as Node) : value
      if (key && fields.has(key.name as string) && bound?.type === 'Identifier') handed.add(bound.name as string)
    }
  }
  const guarded = new Set<number>()
  for (const { test, consequent } of nodes.filter((n) => n.type === 'ConditionalExpression') as unknown as {
    test: Node
    consequent: Node
  }[]) {
    const [, table, word] = /^Object\.hasOwn\((.*), (.*)\)$/s.exec(slice(test)) ?? []
    if (table !== undefined) for (const node of nodesOf(consequent)) if (slice(node) === `${table}[${word}]`) guarded.add(node.start)
  }
  const assigned = new Set(nodes.filter((n) => n.type === 'AssignmentExpression').map((n) => n.left))
  /** A word of ours, or one that begins with ours. */
  const isFixed = (node: Node): boolean =>
    node.type === 'Literal' ||
    (node.type === 'Identifier' && /^[A-Z][A-Z0-9_]*$/.test(node.name as string)) ||
    (node.type === 'MemberExpression' && node.computed === false && isFixed(node.object as Node)) ||
    (node.type === 'TemplateLiteral' && (node.quasis as { value: { raw: string } }[])[0]?.value.raw !== '')
  return nodes.flatMap((node) => {
    if (node.type === 'MemberExpression' && node.computed === true && !assigned.has(node)) {
      const [object, key] = [node.object as Node, node.property as Node]
      const cast = key.type === 'TSAsExpression' && /\bkeyof\b/.test(slice(key))
      if (isFixed(key) || guarded.has(node.start)) return []
      const name = object.type === 'Identifier' ? (object.name as string) : ''
      const field = object.type === 'MemberExpression' && object.computed === false && fields.has((object.property as Node).name as string)
      if (!field && !open.has(name) && !handed.has(name) && !(cast && tables.has(name))) return []
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
    'const at = (table: Record<string, number>, word: string) => (Object.hasOwn(table, word) ? table[word] : undefined)',
    'const at = (table: Dictionary<number>, word: string) => table[word]',
    'deps.connectors[WAREHOUSE]; deps.connectors[NAMES.lake]',
    `${open}A[\`x-\${word}\`]; A[word] = 1`,
  ])
    expect(lookups('x.ts', fine)).toEqual([])
})

it('sees one in a table that is handed on, unless it has no prototype', () => {
  const declared = 'interface Deps { readonly connectors: Readonly<Record<string, number>> }\n'
  const fields = tablesOf(fieldsOf([['x.ts', declared]]))
  for (const text of ['deps.connectors[word]', 'x.deps.connectors[s.name]', 'const { connectors } = deps; connectors[word]'])
    expect(lookups('x.ts', text, fields)).toHaveLength(1)
  expect(lookups('x.ts', 'const at = (table: Readonly<Record<string, number>>) => table[word]')).toEqual(['x.ts:1: table[word]'])
  const dictionary = 'interface Inside { readonly connectors: Dictionary<number> }\n'
  expect([...tablesOf(fieldsOf([['x.ts', declared + dictionary]]))]).toEqual([])
})

it('no table of the house is asked by a word that may be any', () => {
  const files = ROOMS.flatMap(sources)
    .filter((path) => !HELPERS.includes(path))
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const)
  expect(files.length).toBeGreaterThan(0)
  const fields = tablesOf(fieldsOf(files))
  expect(fields.size).toBeGreaterThan(0)
  expect(files.flatMap(([path, text]) => lookups(path, text, fields))).toEqual([])
})
