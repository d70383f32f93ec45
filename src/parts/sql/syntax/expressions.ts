// Expressions of Trino SQL (SqlBase.g4: booleanExpression, valueExpression, primaryExpression).
import type { Bound, CompareOp, Expression, Frame, Name, Query, SortItem, When, Window } from './ast.ts'
import { TypeParser } from './types.ts'

const COMPARE: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>='])
const FIELDS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']
const SPECIALS: ReadonlySet<string> = new Set([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
  'CURRENT_PATH',
  'LOCALTIME',
  'LOCALTIMESTAMP',
])

export abstract class ExpressionParser extends TypeParser {
  #parameters = 0

  abstract query(): Query

  expression(): Expression {
    let left = this.#conjunction()
    while (this.at('OR')) {
      const pos = this.take().pos
      left = { k: 'or', pos: left.pos ?? pos, left, right: this.#conjunction() }
    }
    return left
  }

  #conjunction(): Expression {
    let left = this.#negation()
    while (this.accept('AND')) left = { k: 'and', pos: left.pos, left, right: this.#negation() }
    return left
  }

  #negation(): Expression {
    const pos = this.pos
    if (this.accept('NOT')) return { k: 'not', pos, value: this.#negation() }
    return this.#predicate()
  }

  #predicate(): Expression {
    let left = this.#additive()
    for (;;) {
      const pos = this.pos
      const token = this.peek()
      if (token.kind === 'op' && COMPARE.has(token.value)) {
        const op = this.take().value as CompareOp
        if (this.at('ALL', '(') || this.at('ANY', '(') || this.at('SOME', '(')) {
          const all = this.take().value === 'ALL'
          this.expect('(')
          const query = this.query()
          this.expect(')')
          left = { k: 'quantified', pos, op, all, left, query }
        } else left = { k: 'compare', pos, op, left, right: this.#additive() }
        continue
      }
      if (this.accept('IS')) {
        const negated = this.accept('NOT')
        if (this.accept('NULL')) left = { k: 'isNull', pos, value: left, negated }
        else if (this.accept('DISTINCT', 'FROM')) left = { k: 'distinct', pos, left, right: this.#additive(), negated }
        else throw this.mismatch("'DISTINCT', 'NULL'")
        continue
      }
      const negated = this.at('NOT') && ['BETWEEN', 'IN', 'LIKE'].includes(this.peek(1).value)
      if (negated) this.take()
      if (this.accept('BETWEEN')) {
        const low = this.#additive()
        this.expect('AND')
        left = { k: 'between', pos, value: left, low, high: this.#additive(), negated }
      } else if (this.accept('IN')) {
        this.expect('(')
        if (this.#queryAhead()) left = { k: 'inQuery', pos, value: left, query: this.query(), negated }
        else left = { k: 'in', pos, value: left, items: this.list(() => this.expression()), negated }
        this.expect(')')
      } else if (this.accept('LIKE')) {
        const pattern = this.#additive()
        const escaping = this.accept('ESCAPE') ? this.#additive() : undefined
        left = { k: 'like', pos, value: left, pattern, ...(escaping ? { escape: escaping } : {}), negated }
      } else return left
    }
  }

  #additive(): Expression {
    let left = this.#multiplicative()
    while (this.at('+') || this.at('-') || this.at('||')) {
      const { value, pos } = this.take()
      left = { k: 'arithmetic', pos, op: value as '+', left, right: this.#multiplicative() }
    }
    return left
  }

  #multiplicative(): Expression {
    let left = this.#unary()
    while (this.at('*') || this.at('/') || this.at('%')) {
      const { value, pos } = this.take()
      left = { k: 'arithmetic', pos, op: value as '*', left, right: this.#unary() }
    }
    return left
  }

  #unary(): Expression {
    const pos = this.pos
    if (this.accept('-')) return { k: 'unary', pos, op: '-', value: this.#unary() }
    if (this.accept('+')) return { k: 'unary', pos, op: '+', value: this.#unary() }
    let value = this.#postfix()
    while (this.at('AT', 'TIME', 'ZONE') || this.at('AT', 'LOCAL')) {
      const where = this.take().pos
      this.expect('TIME', 'ZONE')
      value = { k: 'atTimeZone', pos: where, value, zone: this.#postfix() }
    }
    return value
  }

  #postfix(): Expression {
    let base = this.#primary()
    for (;;) {
      const pos = base.pos
      if (this.at('[')) {
        this.take()
        const index = this.#additive()
        this.expect(']')
        base = { k: 'subscript', pos, base, index }
      } else if (this.at('.') && this.isName(1)) {
        this.take()
        base = { k: 'field', pos, base, name: this.name() }
      } else return base
    }
  }

  #queryAhead(): boolean {
    let i = 0
    while (this.peek(i).value === '(' && this.peek(i).kind === 'op') i++
    const { kind, value } = this.peek(i)
    return kind === 'word' && (value === 'SELECT' || value === 'WITH' || value === 'VALUES' || (value === 'TABLE' && this.isName(i + 1)))
  }

  #primary(): Expression {
    const token = this.peek()
    const { pos } = token
    switch (token.kind) {
      case 'string':
        return { k: 'string', pos, value: this.take().value }
      case 'integer':
      case 'decimal':
      case 'double':
      case 'binary':
        return { k: token.kind, pos, value: this.take().value }
      case 'quoted':
        return this.#nameOrCall()
      case 'op':
        if (token.value === '(') return this.#parenthesised()
        if (token.value === '?') {
          this.take()
          return { k: 'parameter', pos, index: this.#parameters++ }
        }
        throw this.mismatch('<expression>')
      case 'end':
        throw this.mismatch('<expression>')
    }
    return this.#keyword()
  }

  #parenthesised(): Expression {
    const { pos } = this.peek()
    if (this.#lambdaAhead()) {
      const params = this.accept('(', ')') ? [] : this.names()
      this.expect('->')
      return { k: 'lambda', pos, params, body: this.expression() }
    }
    this.expect('(')
    if (this.#queryAhead()) {
      const saved = this.index
      const query = this.query()
      if (this.accept(')')) return { k: 'subquery', pos, query }
      this.index = saved
    }
    const items = this.list(() => this.expression())
    this.expect(')')
    return items.length === 1 ? (items[0] as Expression) : { k: 'row', pos, items }
  }

  #lambdaAhead(): boolean {
    let i = 1
    if (this.peek(i).value !== ')') {
      for (;;) {
        if (!this.isName(i)) return false
        i++
        if (this.peek(i).value === ')') break
        if (this.peek(i).value !== ',') return false
        i++
      }
    }
    return this.peek(i + 1).value === '->' && this.peek(i + 1).kind === 'op'
  }

  #keyword(): Expression {
    const { value, pos } = this.peek()
    const next = this.peek(1)
    if (SPECIALS.has(value)) return this.#special()
    switch (value) {
      case 'NULL':
        this.take()
        return { k: 'null', pos }
      case 'TRUE':
      case 'FALSE':
        this.take()
        return { k: 'boolean', pos, value: value === 'TRUE' }
      case 'CASE':
        return this.#case()
      case 'CAST':
      case 'TRY_CAST': {
        if (next.value !== '(') break
        this.take()
        this.expect('(')
        const operand = this.expression()
        this.expect('AS')
        const type = this.type()
        this.expect(')')
        return { k: 'cast', pos, value: operand, type, safe: value === 'TRY_CAST' }
      }
      case 'EXTRACT': {
        this.take()
        this.expect('(')
        const field = this.take().raw
        this.expect('FROM')
        const operand = this.#additive()
        this.expect(')')
        return { k: 'extract', pos, field: field.toLowerCase(), value: operand }
      }
      case 'EXISTS': {
        this.take()
        this.expect('(')
        const query = this.query()
        this.expect(')')
        return { k: 'exists', pos, query }
      }
      case 'ARRAY':
        if (next.value !== '[') break
        this.take()
        this.take()
        return { k: 'array', pos, items: this.#until(']') }
      case 'ROW':
        if (next.value !== '(') break
        this.take()
        this.take()
        return { k: 'row', pos, items: this.#until(')') }
      case 'GROUPING':
        this.take()
        this.expect('(')
        return { k: 'grouping', pos, columns: this.#until(')') }
      case 'INTERVAL':
        if (next.kind === 'string' || next.value === '-' || next.value === '+') return this.#interval()
        break
      case 'POSITION':
        if (next.value === '(') return this.#position()
        break
      case 'SUBSTRING':
        if (next.value === '(') return this.#substring()
        break
      case 'TRIM':
        return this.#trim()
      case 'NORMALIZE': {
        const name: Name = { text: 'normalize', lower: 'normalize', quoted: false, pos }
        this.take()
        this.expect('(')
        const operand = this.#additive()
        if (this.accept(',')) this.expect('NFC')
        this.expect(')')
        return call(name, [operand])
      }
      case 'LISTAGG':
        return this.#listagg()
      case 'DOUBLE':
        if (next.value === 'PRECISION' && this.peek(2).kind === 'string') {
          this.take()
          this.take()
          return { k: 'typed', pos, type: 'double', value: this.take().value }
        }
        break
    }
    if (next.kind === 'string' && this.isName()) {
      this.take()
      return { k: 'typed', pos, type: value.toLowerCase(), value: this.take().value }
    }
    if (next.kind === 'op' && next.value === '->' && this.isName()) {
      const params = [this.name()]
      this.take()
      return { k: 'lambda', pos, params, body: this.expression() }
    }
    return this.#nameOrCall()
  }

  #until(close: string): Expression[] {
    if (this.accept(close)) return []
    const items = this.list(() => this.expression())
    this.expect(close)
    return items
  }

  #special(): Expression {
    const { value, pos } = this.take()
    const precision = this.accept('(') ? Number(this.take().value) : undefined
    if (precision !== undefined) this.expect(')')
    return { k: 'special', pos, name: value.toLowerCase(), ...(precision === undefined ? {} : { precision }) }
  }

  #case(): Expression {
    const { pos } = this.take()
    const operand = this.at('WHEN') ? undefined : this.expression()
    const whens: When[] = []
    do {
      this.expect('WHEN')
      const when = this.expression()
      this.expect('THEN')
      whens.push({ when, result: this.expression() })
    } while (this.at('WHEN'))
    const otherwise = this.accept('ELSE') ? this.expression() : undefined
    this.expect('END')
    return { k: 'case', pos, ...(operand ? { operand } : {}), whens, ...(otherwise ? { otherwise } : {}) }
  }

  #interval(): Expression {
    const { pos } = this.take()
    const sign = this.accept('-') || this.noise('+') ? -1 : 1
    const value = this.string()
    const field = () => {
      const name = this.peek().value
      if (!FIELDS.includes(name)) throw this.mismatch("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
      return this.take().value.toLowerCase()
    }
    const from = field()
    const to = this.accept('TO') ? field() : undefined
    return { k: 'interval', pos, sign: sign as 1 | -1, value, from, ...(to ? { to } : {}) }
  }

  #position(): Expression {
    const name = this.name()
    this.expect('(')
    const needle = this.#additive()
    this.expect('IN')
    const haystack = this.#additive()
    this.expect(')')
    return call({ ...name, text: 'strpos', lower: 'strpos' }, [haystack, needle])
  }

