// The parser's hands: looking at tokens, taking them, and refusing them as Trino does.
import { BadSyntax, NotSupported } from '#parts/sql/errors'
import type { Name, Position, QualifiedName } from '#parts/sql/syntax/ast'
import { assertLength, MAX_DEPTH, tooDeep, tooMany } from '#parts/sql/syntax/budget'
import { opensExpression } from '#parts/sql/syntax/keywords'
import { scan, type Token } from '#parts/sql/syntax/lexer'
import { RESERVED } from '#wire/trino/names'

/** Tokens that are looked at before one is taken; what is nested would otherwise be looked through at each of its levels. */
const FARTHEST = 1_000

/** Of a long list so many tokens are kept that were read. */
const RELEASED = 1_000
const READ: Token = { kind: 'unknown', value: '', raw: '', pos: { line: 0, column: 0 }, start: 0, end: 0 }

export class TokenReader {
  readonly sql: string
  /** Those that were looked at so far. */
  protected readonly tokens: Token[] = []
  readonly #rest: Iterator<Token>
  protected index = 0
  /** Index of a word that could have begun something behind an operand, had what follows it fitted. */
  protected begun = -1
  #depth = 0
  #noted: Error | undefined
  #unserved: Error | undefined

  constructor(sql: string) {
    assertLength(sql)
    this.sql = sql
    this.#rest = scan(sql)
  }

  protected peek(ahead = 0): Token {
    const at = this.index + ahead
    const known = this.tokens[at]
    if (known) return known
    while (this.tokens.length <= at) {
      const { value, done } = this.#rest.next()
      if (done) return this.tokens.at(-1) as Token
      this.tokens.push(value)
    }
    return this.tokens[at] as Token
  }

  protected get pos(): Position {
    return this.peek().pos
  }

  /** Called by what may hold itself, with `leave` at its end. An error needs no `leave`: nothing is tried twice. */
  protected enter(): void {
    if (++this.#depth > MAX_DEPTH) throw tooDeep(this.pos)
  }

  protected leave(): void {
    this.#depth--
  }

  /** Called at each turn of a loop that nests to the left: what is certain to be too deep is not read to its end. */
  protected turn(turns: number): void {
    if (turns > MAX_DEPTH) throw tooDeep(this.pos)
  }

  protected take(): Token {
    const token = this.peek()
    this.index++
    return token
  }

  /** Whether the next tokens are these keywords or operators. */
  protected at(...values: readonly string[]): boolean {
    for (let i = 0; i < values.length; i++) {
      const { value, kind } = this.peek(i)
      if (value !== values[i] || (kind !== 'word' && kind !== 'op')) return false
    }
    return true
  }

  /** Takes a word that may stand there without changing anything; always false, for `a || noise(b)`. */
  protected noise(...values: readonly string[]): false {
    this.accept(...values)
    return false
  }

  /** Takes these if they come next. */
  protected accept(...values: readonly string[]): boolean {
    if (!this.at(...values)) return false
    this.index += values.length
    return true
  }

  protected expect(...values: readonly string[]): void {
    for (const value of values) if (!this.accept(value)) throw this.mismatch(`'${value}'`)
  }

  /** Trino: `mismatched input 'x'. Expecting: ...` at the token that does not fit; behind an operand a point does, the star after it does not. */
  protected mismatch(expecting: string): Error {
    const token = this.at('.', '*') || this.index === this.begun ? this.peek(1) : this.peek()
    return BadSyntax({ ...token.pos, text: `mismatched input '${token.raw}'. Expecting: ${expecting}` })
  }

  /** What Trino's grammar knows and this platform does not serve is refused by its name, where it stands: here before the rest of it is read. */
  protected unread(what: string, pos: Position = this.pos): Error {
    return NotSupported({ ...pos, text: `${what} is not supported here` })
  }

  /** The same, told only if the whole fits the grammar. */
  protected unserved(what: string, pos: Position = this.pos): void {
    this.#unserved ??= this.unread(what, pos)
  }

  /** Notes what is wrong with a text that fits the grammar; as in Trino it is told only if the whole does. */
  protected note(text: string, pos: Position): void {
    this.#noted ??= BadSyntax({ ...pos, text })
  }

  /** No token may be left, and nothing noted. */
  protected finish(): void {
    if (this.peek().kind !== 'end') throw this.mismatch('<EOF>')
    const refused = this.#noted ?? this.#unserved
    if (refused) throw refused
  }

  protected isOp(value: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'op' && token.value === value
  }

  protected isWord(ahead: number, ...values: readonly string[]): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && values.includes(token.value)
  }

  protected isString(ahead = 0): boolean {
    const { kind } = this.peek(ahead)
    return kind === 'string' || kind === 'unicode'
  }

  /** Whether an expression may begin with this token. */
  protected opensExpression(ahead = 0): boolean {
    const { kind, value } = this.peek(ahead)
    if (kind === 'word') return opensExpression(value)
    if (kind === 'op') return value === '(' || value === '[' || value === '+' || value === '-' || value === '?'
    return kind !== 'end' && kind !== 'unknown'
  }

