// What the tests of the house read of a file: its syntax tree, and whom it imports. A word in a comment or a text is neither.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'

export interface Import {
  /** As it is written: `./errors.ts`, `#kit/errors`, `node:fs`. */
  readonly spec: string
  /** Gone when the code runs. */
  readonly typeOnly: boolean
  /** `import()`, which is looked up when it is reached. */
  readonly dynamic: boolean
}

const trees = new Map<string, { readonly program: ESTree.Program; readonly imports: readonly Import[] }>()

function parsed(path: string) {
  const known = trees.get(path)
  if (known) return known
  const text = readFileSync(path, 'utf8')
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const imports: Import[] = []
  for (const { moduleRequest, entries } of module.staticImports)
    imports.push({ spec: moduleRequest.value, typeOnly: entries.length > 0 && entries.every((e) => e.isType), dynamic: false })
  for (const { entries } of module.staticExports) {
    const byModule = Map.groupBy(
      entries.filter((e) => e.moduleRequest),
      (e) => e.moduleRequest?.value as string,
    )
    for (const [spec, of] of byModule) imports.push({ spec, typeOnly: of.every((e) => e.isType), dynamic: false })
  }
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string')
        imports.push({ spec: source.value, typeOnly: false, dynamic: true })
    },
    TSImportType({ source }) {
      imports.push({ spec: source.value, typeOnly: true, dynamic: false })
    },
  }).visit(program)
  const result = { program, imports }
  trees.set(path, result)
  return result
}

/** Whom a file of ours imports, in any way. */
export function importsOf(path: string): readonly Import[] {
  return parsed(path).imports
}

/** Every text in the code (strings and the fixed pieces of templates), every number as it is written, and every text between tags. */
export function literalsOf(path: string): readonly string[] {
  const found: string[] = []
  new Visitor({
    Literal({ value, raw }) {
      if (typeof value === 'string') found.push(value)
      else if (typeof value === 'number' && raw) found.push(raw.replaceAll('_', ''))
    },
    TemplateElement({ value }) {
      found.push(value.cooked ?? value.raw)
    },
    JSXText({ value }) {
      found.push(value)
    },
  }).visit(parsed(path).program)
  return found
}

/** The whole tree of a file of ours. */
export const treeOf = (path: string): ESTree.Program => parsed(path).program

/** The interfaces that a file exports, each as its name and those of its members. */
export function interfacesOf(path: string): readonly string[] {
  return parsed(path).program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || node.declaration?.type !== 'TSInterfaceDeclaration') return []
    const { id, body } = node.declaration
    const members = body.body.map((m) => ('key' in m && m.key.type === 'Identifier' ? m.key.name : m.type))
    return [`${id.name} { ${members.sort().join(', ')} }`]
  })
}

export interface NamedTest {
  /** As it is written; of `it.each` with its marks. */
  readonly title: string
  /** It, a group around it, or for a group anything in it. */
  readonly skipped: boolean
}

const TESTS = ['it', 'test', 'describe']
const SKIPS = ['skip', 'todo', 'fails']

/** The tests and groups of a file, by the titles that are texts in it. */
export function testsOf(path: string): readonly NamedTest[] {
  const found: { title: string; skipped: boolean }[] = []
  const around: { node: ESTree.CallExpression; skipped: boolean; itself?: { skipped: boolean } }[] = []
  new Visitor({
    CallExpression(node) {
      const words = wordsOfTest(node)
      if (!words) return
      const skipped = around.some((group) => group.skipped) || words.some((word) => SKIPS.includes(word))
      if (skipped) for (const { itself } of around) if (itself) itself.skipped = true
      const [title] = node.arguments
      const itself = title?.type === 'Literal' && typeof title.value === 'string' ? { title: title.value, skipped } : undefined
      if (itself) found.push(itself)
      around.push({ node, skipped, ...(itself ? { itself } : {}) })
    },
    'CallExpression:exit'(node) {
      if (around.at(-1)?.node === node) around.pop()
    },
  }).visit(parsed(path).program)
  return found
}

/** What is said of a test or a group: the words behind its first one, and the names of its options that are true. Undefined for other calls. */
function wordsOfTest({ callee, arguments: given }: ESTree.CallExpression): string[] | undefined {
  const words: string[] = []
  let at: ESTree.Expression | ESTree.Super = callee
  while (at.type === 'MemberExpression' || at.type === 'CallExpression') {
    if (at.type === 'MemberExpression' && at.property.type === 'Identifier') words.push(at.property.name)
    at = at.type === 'MemberExpression' ? at.object : at.callee
  }
  if (at.type !== 'Identifier' || !TESTS.includes(at.name)) return undefined
  for (const option of given.flatMap((one) => (one.type === 'ObjectExpression' ? one.properties : [])))
    if (option.type === 'Property' && option.key.type === 'Identifier' && option.value.type === 'Literal' && option.value.value === true)
      words.push(option.key.name)
  return words
}

/** Files of ours below a folder, `.ts` and `.tsx`, without what is built. */
export function sourcesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const path = join(dir, e.name)
    if (e.isDirectory()) return e.name === 'dist' || e.name === 'node_modules' ? [] : sourcesBelow(path)
    return /\.tsx?$/.test(e.name) && !e.name.endsWith('.d.ts') ? [path] : []
  })
}

/** Tests, and what only tests use. */
export function isTestFile(path: string): boolean {
  return /\.test\.tsx?$|[/-]testing(\.tsx?|\/)|\/test-[a-z-]+\.tsx?$/.test(path)
}