  #substring(): Expression {
    const name = this.name()
    this.expect('(')
    const args = [this.expression()]
    if (this.accept('FROM')) {
      args.push(this.#additive())
      if (this.accept('FOR')) args.push(this.#additive())
    } else while (this.accept(',')) args.push(this.expression())
    this.expect(')')
    return call(name, args)
  }

  #trim(): Expression {
    const { pos } = this.take()
    const name = (text: string): Name => ({ text, lower: text, quoted: false, pos })
    this.expect('(')
    const side = this.accept('LEADING') ? 'ltrim' : this.accept('TRAILING') || this.noise('BOTH') ? 'rtrim' : 'trim'
    if (this.accept('FROM')) {
      const value = this.#additive()
      this.expect(')')
      return call(name(side), [value])
    }
    const first = this.#additive()
    const args = this.accept('FROM') ? [this.#additive(), first] : this.accept(',') ? [first, this.#additive()] : [first]
    this.expect(')')
    return call(name(side), args)
  }

  #listagg(): Expression {
    const token = this.take()
    const name: Name = { text: 'listagg', lower: 'listagg', quoted: false, pos: token.pos }
    this.expect('(')
    const distinct = this.accept('DISTINCT')
    const args = [this.expression()]
    if (this.accept(',')) args.push({ k: 'string', pos: this.pos, value: this.string() })
    if (this.accept('ON', 'OVERFLOW')) this.expect('ERROR')
    this.expect(')', 'WITHIN', 'GROUP', '(')
    const orderBy = this.orderBy()
    this.expect(')')
    const filter = this.#filter()
    return { ...call(name, args), distinct, orderBy, ...(filter ? { filter } : {}) } as Expression
  }

