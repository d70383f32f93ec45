// Queries of Trino SQL: WITH, SELECT, VALUES, set operations, FROM and what stands in it.
import type { CommonTable, Expression, GroupingElement, Name, Query, QueryBody, Relation, SelectItem } from './ast.ts'
import { ExpressionParser } from './expressions.ts'

export class QueryParser extends ExpressionParser {
  query(): Query {
    const pos = this.pos
    const tables: CommonTable[] = []
    const recursive = this.accept('WITH') ? this.accept('RECURSIVE') : undefined
    if (recursive !== undefined) {
      tables.push(
        ...this.list(() => {
          const name = this.name()
          const columns = this.at('(') ? this.names() : undefined
          this.expect('AS', '(')
          const query = this.query()
          this.expect(')')
          return { name, ...(columns ? { columns } : {}), query }
        }),
      )
    }
    const body = this.#setOperation()
    const orderBy = this.orderBy()
    let offset: Expression | undefined
    let limit: Expression | undefined
    let withTies = false
    if (this.accept('OFFSET')) {
      offset = this.#count()
      if (!this.accept('ROW')) this.accept('ROWS')
    }
    if (this.accept('LIMIT')) limit = this.accept('ALL') ? undefined : this.#count()
    else if (this.accept('FETCH')) {
      if (!this.accept('FIRST')) this.expect('NEXT')
      limit = this.at('ROW') || this.at('ROWS') ? { k: 'integer', pos: this.pos, value: '1' } : this.#count()
      if (!this.accept('ROW')) this.expect('ROWS')
      if (this.accept('WITH', 'TIES')) withTies = true
      else this.expect('ONLY')
    }
    return {
      pos,
      recursive: recursive ?? false,
      with: tables,
      body,
      orderBy,
      ...(offset ? { offset } : {}),
      ...(limit ? { limit } : {}),
      ...(withTies ? { withTies } : {}),
    }
  }

