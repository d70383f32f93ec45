// DuckDB SQL as a value: a tree of our own words, names, literals and children, printed once. A text of a user's has no way in but
// as a literal or a name, and nothing that was put in is ever looked at again.
import { createHash } from 'node:crypto'
import { defineError } from '#kit/errors'
import { quoteName, quoteText } from '#wire/duckdb/quote'

export const StatementTooLong = defineError(
  'sql.query_text_too_large',
  400,
  'The statement needs {length} characters of the engine, of which {limit} are allowed',
  { hint: 'split it: fewer or shorter expressions, or a table in the place of long lists' },
)

/** SQL text that came out of `print`: what an engine may be given. */
export type Printed = string & { readonly __printed: unique symbol }

type Part = string | Sql

let make: (parts: readonly Part[], hole?: number) => Sql
let look: (sql: Sql) => { readonly parts: readonly Part[]; readonly hole: number | undefined }

/** A fragment of DuckDB SQL. Made by `sql` and the makers of leaves only; it cannot be changed. */
export class Sql {
  readonly #parts: readonly Part[]
  readonly #hole: number | undefined
  /** Characters when printed; holes count nothing. May be beyond what a text can hold. */
  readonly length: number
  /** Whether something is still to be bound in it. */
  readonly open: boolean

  private constructor(parts: readonly Part[], hole?: number) {
    this.#parts = parts
    this.#hole = hole
    let length = 0
    let open = hole !== undefined
    for (const part of parts) {
      length += part.length
      if (typeof part !== 'string' && part.open) open = true
    }
    this.length = length
    this.open = open
  }

  /** A fragment in a plain text would be a text of its own making. */
  toString(): never {
    throw new TypeError('SQL becomes text by print() only')
  }

