// ORDER BY and windows of Trino SQL (SqlBase.g4: sortItem, windowSpecification, windowFrame).
import type { Bound, Expression, Frame, SortItem, Window } from '#parts/sql/syntax/ast'
import { QuantifierParser } from '#parts/sql/syntax/quantifiers'

export abstract class WindowParser extends QuantifierParser {
  abstract expression(): Expression

  orderBy(): SortItem[] {
    return this.at('ORDER') ? this.sortList() : []
  }

  protected sortList(): SortItem[] {
    this.expect('ORDER', 'BY')
    return this.list(() => {
      const pos = this.pos
      const value = this.expression()
      const descending = this.accept('DESC') || this.noise('ASC')
      if (!this.accept('NULLS')) return { pos, value, descending }
      if (!this.isWord(0, 'FIRST', 'LAST')) throw this.mismatch("'FIRST', 'LAST'")
      return { pos, value, descending, nulls: this.take().value.toLowerCase() as 'first' }
    })
  }

  /** `( [name] [PARTITION BY ..] [ORDER BY ..] [frame] )` */
  window(): Window {
    this.expect('(')
    const pos = this.pos
    const base = this.isName() && !this.#clauseAhead() ? this.name() : undefined
    let partitionBy: Expression[] = []
    if (this.at('PARTITION')) {
      this.expect('PARTITION', 'BY')
      partitionBy = this.list(() => this.expression())
    }
    const orderBy = this.orderBy()
    if (this.at('MEASURES')) throw this.unread('pattern recognition in a window')
    const frame = this.isWord(0, 'ROWS', 'RANGE', 'GROUPS') ? this.#frame() : undefined
    if (frame && this.isWord(0, 'AFTER', 'INITIAL', 'SEEK', 'PATTERN', 'SUBSET', 'DEFINE'))
      throw this.unread('pattern recognition in a window')
    this.expect(')')
    return { pos, ...(base ? { base } : {}), partitionBy, orderBy, ...(frame ? { frame } : {}) }
  }

  /** Words that may name a window, unless what they begin follows. */
  #clauseAhead(): boolean {
    if (this.isOp(')', 1)) return false
    if (this.at('PARTITION')) return this.isWord(1, 'BY')
    if (this.isWord(0, 'ROWS', 'RANGE', 'GROUPS'))
      return (
        !this.isWord(1, 'ORDER') &&
        !(this.isWord(1, 'ROWS', 'RANGE', 'GROUPS') && this.isWord(2, 'BETWEEN', 'CURRENT', 'UNBOUNDED')) &&
        !(this.isWord(1, 'PARTITION') && this.isWord(2, 'BY'))
      )
    return this.at('MEASURES') && !this.isWord(1, 'ORDER', 'ROWS', 'RANGE', 'GROUPS', 'PARTITION')
  }

  #frame(): Frame {
    const { value, pos } = this.take()
    const unit = value.toLowerCase() as Frame['unit']
    if (!this.accept('BETWEEN')) return { pos, unit, start: this.#bound() }
    const start = this.#bound()
    this.expect('AND')
    return { pos, unit, start, end: this.#bound() }
  }

  #bound(): Bound {
    if (this.accept('UNBOUNDED', 'PRECEDING')) return { k: 'unbounded preceding' }
    if (this.accept('UNBOUNDED', 'FOLLOWING')) return { k: 'unbounded following' }
    if (this.accept('CURRENT', 'ROW')) return { k: 'current row' }
    const value = this.expression()
    if (this.accept('PRECEDING')) return { k: 'preceding', value }
    if (!this.accept('FOLLOWING')) throw this.mismatch("'FOLLOWING', 'PRECEDING'")
    return { k: 'following', value }
  }
}
