// Expressions of Trino SQL by precedence (SqlBase.g4: booleanExpression, predicate, valueExpression), and what stands in parentheses.
// Nothing is read twice: where a query and an expression begin alike, what was read becomes the first part of the one that follows.
import type { CompareOp, Expression, Query } from '#parts/sql/syntax/ast'
import { PrimaryParser, type Seed } from '#parts/sql/syntax/primary'

const COMPARE: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>='])

/** A query that stands in parentheses: it may turn out to be an operand, or the first part of a set operation if it has no WITH. */
interface Enclosed {
  readonly query: Query
  readonly plain: boolean
}

/** What filled a pair of parentheses. `((query))` may be either: `doubled`. */
type Filling = { readonly query: Query; readonly plain: boolean; readonly doubled: boolean } | { readonly items: Expression[] }

export abstract class ExpressionParser extends PrimaryParser {
  expression(seed?: Seed): Expression {
    this.enter()
    const whole = seed || !this.#constantAlone() ? this.#disjunction(seed) : this.primary()
    this.leave()
    return whole
  }

  /** A row of VALUES: most are lists in parentheses, and go on with nothing. */
  protected valuesRow(): Expression {
    if (!this.isOp('(')) return this.expression()
    this.enter()
    const primary = this.parenthesised()
    this.leave()
    return this.isOp(',') || this.isOp(')') ? primary : this.expression({ primary })
  }