  #count(): Expression {
    const kind = this.peek().kind
    if (kind !== 'integer' && !this.at('?')) throw this.mismatch("'ALL', <integer>, '?'")
    return this.expression()
  }

  #setOperation(): QueryBody {
    let left = this.#intersection()
    while (this.at('UNION') || this.at('EXCEPT')) {
      const { value, pos } = this.take()
      const all = this.#setQuantifier()
      left = { k: 'set', pos, op: value.toLowerCase() as 'union', all, left, right: this.#intersection() }
    }
    return left
  }

  #intersection(): QueryBody {
    let left = this.#queryPrimary()
    while (this.at('INTERSECT')) {
      const { pos } = this.take()
      const all = this.#setQuantifier()
      left = { k: 'set', pos, op: 'intersect', all, left, right: this.#queryPrimary() }
    }
    return left
  }

  #setQuantifier(): boolean {
    if (this.accept('ALL')) return true
    this.accept('DISTINCT')
    return false
  }

  #queryPrimary(): QueryBody {
    const pos = this.pos
    if (this.at('SELECT')) return this.#select()
    if (this.accept('VALUES')) return { k: 'values', pos, rows: this.list(() => this.expression()) }
    if (this.accept('TABLE')) return { k: 'table', pos, name: this.qualifiedName() }
    if (this.accept('(')) {
      const query = this.query()
      this.expect(')')
      return { k: 'query', pos, query }
    }
    throw this.mismatch("'(', 'SELECT', 'TABLE', 'VALUES'")
  }

  #select(): QueryBody {
    const { pos } = this.take()
    const distinct = this.accept('DISTINCT')
    if (!distinct) this.accept('ALL')
    const items = this.list(() => this.#selectItem())
    const from = this.accept('FROM') ? this.#fromList() : undefined
    const where = this.accept('WHERE') ? this.expression() : undefined
    const groupBy = this.accept('GROUP', 'BY') ? this.#groupBy() : undefined
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
    let ahead = 0
    while (this.isName(ahead) && this.peek(ahead + 1).value === '.') ahead += 2
    if (ahead > 0 && this.peek(ahead).kind === 'op' && this.peek(ahead).value === '*') {
      let of: Expression = { k: 'name', pos, name: this.name() }
      while (this.accept('.')) {
        if (this.accept('*')) break
        of = { k: 'field', pos, base: of, name: this.name() }
      }
      return { k: 'all', pos, of, ...(this.accept('AS') ? { aliases: this.names() } : {}) }
    }
    const value = this.expression()
    const alias = this.#alias()
    return { k: 'one', pos, value, ...(alias ? { alias } : {}) }
  }

  #alias(): Name | undefined {
    return this.accept('AS') || (this.isName() && !this.#clauseAhead()) ? this.name() : undefined
  }

  #groupBy(): { distinct: boolean; elements: GroupingElement[] } {
    const distinct = this.accept('DISTINCT') || this.noise('ALL')
    const set = (): Expression[] => {
      if (!this.at('(')) return [this.expression()]
      const saved = this.index
      if (this.accept('(', ')')) return []
      const value = this.expression()
      if (value.k === 'row' && this.tokens[saved]?.value === '(') return [...value.items]
      return [value]
    }
    const elements = this.list((): GroupingElement => {
      if (this.accept('GROUPING', 'SETS')) {
        this.expect('(')
        const sets = this.list(set)
        this.expect(')')
        return { k: 'sets', sets }
      }
      if (this.at('ROLLUP') || this.at('CUBE')) {
        const k = this.take().value.toLowerCase() as 'rollup'
        this.expect('(')
        const sets = this.at(')') ? [] : this.list(set)
        this.expect(')')
        return { k, sets }
      }
      return { k: 'simple', items: set() }
    })
    return { distinct, elements }
  }

  #fromList(): Relation {
    let left = this.#join()
    while (this.at(',')) {
      const { pos } = this.take()
      left = { k: 'join', pos, type: 'implicit', left, right: this.#join() }
    }
    return left
  }

  #join(): Relation {
    let left = this.#sampled()
    for (;;) {
      const pos = this.pos
      if (this.accept('CROSS', 'JOIN')) {
        left = { k: 'join', pos, type: 'cross', left, right: this.#sampled() }
        continue
      }
      const natural = this.accept('NATURAL')
      let type: 'inner' | 'left' | 'right' | 'full'
      if (this.accept('JOIN') || this.accept('INNER', 'JOIN')) type = 'inner'
      else if (this.at('LEFT') || this.at('RIGHT') || this.at('FULL')) {
        type = this.take().value.toLowerCase() as 'left'
        this.accept('OUTER')
        this.expect('JOIN')
      } else if (natural) throw this.mismatch("'FULL', 'INNER', 'JOIN', 'LEFT', 'RIGHT'")
      else return left
      const right = natural ? this.#sampled() : this.#join1()
      if (natural) left = { k: 'join', pos, type, left, right, natural }
      else if (this.accept('USING')) left = { k: 'join', pos, type, left, right, using: this.names() }
      else {
        this.expect('ON')
        left = { k: 'join', pos, type, left, right, on: this.expression() }
      }
    }
  }

  /** The right side of a join with a condition; `a JOIN b JOIN c ON .. ON ..` nests. */
  #join1(): Relation {
    const right = this.#sampled()
    return this.at('ON') || this.at('USING') || this.peek().kind === 'end' ? right : this.#nested(right)
  }

  #nested(left: Relation): Relation {
    const pos = this.pos
    if (this.accept('JOIN') || this.accept('INNER', 'JOIN')) {
      const right = this.#join1()
      this.expect('ON')
      return { k: 'join', pos, type: 'inner', left, right, on: this.expression() }
    }
    return left
  }

  #sampled(): Relation {
    const relation = this.#aliased()
    const pos = this.pos
    if (!this.accept('TABLESAMPLE')) return relation
    const method = this.accept('BERNOULLI') ? 'bernoulli' : 'system'
    if (method === 'system') this.expect('SYSTEM')
    this.expect('(')
    const percentage = this.expression()
    this.expect(')')
    return { k: 'sample', pos, relation, method: method as 'bernoulli', percentage }
  }

  #aliased(): Relation {
    const pos = this.pos
    const relation = this.#relationPrimary()
    if (!this.accept('AS') && !(this.isName() && !this.at('TABLESAMPLE') && !this.at('WINDOW') && !this.#clauseAhead())) return relation
    const alias = this.name()
    const columns = this.at('(') ? this.names() : undefined
    return { k: 'aliased', pos, relation, alias, ...(columns ? { columns } : {}) }
  }

  /** Words that are not reserved, but begin what follows a relation or a select list. */
  #clauseAhead(): boolean {
    const counted = this.peek(1).kind === 'integer' || this.peek(1).value === '?'
    if (this.at('LIMIT')) return counted || this.at('LIMIT', 'ALL')
    return (this.at('OFFSET') && counted) || this.at('FETCH', 'FIRST') || this.at('FETCH', 'NEXT')
  }

  #relationPrimary(): Relation {
    const pos = this.pos
    if (this.accept('UNNEST')) {
      this.expect('(')
      const items = this.list(() => this.expression())
      this.expect(')')
      return { k: 'unnest', pos, items, ordinality: this.accept('WITH', 'ORDINALITY') }
    }
    if (this.at('LATERAL', '(')) {
      this.take()
      this.take()
      const query = this.query()
      this.expect(')')
      return { k: 'derived', pos, query, lateral: true }
    }
    if (this.at('(')) {
      const saved = this.index
      this.take()
      if (this.at('SELECT') || this.at('WITH') || this.at('VALUES') || this.at('TABLE') || this.at('(')) {
        try {
          const query = this.query()
          this.expect(')')
          return { k: 'derived', pos, query, lateral: false }
        } catch (error) {
          if (this.tokens[saved + 1]?.value !== '(') throw error
          this.index = saved + 1
        }
      }
      const relation = this.#join()
      this.expect(')')
      return relation
    }
    const name = this.qualifiedName()
    if (this.accept('FOR')) {
      if (!this.accept('TIMESTAMP')) this.expect('VERSION')
      this.expect('AS', 'OF')
      this.expression()
      return { k: 'tableRef', pos, name, version: true }
    }
    return { k: 'tableRef', pos, name }
  }
}
