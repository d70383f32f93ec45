// The parser's hands: looking at tokens, taking them, and refusing them as Trino does.
import { BadSyntax } from '../errors.ts'
import type { Name, Position, QualifiedName } from './ast.ts'
import { RESERVED } from './keywords.ts'
import { type Token, tokenize } from './lexer.ts'

export class TokenReader {
  readonly sql: string
  protected readonly tokens: readonly Token[]
  protected index = 0

  constructor(sql: string) {
    this.sql = sql
    this.tokens = tokenize(sql)
  }

  protected peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)] as Token
  }

  protected get pos(): Position {
    return this.peek().pos
  }

  protected take(): Token {
    const token = this.peek()
    this.index++
    return token
  }

  /** Whether the next tokens are these keywords or operators. */
  protected at(...values: readonly string[]): boolean {
    return values.every((value, i) => {
      const token = this.peek(i)
      return token.value === value && (token.kind === 'word' || token.kind === 'op')
    })
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

  /** Trino: `mismatched input 'x'. Expecting: ...` at the token that does not fit. */
  protected mismatch(expecting: string): Error {
    const token = this.peek()
    return BadSyntax({ ...token.pos, text: `mismatched input '${token.raw}'. Expecting: ${expecting}` })
  }

  protected isName(ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'quoted' || (token.kind === 'word' && !RESERVED.has(token.value))
  }

  protected name(): Name {
    if (!this.isName()) throw this.mismatch('<identifier>')
    const token = this.take()
    const text = token.kind === 'quoted' ? token.value : token.raw
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

  protected list<T>(item: () => T): T[] {
    const items = [item()]
    while (this.accept(',')) items.push(item())
    return items
  }

  protected string(): string {
    if (this.peek().kind !== 'string') throw this.mismatch('<string>')
    return this.take().value
  }
}
