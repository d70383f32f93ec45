// For tests: the places of the syntax tree that hold a text or a name, as its declaration tells them.
import { join } from 'node:path'
import { type ESTree, Visitor } from 'vite'
import { own } from '#kit/own'
import { treeOf } from '#test/support/syntax'

/** A kind of node. */
interface Kind {
  /** What its `k` is, or its name where it has none. */
  readonly names: readonly string[]
  readonly tagged: boolean
  readonly members: ReadonlyMap<string, { readonly optional: boolean; readonly holds: boolean }>
}

type Members = readonly ESTree.TSSignature[]

const NAMES = ['Name', 'QualifiedName']

/** A text that may be any, or a name, or a list of such. */
function holds(type: ESTree.TSType): boolean {
  if (type.type === 'TSStringKeyword') return true
  if (type.type === 'TSUnionType') return type.types.some(holds)
  if (type.type === 'TSTypeOperator') return holds(type.typeAnnotation)
  if (type.type === 'TSArrayType') return holds(type.elementType)
  return type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && NAMES.includes(type.typeName.name)
}

const literals = (type: ESTree.TSType): string[] =>
  type.type === 'TSUnionType'
    ? type.types.flatMap(literals)
    : type.type === 'TSLiteralType' && type.literal.type === 'Literal'
      ? [String(type.literal.value)]
      : []

function kindOf(name: string, members: Members): Kind {
  const read = members.flatMap((m) =>
    m.type === 'TSPropertySignature' && m.key.type === 'Identifier' && m.typeAnnotation
      ? [{ name: m.key.name, optional: m.optional, type: m.typeAnnotation.typeAnnotation }]
      : [],
  )
  const tag = read.find((m) => m.name === 'k')
  return {
    names: tag ? literals(tag.type) : [name],
    tagged: tag !== undefined,
    members: new Map(read.map(({ name, optional, type }) => [name, { optional, holds: holds(type) }])),
  }
}

/** Of the declarations in `syntax/ast.ts`, those within others too. */
function kinds(): Kind[] {
  const found: Kind[] = []
  const within: string[] = []
  const enter = ({ id }: { readonly id: { readonly name: string } }) => within.push(id.name)
  const leave = () => within.pop()
  new Visitor({
    TSTypeAliasDeclaration: enter,
    'TSTypeAliasDeclaration:exit': leave,
    TSInterfaceDeclaration(node) {
      enter(node)
      found.push(kindOf(node.id.name, node.body.body))
    },
    'TSInterfaceDeclaration:exit': leave,
    TSTypeLiteral({ members }) {
      found.push(kindOf(`in ${within.at(-1)}`, members))
    },
  }).visit(treeOf(join(import.meta.dirname, '../syntax/ast.ts')))
  return found.filter(({ names }) => names[0] !== 'Name')
}

const KINDS = kinds()
const holding = ({ members }: Kind): string[] => [...members].flatMap(([name, member]) => (member.holds ? [name] : []))

/** Each place as `kind.member`. */
export const PLACES: ReadonlySet<string> = new Set(
  KINDS.flatMap((kind) => holding(kind).flatMap((m) => kind.names.map((n) => `${n}.${m}`))),
)

/** Whether a node may be one of this kind. */
function fits(node: Readonly<Record<string, unknown>>, { names, tagged, members }: Kind): boolean {
  if (tagged ? !names.includes(String(node.k)) : 'k' in node) return false
  const keys = Object.keys(node).filter((key) => own(node, key) !== undefined && !(tagged && key === 'pos'))
  return keys.every((key) => members.has(key)) && [...members].every(([name, { optional }]) => optional || own(node, name) !== undefined)
}

const words = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(words).join()
    : typeof value === 'string'
      ? value
      : ((value as { readonly text?: string } | null)?.text ?? '')

/** The places in a tree in which a harmless word stands. */
export function placesIn(tree: unknown, found = new Set<string>()): Set<string> {
  if (tree === null || typeof tree !== 'object') return found
  for (const child of Object.values(tree)) placesIn(child, found)
  if (Array.isArray(tree)) return found
  const node = tree as Readonly<Record<string, unknown>>
  for (const kind of KINDS.filter((one) => fits(node, one)))
    for (const member of holding(kind))
      if (/z[nq]\dz/i.test(words(own(node, member)))) for (const name of kind.tagged ? [node.k] : kind.names) found.add(`${name}.${member}`)
  return found
}