  /** Of long lists most items are such: nothing that could go on needs to be asked for. */
  #constantAlone(): boolean {
    const { kind } = this.peek()
    return (kind === 'integer' || kind === 'string') && (this.isOp(',', 1) || this.isOp(')', 1))
  }

  #disjunction(seed?: Seed): Expression {
    const terms = [this.#conjunction(seed)]
    while (this.accept('OR')) terms.push(this.#conjunction())
    return balanced('or', terms, 0, terms.length)
  }

  #conjunction(seed?: Seed): Expression {
    const terms = [this.#negation(seed)]
    while (this.accept('AND')) terms.push(this.#negation())
    return balanced('and', terms, 0, terms.length)
  }

  #negation(seed?: Seed): Expression {
    const pos = this.pos
    if (seed || !this.accept('NOT')) return this.#predicate(seed)
    this.enter()
    const value = this.#negation()
    this.leave()
    return { k: 'not', pos, value }
  }

  #predicate(seed?: Seed): Expression {
    const left = seed?.value ?? this.value(seed?.primary)
    const { pos, kind, value: op } = this.peek()
    if (kind === 'op' && COMPARE.has(op)) {
      this.take()
      return this.#comparison(left, op as CompareOp, pos)
    }
    if (this.accept('IS')) {
      const negated = this.accept('NOT')
      if (this.accept('NULL')) return { k: 'isNull', pos, value: left, negated }
      if (this.accept('DISTINCT')) {
        this.expect('FROM')
        return { k: 'distinct', pos, left, right: this.value(), negated }
      }
      throw this.mismatch("'DISTINCT', 'NULL'")
    }
    const negated = this.accept('NOT')
    if (this.accept('BETWEEN')) {
      const low = this.value()
      this.expect('AND')
      return { k: 'between', pos, value: left, low, high: this.value(), negated }
    }
    if (this.accept('IN')) {
      this.expect('(')
      const inside = this.#filling()
      this.expect(')')
      if ('items' in inside) return { k: 'in', pos, value: left, items: inside.items, negated }
      if (inside.doubled) return { k: 'in', pos, value: left, items: [subquery(inside.query)], negated }
      return { k: 'inQuery', pos, value: left, query: inside.query, negated }
    }
    if (this.accept('LIKE')) {
      const pattern = this.value()
      const escaping = this.accept('ESCAPE') ? this.value() : undefined
      return { k: 'like', pos, value: left, pattern, ...(escaping ? { escape: escaping } : {}), negated }
    }
    if (negated) throw this.mismatch("'BETWEEN', 'IN', 'LIKE'")
    return left
  }

  /** ALL, ANY and SOME are names too: `= all(1)` calls a function, and so does `= all((SELECT 1))`. */
  #comparison(left: Expression, op: CompareOp, pos: Expression['pos']): Expression {
    if (!this.isWord(0, 'ALL', 'ANY', 'SOME') || !(this.isOp('(', 1) && (this.opensQuery(2) || this.isOp('(', 2))))
      return { k: 'compare', pos, op, left, right: this.value() }
    const quantifier = this.name()
    this.expect('(')
    const inside = this.#filling()
    if ('items' in inside || inside.doubled) {
      const args = 'items' in inside ? inside.items : [subquery(inside.query)]
      return { k: 'compare', pos, op, left, right: this.value(this.restOfCall([quantifier], args)) }
    }
    this.expect(')')
    return { k: 'quantified', pos, op, all: quantifier.lower === 'all', left, query: inside.query }
  }

  /** valueExpression; `primary` is its first operand where that was read already. */
  value(primary?: Expression): Expression {
    let left = this.#additive(primary)
    for (let turns = 1; this.at('||'); turns++) {
      this.turn(turns)
      const { pos } = this.take()
      left = { k: 'arithmetic', pos, op: '||', left, right: this.#additive() }
    }
    return left
  }

  #additive(primary?: Expression): Expression {
    let left = this.#multiplicative(primary)
    for (let turns = 1; this.at('+') || this.at('-'); turns++) {
      this.turn(turns)
      const { value, pos } = this.take()
      left = { k: 'arithmetic', pos, op: value as '+', left, right: this.#multiplicative() }
    }
    return left
  }

  #multiplicative(primary?: Expression): Expression {
    let left = this.#unary(primary)
    for (let turns = 1; this.at('*') || this.at('/') || this.at('%'); turns++) {
      this.turn(turns)
      const { value, pos } = this.take()
      left = { k: 'arithmetic', pos, op: value as '*', left, right: this.#unary() }
    }
    return left
  }

  #unary(primary?: Expression): Expression {
    const signs: { readonly pos: Expression['pos']; readonly op: '-' | '+' }[] = []
    while (!primary && (this.at('-') || this.at('+'))) {
      const { pos, value } = this.take()
      signs.push({ pos, op: value as '-' | '+' })
      this.turn(signs.length)
    }
    let value = this.#zoned(this.#postfix(primary, signs.at(-1)?.op === '-'))
    for (const { pos, op } of signs.reverse()) value = { k: 'unary', pos, op, value }
    return value
  }

  #zoned(operand: Expression): Expression {
    let value = operand
    for (let turns = 1; this.isWord(0, 'AT') && this.isWord(1, 'TIME'); turns++) {
      this.turn(turns)
      const { pos } = this.take()
      this.expect('TIME', 'ZONE')
      if (!this.isString() && !this.at('INTERVAL')) throw this.mismatch("'INTERVAL', <string>")
      value = { k: 'atTimeZone', pos, value, zone: this.isString() ? this.primary() : this.interval() }
    }
    return value
  }

  #postfix(first?: Expression, negative = false): Expression {
    const began = this.index
    let base = first ?? this.primary(negative)
    for (let turns = 0; ; turns++) {
      this.turn(turns)
      const pos = base.pos
      if (this.accept('[')) {
        this.enter()
        const index = this.value()
        this.leave()
        this.expect(']')
        base = { k: 'subscript', pos, base, index }
      } else if (this.at('.', '*')) {
        this.starred = began
        return base
      } else if (this.at('.')) {
        this.take()
        base = { k: 'field', pos, base, name: this.name() }
      } else return base
    }
  }

  /** `( .. )` or `( .. ) -> ..` as an operand. */
  protected override parenthesised(): Expression {
    const { pos } = this.peek()
    const inside = this.#enclosed()
    return 'plain' in inside ? { k: 'subquery', pos, query: inside.query } : inside
  }

  #enclosed(): Enclosed | Expression {
    const { pos } = this.peek()
    if (this.lambdaAhead()) return this.lambda()
    this.enter()
    this.take()
    const inside = this.#filling()
    this.expect(')')
    this.leave()
    if (!('items' in inside)) return inside
    const { items } = inside
    return items.length === 1 ? (items[0] as Expression) : { k: 'row', pos, items }
  }

  /** Behind `(`: the one query, or expressions. */
  #filling(): Filling {
    if (this.opensQuery()) {
      const plain = !this.at('WITH')
      return { query: this.query(), plain, doubled: false }
    }
    if (!this.at('(')) return { items: this.list(() => this.expression()) }
    const { pos } = this.peek()
    const inner = this.#enclosed()
    if (!('plain' in inner)) return { items: this.#expressions(inner) }
    if (inner.plain && this.queryGoesOn()) return { query: this.queryFrom(pos, inner.query), plain: true, doubled: false }
    if (this.isOp(')')) return { query: inner.query, plain: inner.plain, doubled: true }
    return { items: this.#expressions({ k: 'subquery', pos, query: inner.query }) }
  }

  #expressions(primary: Expression): Expression[] {
    let seed: Seed | undefined = { primary }
    return this.list(() => {
      const item = this.expression(seed)
      seed = undefined
      return item
    })
  }

  /** What can only continue a query, where an operand could stand too. */
  protected queryGoesOn(): boolean {
    return this.isWord(0, 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'OFFSET', 'LIMIT', 'FETCH')
  }
}

const subquery = (query: Query): Expression => ({ k: 'subquery', pos: query.pos, query })

/** AND and OR associate: a long row of terms becomes a shallow tree. */
function balanced(k: 'and' | 'or', terms: readonly Expression[], from: number, to: number): Expression {
  if (to - from === 1) return terms[from] as Expression
  const middle = (from + to + 1) >> 1
  const left = balanced(k, terms, from, middle)
  return { k, pos: left.pos, left, right: balanced(k, terms, middle, to) }
}