  #nameOrCall(): Expression {
    const { pos } = this.peek()
    const first = this.name()
    let ahead = 0
    while (this.peek(ahead).value === '.' && this.peek(ahead).kind === 'op' && this.isName(ahead + 1)) ahead += 2
    const isCall = this.peek(ahead).kind === 'op' && this.peek(ahead).value === '('
    if (!isCall) return { k: 'name', pos, name: first }
    const parts = [first]
    while (this.accept('.')) parts.push(this.name())
    return this.#call(parts)
  }

  #call(parts: readonly Name[]): Expression {
    const first = parts[0] as Name
    this.expect('(')
    const star = this.accept('*')
    const distinct = !star && this.accept('DISTINCT')
    if (!star && !distinct) this.accept('ALL')
    const args = star || this.at(')') || this.at('ORDER') ? [] : this.list(() => this.expression())
    const orderBy = this.orderBy()
    this.expect(')')
    const filter = this.#filter()
    const nulls = this.accept('IGNORE', 'NULLS') ? 'ignore' : this.accept('RESPECT', 'NULLS') ? 'respect' : undefined
    const over = this.accept('OVER') ? (this.at('(') ? this.window() : this.name()) : undefined
    return {
      k: 'call',
      pos: first.pos,
      name: parts,
      args,
      star,
      distinct,
      orderBy,
      ...(filter ? { filter } : {}),
      ...(nulls ? { nulls } : {}),
      ...(over ? { over } : {}),
    }
  }

  #filter(): Expression | undefined {
    if (!this.at('FILTER', '(')) return undefined
    this.expect('FILTER', '(', 'WHERE')
    const condition = this.expression()
    this.expect(')')
    return condition
  }

  orderBy(): SortItem[] {
    if (!this.accept('ORDER', 'BY')) return []
    return this.list(() => {
      const pos = this.pos
      const value = this.expression()
      const descending = this.accept('DESC') || this.noise('ASC')
      const nulls = this.accept('NULLS', 'FIRST') ? 'first' : this.accept('NULLS', 'LAST') ? 'last' : undefined
      return { pos, value, descending, ...(nulls ? { nulls } : {}) }
    })
  }

  /** `( [name] [PARTITION BY ..] [ORDER BY ..] [frame] )` */
  window(): Window {
    this.expect('(')
    const pos = this.pos
    const base = this.isName() && !this.at('PARTITION', 'BY') && !/^(ROWS|RANGE|GROUPS)$/.test(this.peek().value) ? this.name() : undefined
    const partitionBy = this.accept('PARTITION', 'BY') ? this.list(() => this.expression()) : []
    const orderBy = this.orderBy()
    const frame = this.at('ROWS') || this.at('RANGE') || this.at('GROUPS') ? this.#frame() : undefined
    this.expect(')')
    return { pos, ...(base ? { base } : {}), partitionBy, orderBy, ...(frame ? { frame } : {}) }
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
    this.expect('FOLLOWING')
    return { k: 'following', value }
  }
}

function call(name: Name, args: readonly Expression[]): Expression {
  return { k: 'call', pos: name.pos, name: [name], args, star: false, distinct: false, orderBy: [] }
}
