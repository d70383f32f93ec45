// What stands in FROM: tables, queries, UNNEST, joins, samples and aliases (SqlBase.g4: relation).
import type { Name, Query, Relation, Version } from '#parts/sql/syntax/ast'
import { ExpressionParser } from '#parts/sql/syntax/expressions'

/** A query in parentheses where a relation may stand: it may yet be the first part of a set operation if it has no WITH. */
interface Enclosed {
  readonly query: Query
  readonly plain: boolean
}

export abstract class RelationParser extends ExpressionParser {
  protected fromList(): Relation {
    let left = this.#relation()
    for (let turns = 1; this.at(','); turns++) {
      this.turn(turns)
      const { pos } = this.take()
      left = { k: 'join', pos, type: 'implicit', left, right: this.#relation() }
    }
    return left
  }

  protected relation(): Relation {
    return this.#relation()
  }

  #relation(first?: Relation): Relation {
    this.enter()
    let left = this.#sampled(first)
    let turns = 0
    for (let joined = this.#join(left); joined; joined = this.#join(left)) {
      this.turn(++turns)
      left = joined
    }
    this.leave()
    return left
  }

  #join(left: Relation): Relation | undefined {
    const pos = this.pos
    if (this.accept('CROSS')) {
      this.expect('JOIN')
      return { k: 'join', pos, type: 'cross', left, right: this.#sampled() }
    }
    const natural = this.accept('NATURAL')
    let type: 'inner' | 'left' | 'right' | 'full' = 'inner'
    if (this.isWord(0, 'LEFT', 'RIGHT', 'FULL')) {
      type = this.take().value.toLowerCase() as 'left'
      this.accept('OUTER')
    } else if (!this.accept('INNER') && !this.at('JOIN')) {
      if (natural) throw this.mismatch("'FULL', 'INNER', 'JOIN', 'LEFT', 'RIGHT'")
      return undefined
    }
    this.expect('JOIN')
    if (natural) return { k: 'join', pos, type, left, right: this.#sampled(), natural }
    // `a JOIN b JOIN c ON .. ON ..` nests to the right.
    const right = this.#relation()
    if (this.accept('USING')) return { k: 'join', pos, type, left, right, using: this.names() }
    if (!this.accept('ON')) throw this.mismatch("'ON', 'USING'")
    return { k: 'join', pos, type, left, right, on: this.expression() }
  }

  #sampled(first?: Relation): Relation {
    const relation = this.#aliased(first)
    const pos = this.pos
    if (!this.accept('TABLESAMPLE')) return relation
    if (!this.isWord(0, 'BERNOULLI', 'SYSTEM')) throw this.mismatch("'BERNOULLI', 'SYSTEM'")
    const method = this.take().value.toLowerCase() as 'bernoulli'
    this.expect('(')
    const percentage = this.expression()
    this.expect(')')
    return { k: 'sample', pos, relation, method, percentage }
  }

  #aliased(first?: Relation): Relation {
    const pos = first?.pos ?? this.pos
    const relation = first ?? this.#relationPrimary()
    const alias = this.alias()
    const columns = alias && this.at('(') ? this.names() : undefined
    const named: Relation = alias ? { k: 'aliased', pos, relation, alias, ...(columns ? { columns } : {}) } : relation
    if (this.at('MATCH_RECOGNIZE', '(')) throw this.unread('MATCH_RECOGNIZE')
    return named
  }

  /** `AS name`, or a name that begins nothing else. */
  protected alias(): Name | undefined {
    if (this.accept('AS')) return this.name()
    return this.isName() && !this.clauseAhead() ? this.name() : undefined
  }

  /** Words that are not reserved, but begin what follows a relation or an item of SELECT. */
  protected clauseAhead(ahead = 0): boolean {
    const next = ahead + 1
    const counted = this.peek(next).kind === 'integer' || this.isOp('?', next)
    const { kind, value } = this.peek(ahead)
    if (kind !== 'word') return false
    switch (value) {
      case 'LIMIT':
        return counted || this.isWord(next, 'ALL')
      case 'OFFSET':
        return counted
      case 'FETCH':
        return this.isWord(next, 'FIRST', 'NEXT')
      case 'TABLESAMPLE':
        return this.isWord(next, 'BERNOULLI', 'SYSTEM')
      case 'WINDOW':
        return this.isName(next) && this.isWord(next + 1, 'AS')
      case 'MATCH_RECOGNIZE':
        return this.isOp('(', next) && !(this.isName(next + 1) && (this.isOp(',', next + 2) || this.isOp(')', next + 2)))
    }
    return false
  }

  #relationPrimary(): Relation {
    const pos = this.pos
    if (this.accept('UNNEST')) {
      this.expect('(')
      const items = this.list(() => this.expression())
      this.expect(')')
      const ordinality = this.accept('WITH')
      if (ordinality) this.expect('ORDINALITY')
      return { k: 'unnest', pos, items, ordinality }
    }
    if (this.accept('LATERAL', '(')) {
      const query = this.query()
      this.expect(')')
      return { k: 'derived', pos, query, lateral: true }
    }
    if (this.at('(')) {
      const inside = this.#enclosed()
      return 'plain' in inside ? { k: 'derived', pos, query: inside.query, lateral: false } : inside
    }
    if (this.at('JSON_TABLE')) return this.jsonTable()
    if (this.accept('TABLE')) {
      this.expect('(')
      throw this.unread('a table function', pos)
    }
    const name = this.qualifiedName()
    const version = this.#version()
    if (!version) return { k: 'tableRef', pos, name }
    const last = name.at(-1) as Name
    return { k: 'tableRef', pos, name: [...name.slice(0, -1), { ...last, version }] }
  }

  #version(): Version | undefined {
    const { pos } = this
    if (!this.accept('FOR')) return undefined
    if (!this.isWord(0, 'TIMESTAMP', 'VERSION')) throw this.mismatch("'TIMESTAMP', 'VERSION'")
    const of = this.take().value.toLowerCase() as Version['of']
    this.expect('AS', 'OF')
    return { pos, of, value: this.value() }
  }

  /** `( .. )`: a relation, or a query that may yet go on. */
  #enclosed(): Enclosed | Relation {
    this.enter()
    this.take()
    const inside = this.#inside()
    this.expect(')')
    this.leave()
    return inside
  }

  #inside(): Enclosed | Relation {
    if (this.opensQuery() && !this.at('TABLE', '(')) {
      const plain = !this.at('WITH')
      return { query: this.query(), plain }
    }
    if (!this.at('(')) return this.#relation()
    const { pos } = this.peek()
    const inner = this.#enclosed()
    if (!('plain' in inner)) return this.#relation(inner)
    if (inner.plain && (this.isWord(0, 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER') || this.clauseAhead()))
      return { query: this.queryFrom(pos, inner.query), plain: true }
    if (this.isOp(')')) return inner
    return this.#relation({ k: 'derived', pos, query: inner.query, lateral: false })
  }
}
