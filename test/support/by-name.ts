// Where code asks for something by its name: a comparison, a case, or a list to look in.
import { type ESTree, parseSync } from 'vite'

const EQUAL = new Set(['===', '!==', '==', '!='])
const TEXT_TESTS = new Set(['startsWith', 'endsWith', 'includes', 'has', 'test', 'match'])

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>

function nodesBelow(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesBelow)
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(nodesBelow)
  return 'type' in value && 'start' in value ? [value as Node, ...below] : below
}

function asks(node: Node, names: ReadonlySet<string>): boolean {
  const isName = (one: unknown) => (one as Node).type === 'Literal' && names.has((one as Node).value as string)
  if (node.type === 'BinaryExpression') return EQUAL.has(node.operator as string) && (isName(node.left) || isName(node.right))
  if (node.type === 'SwitchCase') return node.test !== null && isName(node.test)
  if (node.type !== 'CallExpression') return false
  const callee = node.callee as Node
  if (callee.type !== 'MemberExpression' || !TEXT_TESTS.has((callee.property as Node).name as string)) return false
  const elements = (callee.object as Node).type === 'ArrayExpression' ? ((callee.object as Node).elements as unknown[]) : []
  return [...elements, ...(node.arguments as unknown[])].some((n) => n !== null && isName(n))
}

/** `file:line` of each place in the text that asks by one of these names. */
export function asksByName(file: string, text: string, names: ReadonlySet<string>): string[] {
  const program: ESTree.Program = parseSync(file, text).program
  return nodesBelow(program)
    .filter((n) => asks(n, names))
    .map((n) => `${file}:${text.slice(0, n.start).split('\n').length}`)
}
