// Where code asks for something by its name: a comparison, a case, a list to look in, or a table with the name as a key.
import { type ESTree, parseSync } from 'vite'

const EQUAL = new Set(['===', '!==', '==', '!='])
const TEXT_TESTS = new Set(['startsWith', 'endsWith', 'includes', 'has', 'test', 'match'])

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>

/** The text that a constant of another file has; undefined for all else. */
export type ImportedText = (spec: string, name: string) => string | undefined

function nodesBelow(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesBelow)
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(nodesBelow)
  return 'type' in value && 'start' in value ? [value as Node, ...below] : below
}

const bare = (node: Node): Node =>
  node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression' ? bare(node.expression as Node) : node

/** Constants whose value stands behind them, by name. */
function constantsOf(nodes: readonly Node[], type: string): Map<string, Node> {
  return new Map(
    nodes.flatMap((n) => {
      const value = n.type === 'VariableDeclarator' && n.init ? bare(n.init as Node) : undefined
      return value?.type === type ? [[(n.id as Node).name as string, value] as const] : []
    }),
  )
}

/** The texts of a file's constants. */
export function textsOf(file: string, text: string): ReadonlyMap<string, string> {
  const found = constantsOf(nodesBelow(parseSync(file, text).program), 'Literal')
  return new Map([...found].flatMap(([name, { value }]) => (typeof value === 'string' ? [[name, value] as const] : [])))
}

/** `file:line` of each place in the text that asks by one of these names. */
export function asksByName(file: string, text: string, names: ReadonlySet<string>, imported: ImportedText = () => undefined): string[] {
  const program: ESTree.Program = parseSync(file, text).program
  const nodes = nodesBelow(program)
  const texts = new Map(textsOf(file, text))
  for (const { source, specifiers } of nodes.filter((n) => n.type === 'ImportDeclaration') as unknown as {
    source: { value: string }
    specifiers: { imported?: { name: string }; local: { name: string } }[]
  }[])
    for (const one of specifiers) {
      const value = one.imported && imported(source.value, one.imported.name)
      if (value !== undefined) texts.set(one.local.name, value)
    }
  const tables = constantsOf(nodes, 'ObjectExpression')

  const isName = (one: unknown): boolean => {
    const { type, value, name } = one as Node
    return names.has((type === 'Literal' ? value : type === 'Identifier' ? texts.get(name as string) : undefined) as string)
  }
  /** A table, or the name of one, that has a name as a key. */
  const isTable = (one: unknown): boolean => {
    const node = bare(one as Node)
    const table = node.type === 'ObjectExpression' ? node : node.type === 'Identifier' ? tables.get(node.name as string) : undefined
    return ((table?.properties ?? []) as Node[]).some(({ key, computed }) => {
      const { type, name, value } = (key ?? {}) as Node
      return computed === false && names.has((type === 'Identifier' ? name : value) as string)
    })
  }
  const asks = (node: Node): boolean => {
    switch (node.type) {
      case 'BinaryExpression':
        return node.operator === 'in'
          ? isTable(node.right)
          : EQUAL.has(node.operator as string) && (isName(node.left) || isName(node.right))
      case 'SwitchCase':
        return node.test !== null && isName(node.test)
      case 'MemberExpression':
        return node.computed === true && (node.property as Node).type !== 'Literal' && isTable(node.object)
      case 'CallExpression':
        return asksByCall(node)
      default:
        return false
    }
  }
  const asksByCall = (node: Node): boolean => {
    const [callee, given] = [node.callee as Node, node.arguments as Node[]]
    if (callee.type === 'Identifier') return callee.name === 'own' && given[0] !== undefined && isTable(given[0])
    if (callee.type !== 'MemberExpression') return false
    const method = (callee.property as Node).name as string
    if (method === 'hasOwn') return given[0] !== undefined && isTable(given[0])
    if (!TEXT_TESTS.has(method)) return false
    const elements = (callee.object as Node).type === 'ArrayExpression' ? ((callee.object as Node).elements as unknown[]) : []
    return [...elements, ...given].some((n) => n !== null && isName(n))
  }
  return nodes.filter(asks).map((n) => `${file}:${text.slice(0, n.start).split('\n').length}`)
}
