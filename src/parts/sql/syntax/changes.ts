// Changes of rows: DELETE, UPDATE, MERGE (SqlBase.g4: delete, update, merge). Each is planned as a query whose rows are the changes.
import type { Change, ChangeCase, Name, Position, Query, Statement } from '#parts/sql/syntax/ast'
import { QueryParser } from '#parts/sql/syntax/queries'

type Assignments = Pick<ChangeCase, 'columns' | 'values'>

export abstract class ChangeParser extends QueryParser {
  protected delete(): Statement {
    const { pos } = this.take()
    this.expect('FROM')
    const target = this.#target()
    return planned(pos, {
      ...where(this.#where()),
      verb: 'delete',
      target,
      cases: [{ pos, matched: true, action: 'delete', ...NO_COLUMNS }],
    })
  }

  protected update(): Statement {
    const { pos } = this.take()
    const target = this.#target()
    this.expect('SET')
    const set = this.#assignments()
    return planned(pos, { ...where(this.#where()), verb: 'update', target, cases: [{ pos, matched: true, action: 'update', ...set }] })
  }

  protected merge(): Statement {
    const { pos } = this.take()
    this.expect('INTO')
    const target = this.#target()
    const alias = this.alias()
    this.expect('USING')
    const source = this.relation()
    this.expect('ON')
    const on = this.expression()
    const cases = [this.#case()]
    while (this.at('WHEN')) cases.push(this.#case())
    return planned(pos, { verb: 'merge', target: { ...target, ...(alias ? { alias } : {}) }, source, on, cases })
  }

  #target(): Change['target'] {
    const pos = this.pos
    const name = this.qualifiedName()
    if (this.at('@')) throw this.unread('changing a branch')
    return { k: 'tableRef', pos, name }
  }

  #where() {
    return this.accept('WHERE') ? this.expression() : undefined
  }

  #case(): ChangeCase {
    const pos = this.pos
    this.expect('WHEN')
    const matched = !this.accept('NOT')
    this.expect('MATCHED')
    const and = this.accept('AND') ? this.expression() : undefined
    this.expect('THEN')
    const head = { pos, matched, ...(and ? { and } : {}) }
    if (!matched) {
      this.expect('INSERT')
      return { ...head, action: 'insert', ...this.#inserted() }
    }
    if (this.accept('DELETE')) return { ...head, action: 'delete', ...NO_COLUMNS }
    if (!this.accept('UPDATE')) throw this.mismatch("'DELETE', 'UPDATE'")
    this.expect('SET')
    return { ...head, action: 'update', ...this.#assignments() }
  }

  #inserted(): Assignments {
    const columns = this.at('(') ? this.names() : undefined
    this.expect('VALUES', '(')
    const values = this.list(() => this.expression())
    this.expect(')')
    return { ...(columns ? { columns } : {}), values }
  }

  #assignments(): Assignments {
    const pairs = this.list(() => {
      const column: Name = this.name()
      this.expect('=')
      return { column, value: this.expression() }
    })
    return { columns: pairs.map((p) => p.column), values: pairs.map((p) => p.value) }
  }
}

const NO_COLUMNS: Assignments = { columns: [], values: [] }

const where = (on: Change['on']) => (on ? { on } : {})

function planned(pos: Position, change: Omit<Change, 'k'>): Statement {
  const query: Query = { pos, recursive: false, with: [], orderBy: [], body: { k: 'change', pos, ...change } }
  const { verb, target, cases } = change
  const columns = verb === 'update' ? (cases[0]?.columns ?? []).map((c) => c.lower) : []
  return { k: 'change', pos, verb, name: target.name, columns, isWhole: verb === 'delete' && !change.on, query }
}
