// Queries of Trino SQL: WITH, SELECT, VALUES, set operations.
import type { CommonTable, Expression, GroupingElement, Position, Query, QueryBody, SelectItem } from '#parts/sql/syntax/ast'
import { MAX_COLUMNS } from '#parts/sql/syntax/budget'
import { RoutineParser } from '#parts/sql/syntax/routines'

export abstract class QueryParser extends RoutineParser {
  /** A query that a statement is, or that a statement ends with: only there functions and session properties may stand in front. */
  protected rootQuery(): Query {
    while (this.at('WITH') && this.isWord(1, 'FUNCTION', 'SESSION') && this.isName(2)) this.scope()
    return this.query()
  }

  query(): Query {
    const pos = this.pos
    this.enter()
    const recursive = this.at('WITH', 'RECURSIVE')
    const tables = this.accept('WITH') ? this.#commonTables() : []
    const query = this.#withoutWith(pos, { recursive, with: tables }, this.#setOperation())
    this.leave()
    return query
  }

  #commonTables(): CommonTable[] {
    this.accept('RECURSIVE')
    return this.list(() => {
      const name = this.name()
      const columns = this.at('(') ? this.names() : undefined
      this.expect('AS', '(')
      const query = this.query()
      this.expect(')')
      return { name, ...(columns ? { columns } : {}), query }
    })
  }

  /** The query whose first part, in parentheses at `pos`, was read already. */
  queryFrom(pos: Position, first: Query): Query {
    return this.#withoutWith(pos, { recursive: false, with: [] }, this.#setOperation({ k: 'query', pos, query: first }))
  }

  #withoutWith(pos: Position, head: Pick<Query, 'recursive' | 'with'>, body: QueryBody): Query {
    const orderBy = this.orderBy()
    let offset: Expression | undefined
    let limit: Expression | undefined
    let withTies = false
    let fetched = false
    if (this.accept('OFFSET')) {
      offset = this.#count()
      if (!this.accept('ROW')) this.accept('ROWS')
    }
    if (this.accept('LIMIT')) limit = this.accept('ALL') ? undefined : this.#count()
    else if (this.accept('FETCH')) {
      fetched = true
      if (!this.accept('FIRST') && !this.accept('NEXT')) throw this.mismatch("'FIRST', 'NEXT'")
      limit = this.isWord(0, 'ROW', 'ROWS') ? { k: 'integer', pos: this.pos, value: '1' } : this.#count()
      if (!this.accept('ROW')) this.expect('ROWS')
      if (this.accept('WITH')) {
        this.expect('TIES')
        withTies = true
      } else this.expect('ONLY')
    }
    return {
      pos,
      ...head,
      body,
      orderBy,
      ...(offset ? { offset } : {}),
      ...(limit ? { limit } : {}),
      ...(withTies ? { withTies } : {}),
      ...(fetched ? { fetched } : {}),
    }
  }

  /** A whole number, or a parameter. */
  #count(): Expression {
    if (this.peek().kind !== 'integer' && !this.at('?')) throw this.mismatch("'ALL', <integer>, '?'")
    return this.primary()
  }

  #setOperation(first?: QueryBody): QueryBody {
    this.enter()
    let left = this.#intersection(first)
    for (let turns = 1; this.at('UNION') || this.at('EXCEPT'); turns++) {
      this.turn(turns)
      const { value, pos } = this.take()
      const all = this.#all()
      left = { k: 'set', pos, op: value.toLowerCase() as 'union', all, left, right: this.#intersection() }
    }
    this.leave()
    return left
  }

  #intersection(first?: QueryBody): QueryBody {
    let left = first ?? this.#queryPrimary()
    for (let turns = 1; this.at('INTERSECT'); turns++) {
      this.turn(turns)
      const { pos } = this.take()
      const all = this.#all()
      left = { k: 'set', pos, op: 'intersect', all, left, right: this.#queryPrimary() }
    }
    return left
  }

  #all(): boolean {
    const all = this.accept('ALL')
    if (!all) this.accept('DISTINCT')
    if (this.at('CORRESPONDING')) {
      this.unserved('CORRESPONDING')
      this.take()
      if (this.accept('BY')) this.names()
    }
    return all
  }

  #queryPrimary(): QueryBody {
    const pos = this.pos
    if (this.at('SELECT')) return this.#select()
    if (this.accept('VALUES')) return { k: 'values', pos, rows: this.list(() => this.valuesRow()) }
    if (this.accept('TABLE')) return { k: 'table', pos, name: this.qualifiedName() }
    if (!this.accept('(')) throw this.mismatch("'(', 'SELECT', 'TABLE', 'VALUES'")
    const inner = this.pos
    const query = this.#withoutWith(inner, { recursive: false, with: [] }, this.#setOperation())
    this.expect(')')
    return { k: 'query', pos, query }
  }

  #select(): QueryBody {
    const { pos } = this.take()
    const star = this.at('ALL', '*') && this.clauseAhead(2)
    const named = this.at('ALL') && this.isWord(1, 'FETCH', 'LIMIT', 'OFFSET', 'WINDOW') && !this.isWord(2, 'ALL') && this.clauseAhead(1)
    const distinct = !named && !(star && this.accept('ALL')) && this.setQuantifier(true) === 'distinct'
    const items = this.list(() => this.#selectItem(), MAX_COLUMNS)
    const from = this.accept('FROM') ? this.fromList() : undefined
    const where = this.accept('WHERE') ? this.expression() : undefined
    const groupBy = this.at('GROUP') ? this.#groupBy() : undefined
    const having = this.accept('HAVING') ? this.expression() : undefined
    const windows = this.accept('WINDOW')
      ? this.list(() => {
          const name = this.name()
          this.expect('AS')
          return { name, window: this.window() }
        })
      : []
    return {
      k: 'select',
      pos,
      distinct,
      items,
      ...(from ? { from } : {}),
      ...(where ? { where } : {}),
      ...(groupBy ? { groupBy } : {}),
      ...(having ? { having } : {}),
      windows,
    }
  }

  #selectItem(): SelectItem {
    const pos = this.pos
    if (this.accept('*')) return { k: 'all', pos }
    const start = this.index
    const value = this.expression()
    if (this.at('.', '*') && this.#isOperand(value, start)) {
      this.expect('.', '*')
      return { k: 'all', pos, of: value, ...(this.accept('AS') ? { aliases: this.names() } : {}) }
    }
    const alias = this.alias()
    return { k: 'one', pos, value, ...(alias ? { alias } : {}) }
  }

  /** Only an operand may stand before `.*`; a number has its sign with it. */
  #isOperand(value: Expression, start: number): boolean {
    const { kind } = this.tokens[start + 1] ?? this.peek()
    const signed = this.tokens[start]?.value === '-' && (kind === 'integer' || kind === 'decimal' || kind === 'double')
    return value.k === 'lambda' || this.starred === (signed ? start + 1 : start)
  }

  #groupBy(): { distinct: boolean; elements: GroupingElement[] } {
    this.expect('GROUP', 'BY')
    const all = this.at('ALL') && this.isWord(1, 'ROLLUP', 'CUBE', 'AUTO') && this.accept('ALL')
    const distinct = !all && this.setQuantifier() === 'distinct'
    const sets = (): readonly Expression[][] => {
      this.expect('(')
      const list = this.list(() => this.#groupingSet())
      this.expect(')')
      return list
    }
    const elements = this.list((): GroupingElement => {
      if (this.at('AUTO')) {
        this.unserved('GROUP BY AUTO')
        this.take()
        return { k: 'simple', items: [] }
      }
      if (this.isWord(0, 'ROLLUP', 'CUBE')) {
        const k = this.take().value.toLowerCase() as 'rollup'
        return { k, sets: this.accept('(', ')') ? [] : sets() }
      }
      if (this.at('GROUPING', 'SETS')) {
        this.expect('GROUPING', 'SETS')
        return { k: 'sets', sets: sets() }
      }
      return { k: 'simple', items: this.#groupingSet() }
    })
    return { distinct, elements }
  }

  /** `(a, b)` is a set of two; `(a, b)[1]` and `(a) + 1` are one expression. */
  #groupingSet(): Expression[] {
    if (this.at('(', ')') && !this.isOp('->', 2)) {
      this.expect('(', ')')
      return []
    }
    const { kind, value: opening, pos } = this.peek()
    const value = this.expression()
    const set = kind === 'op' && opening === '(' && value.k === 'row' && value.pos === pos
    return set ? [...value.items] : [value]
  }
}