  static {
    make = (parts, hole) => new Sql(parts, hole)
    look = (sql) => ({ parts: sql.#parts, hole: sql.#hole })
  }
}

/** Our own words with fragments between them: sql`coalesce(${a}, ${b})`. */
export function sql(words: TemplateStringsArray, ...holes: readonly Sql[]): Sql {
  const parts: Part[] = []
  for (const [i, word] of words.entries()) {
    if (word !== '') parts.push(word)
    const child = holes[i]
    if (i < holes.length) parts.push(checked(child))
  }
  return make(parts)
}

function checked(child: unknown): Sql {
  if (!(child instanceof Sql)) throw new TypeError('only SQL fragments stand in SQL')
  return child
}

/** Nothing. */
export const nothing: Sql = make([])

export const identifier = (name: string): Sql => make([quoteName(name)])
export const literal = (text: string): Sql => make([quoteText(text)])

/** A whole number; a negative one in brackets, so that no two minus signs meet. */
export function integer(n: bigint | number): Sql {
  if (typeof n === 'number' && !Number.isSafeInteger(n)) throw new TypeError(`not a whole number: ${n}`)
  return make([n < 0 ? `(${n})` : String(n)])
}

/** Digits with a point, such as `12.50`. */
export function number(digits: string): Sql {
  if (!/^\d{1,40}(\.\d{1,40})?$/.test(digits)) throw new TypeError('not a number')
  return make([digits])
}

export const bool = (value: boolean): Sql => make([value ? 'TRUE' : 'FALSE'])

const SEPARATORS = [', ', ' ', ' AND ', ' OR ', ' || ', ' UNION ALL ', ' * ', '.'] as const
export type Separator = (typeof SEPARATORS)[number]

export function join(list: readonly Sql[], separator: Separator = ', '): Sql {
  if (!SEPARATORS.includes(separator)) throw new TypeError('no separator of SQL')
  return make(list.flatMap((item, i) => (i === 0 ? [checked(item)] : [separator, checked(item)])))
}

const TOKENS = [
  ...['+', '-', '*', '/', '%', '//', '||', '=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM', 'AND', 'OR'],
  ...['ASC', 'DESC', 'FIRST', 'LAST', 'UNION', 'INTERSECT', 'EXCEPT', 'ALL', 'ANY', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'],
  ...['ROWS', 'RANGE', 'GROUPS', 'UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING', 'CURRENT ROW', 'PRECEDING', 'FOLLOWING'],
] as const
const BY_TOKEN: ReadonlyMap<string, Sql> = new Map(TOKENS.map((text) => [text, make([text])]))

/** An operator or a keyword that is chosen by the statement, from those that there are. */
export function token(word: string): Sql {
  const found = BY_TOKEN.get(word.toUpperCase())
  if (!found) throw new TypeError(`no word of SQL: ${word}`)
  return found
}

/** A place for a relation that is not known yet; `bind` puts it in. */
export const hole = (id: number): Sql => make([], id)

/** The holes of a fragment, each once. */
export function holesOf(root: Sql): Set<number> {
  const found = new Set<number>()
  const seen = new Set<Sql>()
  const stack = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (!node.open || seen.has(node)) continue
    seen.add(node)
    const { parts, hole } = look(node)
    if (hole !== undefined) found.add(hole)
    for (const part of parts) if (typeof part !== 'string') stack.push(part)
  }
  return found
}

/** The same fragment with its holes filled; what has none is kept as it is, what is shared stays shared. */
export function bind(root: Sql, fill: (hole: number) => Sql): Sql {
  const done = new Map<Sql, Sql>()
  const of = (node: Sql): Sql => (node.open ? (done.get(node) as Sql) : node)
  afterChildren(
    root,
    (node) => !node.open || done.has(node),
    (node) => {
      const { parts, hole } = look(node)
      done.set(node, hole === undefined ? make(parts.map((p) => (typeof p === 'string' ? p : of(p)))) : fill(hole))
    },
  )
  return of(root)
}

/** A text or a name in quotes, a call, or a bracket. */
const CALLS = /'[^']*'|"[^"]*"|\b(\w+)\(|[()]/g

/** How calls are changed: `suffix` is put behind the name, the others around the call. */
export interface Change {
  readonly suffix: string
  readonly before: Sql
  readonly after: Sql
}

/** The same fragment with calls of functions whose name begins so changed, each once; what is shared stays shared. A call stands in one fragment. */
export function changeCalls(root: Sql, prefix: string, { suffix, before, after }: Change): Sql {
  if (!/^\w*$/.test(suffix)) throw new TypeError('no end of a name')
  const done = new Map<Sql, Sql>()
  const of = ({ parts, hole }: { readonly parts: readonly Part[]; readonly hole: number | undefined }): Sql => {
    const made: Part[] = []
    const open: boolean[] = []
    for (const part of parts) {
      if (typeof part !== 'string') {
        made.push(done.get(part) as Sql)
        continue
      }
      let last = 0
      for (const { 0: found, 1: name, index } of part.matchAll(CALLS)) {
        const isOurs = name?.startsWith(prefix) === true && !name.endsWith(suffix)
        if (isOurs) made.push(part.slice(last, index), before, `${name}${suffix}(`)
        if (found.endsWith('(')) open.push(isOurs)
        const isEnd = found === ')' && open.pop() === true
        if (isEnd) made.push(part.slice(last, index + 1), after)
        if (isOurs || isEnd) last = index + found.length
      }
      made.push(part.slice(last))
    }
    if (open.includes(true)) throw new TypeError('a call of ours that does not end in its fragment')
    return make(
      made.filter((part) => part !== ''),
      hole,
    )
  }
  afterChildren(
    root,
    (node) => done.has(node),
    (node) => {
      done.set(node, of(look(node)))
    },
  )
  return done.get(root) as Sql
}

/** Visits each node after all nodes in it, without recursion. */
function afterChildren(root: Sql, skip: (node: Sql) => boolean, visit: (node: Sql) => void): void {
  const stack: { readonly node: Sql; ready: boolean }[] = [{ node: root, ready: false }]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (skip(top.node)) stack.pop()
    else if (top.ready) {
      stack.pop()
      visit(top.node)
    } else {
      top.ready = true
      for (const part of look(top.node).parts) if (typeof part !== 'string' && !skip(part)) stack.push({ node: part, ready: false })
    }
  }
}