  /** Whether a query without parentheses begins here; each of these words is reserved. */
  protected opensQuery(ahead = 0): boolean {
    return this.isWord(ahead, 'SELECT', 'WITH', 'VALUES', 'TABLE')
  }

  /** How far it is from the parenthesis at `open` to what is looked for in it, and in none within; else to where it closes, the end, or the farthest. */
  protected closing(open: number, found: (ahead: number) => boolean = () => false): number {
    for (let i = open + 1, depth = 0; ; i++) {
      if (i > FARTHEST || this.peek(i).kind === 'end' || (depth === 0 && (this.isOp(')', i) || found(i)))) return i
      if (this.isOp('(', i) || this.isOp('[', i)) depth++
      else if (this.isOp(')', i) || this.isOp(']', i)) depth--
    }
  }

  protected isName(ahead = 0): boolean {
    const { kind, value } = this.peek(ahead)
    return kind === 'quoted' || kind === 'backquoted' || kind === 'digits' || (kind === 'word' && !RESERVED.has(value))
  }

  protected name(): Name {
    if (!this.isName()) throw this.mismatch('<identifier>')
    const token = this.take()
    if (token.kind === 'backquoted')
      throw BadSyntax({ ...token.pos, text: 'backquoted identifiers are not supported; use double quotes to quote identifiers' })
    if (token.kind === 'digits')
      throw BadSyntax({ ...token.pos, text: 'identifiers must not start with a digit; surround the identifier with double quotes' })
    const text = token.kind === 'quoted' ? token.value : token.raw
    this.#speakable(text, 'a name', token.pos)
    return { text, lower: text.toLowerCase(), quoted: token.kind === 'quoted', pos: token.pos }
  }

  protected qualifiedName(): QualifiedName {
    const parts = [this.name()]
    while (this.accept('.')) parts.push(this.name())
    return parts
  }

  protected names(): Name[] {
    this.expect('(')
    const names = this.list(() => this.name())
    this.expect(')')
    return names
  }

  protected list<T>(item: () => T, most = Number.POSITIVE_INFINITY): T[] {
    const { pos } = this.peek()
    let kept = this.index
    const items = [item()]
    while (this.accept(',')) {
      if (items.length >= most) throw tooMany(pos, most)
      items.push(item())
      if (this.index - kept < RELEASED) continue
      this.#release(kept)
      kept = this.index - 1
    }
    return items
  }

  /** Forgets tokens that were read, but for the last: where it ends, a text of the statement may. */
  #release(from: number): void {
    this.tokens.fill(READ, from, this.index - 1)
  }

  /** How many tokens the string at `ahead` takes: with UESCAPE three; 0 where there is none. */
  protected stringLength(ahead = 0): number {
    const { kind } = this.peek(ahead)
    if (kind === 'unicode') return this.isWord(ahead + 1, 'UESCAPE') ? 3 : 1
    return kind === 'string' ? 1 : 0
  }

  protected string(): string {
    const { pos } = this.peek()
    const text = this.#string()
    this.#speakable(text, 'a text', pos)
    return text
  }

  /** Trino takes the character that ends a text elsewhere; the engine and PostgreSQL carry it in no statement. */
  #speakable(text: string, what: string, pos: Position): void {
    if (text.includes('\0')) this.#noted ??= this.unread(`the character U+0000 in ${what}`, pos)
  }

  #string(): string {
    const token = this.peek()
    if (!this.isString()) throw this.mismatch('<string>')
    this.take()
    if (token.kind === 'string') return token.value
    let mark = '\\'
    if (this.accept('UESCAPE')) {
      if (this.peek().kind !== 'string') throw this.mismatch('<string>')
      mark = this.take().value
    }
    return this.#decode(token, mark)
  }

  #decode(token: Token, mark: string): string {
    if (mark === '') this.note('Empty Unicode escape character', token.pos)
    else if (mark.length > 1 || /["'+0-9A-Fa-f\s]/.test(mark)) this.note('Invalid Unicode escape character', token.pos)
    else
      return token.value
        .split(mark + mark)
        .map((part) => {
          const [plain, ...escaped] = part.split(mark) as [string, ...string[]]
          return plain + escaped.map((text) => this.#character(text, token.pos)).join('')
        })
        .join(mark)
    return ''
  }

  /** What follows an escape: four digits, or a plus and six. */
  #character(text: string, pos: Position): string {
    const digits = /^(?:\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))/.exec(text)
    const code = digits ? Number.parseInt(digits[1] ?? (digits[2] as string), 16) : undefined
    if (code === undefined) this.note('Incomplete escape sequence or invalid hexadecimal digit', pos)
    else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.note(`Invalid escaped character: ${text.slice(0, 7)}`, pos)
    else return String.fromCodePoint(code) + text.slice((digits as RegExpExecArray)[0].length)
    return ''
  }
}
