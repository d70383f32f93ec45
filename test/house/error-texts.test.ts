// The text of an error of ours holds no value of the query, which a policy may hide; a `detail` beside it may, and is sent to who is shown all.
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'
import { expect, it } from 'vitest'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')

/** Who makes errors of rows, and which of the arguments is the text that everybody is told. */
const MAKERS: ReadonlyMap<string, number> = new Map([
  ['BadArgument', 0],
  ['BadFormat', 0],
  ['BadPattern', 0],
  ['check', 1],
  ['unserved', 0],
  ['spend', 1],
  ['failure', 2],
])
/** Where they are; in the dialect `unserved` has the statement's context, and its text second. */
const ROOMS = ['src/parts/engine/scalars', 'src/parts/engine/geometry', 'src/parts/engine/digests', 'src/wire/trino']
const DIALECT = 'src/parts/sql/dialect'
const IN_DIALECT: ReadonlyMap<string, number> = new Map([
  ['failure', 2],
  ['unserved', 1],
])

/** What may stand in a text, and why it is no value. */
const NO_VALUES: ReadonlyMap<string, string> = new Map(
  [
    ['src/parts/engine/scalars/budget.ts', 'what', 'an argument of spend, which is looked at where it is called'],
    ['src/parts/engine/geometry/budget.ts', 'what', 'an argument of spend, which is looked at where it is called'],
    ['src/parts/engine/geometry/shape.ts', 'text', 'an argument of unserved, which is looked at where it is called'],
    ['src/parts/engine/geometry/bing.ts', 'text', 'an argument of check, which is looked at where it is called'],
    ['src/wire/trino/pattern-parser.ts', 'what', 'an argument of unserved, which is looked at where it is called; of an escape the detail'],
    ['src/parts/sql/dialect/context.ts', 'text', 'an argument of unserved, which is looked at where it is called'],
    ['src/parts/engine/scalars/misc.ts', 'error.message', 'the text of a BadFormat'],
    ['src/parts/engine/scalars/patterns.ts', 'error.message', 'the text of a BadPattern'],
    ['src/parts/engine/scalars/json.ts', 'READERS', 'names of functions'],
    ['src/parts/engine/scalars/json.ts', 'HALF_CHARACTER', 'a text of ours'],
    ['src/parts/engine/scalars/geometry-define.ts', 'name', 'a name of a function'],
    ['src/parts/engine/scalars/geometry-forms.ts', 'name', 'a name of a function'],
    ['src/parts/engine/geometry/parts.ts', 'name', 'a name of a function'],
    ['src/parts/engine/scalars/hashes.ts', 'length', 'the bytes of a type'],
    ['src/parts/engine/geometry/bing.ts', 'DEEPEST_COVERED', 'a limit of ours'],
    ['src/parts/sql/dialect/call.ts', 'name', 'a name of a function'],
    ['src/parts/sql/dialect/casts.ts', 't.printType(from)', 'a type'],
    ['src/parts/sql/dialect/casts.ts', 't.printType(to)', 'a type'],
    ['src/parts/sql/dialect/from-json.ts', 'to.base', 'a type'],
    ['src/parts/sql/dialect/like.ts', 'ESCAPES', 'a text of ours'],
    ['src/parts/sql/dialect/casts.ts', 'name', 'a type'],
    ['src/parts/sql/dialect/casts.ts', 'length', 'the length of a type'],
    ['src/parts/sql/dialect/casts.ts', 'form', 'one of two texts of ours'],
    ['src/parts/sql/dialect/stored.ts', 't.printType(from)', 'a type'],
    ['src/parts/sql/dialect/stored.ts', 't.printType(to)', 'a type'],
    ['src/parts/sql/dialect/element-search.ts', 'name', 'a name of a function'],
    ['src/parts/sql/dialect/element-search.ts', 'element.base', 'a type'],
    ['src/parts/sql/dialect/nested-order.ts', 'what', 'a function, operator or clause'],
    ['src/parts/sql/dialect/nested-order.ts', 'l.type.base', 'a type'],
    ['src/parts/sql/dialect/nested-order.ts', 'text', 'of a function, operator or clause and a type'],
  ].map(([path, part, why]) => [`${path}: ${part}`, why as string]),
)

interface Text {
  readonly path: string
  readonly line: number
  /** What is put into it. */
  readonly holds: readonly string[]
}

/** The parts of an expression that are no fixed text. */
function held(node: ESTree.Expression, source: string): string[] {
  if (node.type === 'Literal') return []
  if (node.type === 'TemplateLiteral') return node.expressions.flatMap((part) => held(part, source))
  if (node.type === 'ConditionalExpression') return [...held(node.consequent, source), ...held(node.alternate, source)]
  if (node.type === 'BinaryExpression') return [...held(node.left as ESTree.Expression, source), ...held(node.right, source)]
  return [source.slice(node.start, node.end)]
}

function textsOf(path: string, source: string, makers: ReadonlyMap<string, number>): Text[] {
  const found: Text[] = []
  const look = ({ callee, arguments: given, start }: ESTree.CallExpression | ESTree.NewExpression) => {
    const name =
      callee.type === 'Identifier'
        ? callee.name
        : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
          ? callee.property.name
          : ''
    const text = given[makers.get(name) ?? given.length]
    if (!text) return
    const line = source.slice(0, start).split('\n').length
    found.push({ path, line, holds: text.type === 'SpreadElement' ? ['...'] : held(text, source) })
  }
  new Visitor({ CallExpression: look, NewExpression: look }).visit(parseSync(path, source).program)
  return found
}

const all = [...ROOMS.map((room) => [room, MAKERS] as const), [DIALECT, IN_DIALECT] as const].flatMap(([room, makers]) =>
  sourcesBelow(resolve(ROOT, room))
    .filter((path) => !isTestFile(path))
    .flatMap((path) => textsOf(relative(ROOT, path), readFileSync(path, 'utf8'), makers)),
)

it('hold no value of the query', () => {
  expect(all.length).toBeGreaterThan(0)
  const unknown = all.flatMap(({ path, line, holds }) =>
    holds.filter((part) => !NO_VALUES.has(`${path}: ${part}`)).map((part) => `${path}:${line}: ${part}`),
  )
  expect(unknown).toEqual([])
})

it('hold nothing but what is on the list, and all of it', () => {
  const parts = new Set(all.flatMap(({ path, holds }) => holds.map((part) => `${path}: ${part}`)))
  expect([...NO_VALUES.keys()].filter((part) => !parts.has(part))).toEqual([])
})

it('are seen however a value is put in', () => {
  const seen = (source: string) => textsOf('a.ts', source, MAKERS).flatMap(({ holds }) => holds)
  expect(seen(`new BadArgument('fixed', name, \`no \${value}\`)`)).toEqual([])
  const sources = [`new BadArgument(\`no \${a}\`)`, `new BadArgument('no ' + a)`, `unserved(b ? 'x' : a)`, 'bing.check(ok, a)']
  expect(sources.flatMap(seen)).toEqual(['a', 'a', 'a', 'a'])
})
