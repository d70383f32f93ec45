// What the cursor is asking for: names after a dot, a table after FROM, else an expression. Pure; completion builds on it.
import { nameOf, type Token, tokenize } from '~/lib/sql/lexer'
import { splitStatements, statementAt } from '~/lib/sql/split'

export interface TableRef {
  /** As written: one to three names. */
  readonly path: readonly string[]
  readonly alias?: string
}

export interface CursorContext {
  readonly kind: 'relation' | 'expression' | 'none'
  /** Names before the cursor joined by dots: `iceberg.banking.` gives two. */
  readonly path: readonly string[]
  /** Where the word being typed begins. */
  readonly from: number
  readonly prefix: string
  /** Tables of the statement. */
  readonly tables: readonly TableRef[]
}

const RELATION_BEFORE = new Set(['from', 'join', 'into', 'table', 'describe', 'update', 'desc', 'analyze', 'view', 'use'])
const NOT_ALIAS = new Set(
  `on where join inner left right full cross natural group order having limit offset union except intersect using values set
  window fetch tablesample for when as select lateral`.split(/\s+/),
)

export function cursorContext(sql: string, position: number): CursorContext {
  const all = tokenize(sql)
  if (all.some((t) => touches(t, position) && (t.kind === 'number' || isSilent(t, position))))
    return { kind: 'none', path: [], from: position, prefix: '', tables: [] }
  const statement = statementAt(splitStatements(sql), position)
  const scope = statement && position <= endOfScope(sql, statement.to) ? statement : { from: position, to: position }
  const tokens = all.filter((t) => scope.from <= t.from && t.to <= scope.to)

  const before = tokens.filter((t) => t.to <= position && t.kind !== 'comment')
  const touching = before.at(-1)
  const current = touching && touching.to === position && isName(touching) ? touching : undefined
  let i = before.length - (current ? 2 : 1)
  const path: string[] = []
  while (before[i]?.text === '.' && before[i - 1] && isName(before[i - 1]!)) {
    path.unshift(nameOf(before[i - 1]!))
    i -= 2
  }
  return {
    kind: expectsRelation(before, i) ? 'relation' : 'expression',
    path,
    from: current?.from ?? position,
    prefix: current ? nameOf(current) : '',
    tables: tableRefs(tokens, current),
  }
}

function touches(token: Token, position: number): boolean {
  return token.from < position && position <= token.to
}

/** Texts and comments, unless they just ended before the cursor. */
function isSilent(token: Token, position: number): boolean {
  if (token.kind !== 'string' && token.kind !== 'comment') return false
  return position < token.to || !token.closed || token.text.startsWith('--')
}

/** Trailing blanks belong to the statement, up to its semicolon. */
function endOfScope(sql: string, to: number): number {
  let end = to
  while (end < sql.length && /\s/.test(sql[end]!)) end++
  return end
}

function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted'
}

/** Whether the name that follows token `i` is a relation: directly after FROM and friends, or after a comma in their list. */
function expectsRelation(tokens: readonly Token[], i: number): boolean {
  let depth = 0
  for (let at = i; at >= 0; at--) {
    const token = tokens[at]!
    if (token.text === ')') depth++
    else if (token.text === '(') {
      if (depth === 0) return false
      depth--
    } else if (depth === 0 && token.kind === 'word') {
      const word = token.text.toLowerCase()
      if (RELATION_BEFORE.has(word)) return at === i || tokens[i]?.text === ','
      if (KEYWORD_STOPS.has(word)) return false
    }
    if (at === i && token.text !== ',' && !(token.kind === 'word' && RELATION_BEFORE.has(token.text.toLowerCase()))) return false
  }
  return false
}

const KEYWORD_STOPS = new Set(['select', 'where', 'on', 'group', 'order', 'having', 'set', 'values', 'by', 'limit'])

/** Tables named after FROM, JOIN, INTO and UPDATE, with their aliases; `skip` is the word under the cursor. */
export function tableRefs(tokens: readonly Token[], skip?: Token): TableRef[] {
  const code = tokens.filter((t) => t.kind !== 'comment')
  const refs: TableRef[] = []
  for (let i = 0; i < code.length; i++) {
    const word = code[i]!.kind === 'word' ? code[i]!.text.toLowerCase() : ''
    if (!['from', 'join', 'into', 'update', 'describe'].includes(word)) continue
    let at = i + 1
    for (;;) {
      const path: string[] = []
      const first = code[at]
      if (!first || !isName(first) || first === skip) break
      path.push(nameOf(first))
      at++
      while (code[at]?.text === '.' && code[at + 1] && isName(code[at + 1]!)) {
        path.push(nameOf(code[at + 1]!))
        at += 2
      }
      if (code[at]?.kind === 'word' && code[at]!.text.toLowerCase() === 'as') at++
      const next = code[at]
      const aliased = next && isName(next) && next !== skip && !(next.kind === 'word' && NOT_ALIAS.has(next.text.toLowerCase()))
      refs.push({ path, ...(aliased ? { alias: nameOf(next) } : {}) })
      if (aliased) at++
      if (code[at]?.text !== ',') break
      at++
    }
  }
  return refs
}
