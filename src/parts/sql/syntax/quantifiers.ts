// DISTINCT and ALL before what they qualify (SqlBase.g4: setQuantifier). ALL is a name as well: of a column, a function, a measure.
import { TypeParser } from '#parts/sql/syntax/types'

export abstract class QuantifierParser extends TypeParser {
  /** `aliased`: a name without AS may follow what is qualified. */
  protected setQuantifier(aliased = false): 'all' | 'distinct' | undefined {
    if (this.accept('DISTINCT')) return 'distinct'
    if (!this.at('ALL') || !this.#qualifies(aliased)) return undefined
    this.take()
    return 'all'
  }

  #qualifies(aliased: boolean): boolean {
    if (this.isOp('(', 1)) return !this.#argumentsOnly()
    if (this.isWord(1, 'OVER') && this.isOp('(', 2)) return !this.#windowOnly()
    if (this.isWord(1, 'OVER') && this.isWord(2, 'OVER') && (this.isOp('(', 3) || this.isName(3))) return true
    if (this.isWord(1, 'OVER') && this.isName(2)) return aliased && this.#endsItem(3)
    if (this.isWord(1, 'NOT') && this.isWord(2, 'BETWEEN', 'IN', 'LIKE')) return false
    return this.opensExpression(1) || (this.isOp('*', 1) && !this.opensExpression(2))
  }

  /** Whether the word at `ahead` is ALL before an expression, and can be no name that an expression begins with. */
  protected quantifies(ahead: number): boolean {
    const next = ahead + 1
    if (!this.isWord(ahead, 'ALL') || !this.opensExpression(next) || this.stringLength(next) > 0) return false
    if (['(', '[', '+', '-'].some((op) => this.isOp(op, next))) return false
    if (this.isWord(next, 'NOT')) return !this.isWord(next + 1, 'BETWEEN', 'IN', 'LIKE')
    if (this.isWord(next, 'AT')) return !this.isWord(next + 1, 'TIME')
    return !(this.isWord(next, 'OVER') && (this.isOp('(', next + 1) || this.isName(next + 1)))
  }

  /** Whether `ALL ( .. )` can only be a call. */
  #argumentsOnly(): boolean {
    if (this.isOp(')', 2)) return !this.isOp('->', 3)
    if (this.isOp('*', 2) || this.isWord(2, 'DISTINCT', 'ORDER') || this.quantifies(2)) return true
    if (this.isName(2) && this.isOp('.', 3) && this.isOp('*', 4)) return true
    const query = this.opensQuery(2) || this.isOp('(', 2)
    const end = this.closing(1, (ahead) => !query && this.isWord(ahead, 'ORDER') && this.isWord(ahead + 1, 'BY'))
    if (this.isWord(end, 'ORDER')) return true
    if (this.isWord(end + 1, 'FILTER')) return this.isOp('(', end + 2)
    if (this.isWord(end + 1, 'IGNORE', 'RESPECT')) return this.isWord(end + 2, 'NULLS')
    return this.isWord(end + 1, 'OVER') && (this.isOp('(', end + 2) || (this.isName(end + 2) && !this.isClause(end + 2)))
  }

  /** Whether `OVER ( .. )` can only be a window. */
  #windowOnly(): boolean {
    const end = this.closing(2, (ahead) => {
      if (this.isWord(ahead, 'PARTITION')) return this.isWord(ahead + 1, 'BY')
      const { kind } = this.peek(ahead + 1)
      const bound = this.isWord(ahead + 1, 'BETWEEN', 'CURRENT', 'UNBOUNDED') || kind === 'integer' || this.isOp('?', ahead + 1)
      return this.isWord(ahead, 'ROWS', 'RANGE', 'GROUPS') && bound
    })
    return this.isWord(end, 'PARTITION', 'ROWS', 'RANGE', 'GROUPS')
  }

  /** Whether an item of SELECT is over before this token. */
  #endsItem(ahead: number): boolean {
    const over = this.peek(ahead).kind === 'end' || [',', ')', ';'].some((op) => this.isOp(op, ahead))
    return over || this.isWord(ahead, 'EXCEPT', 'FROM', 'GROUP', 'HAVING', 'INTERSECT', 'ORDER', 'UNION', 'WHERE') || this.isClause(ahead)
  }

  protected isClause(ahead: number): boolean {
    return this.isWord(ahead, 'FETCH', 'LIMIT', 'OFFSET', 'WINDOW') && this.peek(ahead + 1).kind !== 'end'
  }
}