/** Whether the words of ours, or a name or literal of a user's, have a word in them: who asks may be wrong about the latter. */
export function mentions(root: Sql, word: string): boolean {
  const seen = new Set<Sql>()
  const stack: Sql[] = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const part of look(node).parts) {
      if (typeof part === 'string') {
        if (part.includes(word)) return true
      } else if (!seen.has(part)) {
        seen.add(part)
        stack.push(part)
      }
    }
  }
  return false
}

const SHORT = 200
const keys = new WeakMap<Sql, string>()

/** Equal for fragments that print alike and were built alike; costs no printing of large ones. */
export function keyOf(root: Sql): string {
  afterChildren(
    root,
    (node) => keys.has(node),
    (node) => {
      const { parts, hole } = look(node)
      const text = parts
        .map((p) => (typeof p === 'string' ? `t${p.length}:${p}` : `s${(keys.get(p) as string).length}:${keys.get(p)}`))
        .join('')
      const whole = hole === undefined ? text : `h${hole}`
      keys.set(node, whole.length <= SHORT ? whole : createHash('sha256').update(whole).digest('base64'))
    },
  )
  return keys.get(root) as string
}

/** The text. Throws StatementTooLong before anything is printed, since a child that stands in many places grows fast. */
export function print(root: Sql, { maxLength }: { readonly maxLength: number }): Printed {
  if (root.length > maxLength) throw StatementTooLong({ length: root.length, limit: maxLength })
  if (root.open) throw new Error('a relation of this SQL was never bound')
  const out: string[] = []
  const stack: Part[] = [root]
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === 'string') out.push(part)
    else {
      const { parts } = look(part)
      for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i] as Part)
    }
  }
  return out.join('') as Printed
}

/** Text in pieces, with the numbers of holes between them: how a fragment goes from one thread to another. */
export type Flat = readonly (string | number)[] & { readonly __flat: unique symbol }

/** Throws StatementTooLong before anything is copied, as `print` does. */
export function flatten(root: Sql, { maxLength }: { readonly maxLength: number }): Flat {
  if (root.length > maxLength) throw StatementTooLong({ length: root.length, limit: maxLength })
  const out: (string | number)[] = []
  let text: string[] = []
  const stack: Part[] = [root]
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === 'string') {
      text.push(part)
      continue
    }
    const { parts, hole } = look(part)
    if (hole !== undefined) {
      out.push(text.join(''), hole)
      text = []
    }
    for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i] as Part)
  }
  out.push(text.join(''))
  return out as unknown as Flat
}

/** The fragment again: of what `flatten` made, and of nothing else. */
export const unflatten = (flat: Flat): Sql => make(flat.map((part) => (typeof part === 'string' ? part : hole(part))))

/** Text of ours with numbered places, `$1` to `$9` and `$*`, and marks such as `{s}`; read once, filled often. */
export interface Template {
  readonly pieces: readonly (Sql | { readonly place: number | '*' } | { readonly mark: string })[]
  readonly marks: ReadonlySet<string>
}

/** Reads a template that a source file of ours holds. */
export function parseTemplate(text: string): Template {
  const pieces: Template['pieces'][number][] = []
  let last = 0
  for (const match of text.matchAll(/\{(\w)\}|\$(\*|\d)/g)) {
    if (match.index > last) pieces.push(make([text.slice(last, match.index)]))
    last = match.index + match[0].length
    const [, mark, place] = match
    pieces.push(mark === undefined ? { place: place === '*' ? '*' : Number(place) } : { mark })
  }
  if (last < text.length) pieces.push(make([text.slice(last)]))
  return { pieces, marks: new Set(pieces.flatMap((p) => ('mark' in p ? [p.mark] : []))) }
}

/** The template with arguments and marks in their places; a mark that is not given is nothing, an argument that is not given NULL. */
export function fillTemplate({ pieces }: Template, args: readonly Sql[], marks: ReadonlyMap<string, Sql> = new Map()): Sql {
  return make(
    pieces.flatMap((piece): readonly Part[] => {
      if (piece instanceof Sql) return look(piece).parts
      if ('mark' in piece) return [checked(marks.get(piece.mark) ?? nothing)]
      return [piece.place === '*' ? join(args) : checked(args[piece.place - 1] ?? NULL)]
    }),
  )
}

const NULL = sql`NULL`
