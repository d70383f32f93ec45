// Statements of Trino SQL around queries: definitions, inserts, SHOW, EXPLAIN, the session and prepared statements.

import type { ColumnDefinition, Expression, Like, LikeTable, Position, Property, QualifiedName, Statement } from '#parts/sql/syntax/ast'
import { assertDepth, MAX_PARAMETERS } from '#parts/sql/syntax/budget'
import { OtherParser } from '#parts/sql/syntax/others'

/** Parses exactly one statement; a final semicolon is accepted. Throws BadSyntax with line and column. */
export function parseStatement(sql: string): Statement {
  const statement = new StatementParser(sql).whole()
  assertDepth(statement)
  return statement
}

/** Parses one expression, such as a row filter or a mask. */
export function parseExpression(sql: string): Expression {
  const expression = new StatementParser(sql).wholeExpression()
  assertDepth(expression)
  return expression
}

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['GRANT', 'GRANT'],
  ['REVOKE', 'REVOKE'],
  ['DENY', 'DENY'],
  ['ANALYZE', 'ANALYZE'],
  ['REFRESH', 'REFRESH MATERIALIZED VIEW'],
])

const OBJECTS = ['CATALOG', 'FUNCTION', 'MATERIALIZED', 'ROLE', 'SCHEMA', 'VIEW', 'BRANCH', 'TABLE']

class StatementParser extends OtherParser {
  whole(): Statement {
    const statement = this.statement()
    this.finish()
    return statement
  }

  wholeExpression(): Expression {
    const expression = this.expression()
    this.finish()
    return expression
  }

  statement(): Statement {
    const { value, kind, pos } = this.peek()
    if (this.opensQuery() || this.isOp('(')) return { k: 'query', pos, query: this.rootQuery() }
    if (kind !== 'word') throw this.mismatch('<statement>')
    this.enter()
    const statement = this.#other(value)
    this.leave()
    return statement
  }

  #other(word: string): Statement {
    const { pos } = this.peek()
    switch (word) {
      case 'CREATE':
        return this.#create()
      case 'DROP':
        return this.#drop()
      case 'INSERT':
        return this.#insert()
      case 'DELETE':
        return this.delete()
      case 'UPDATE':
        return this.update()
      case 'MERGE':
        return this.merge()
      case 'TRUNCATE':
        this.take()
        this.expect('TABLE')
        return { k: 'truncate', pos, name: this.qualifiedName() }
      case 'ALTER':
        return this.#alter()
      case 'CALL':
        return this.call()
      case 'COMMENT':
        return this.#comment()
      case 'SHOW':
        return this.#show()
      case 'DESC':
      case 'DESCRIBE':
        return this.#describe()
      case 'EXPLAIN':
        return this.#explain()
      case 'USE':
        return this.#use()
      case 'SET':
        return this.#set()
      case 'RESET':
        return this.#reset()
      case 'PREPARE':
      case 'EXECUTE':
      case 'DEALLOCATE':
        return this.#prepared()
      case 'START':
        return this.#start()
      case 'COMMIT':
      case 'ROLLBACK':
        this.take()
        this.accept('WORK')
        return { k: word === 'COMMIT' ? 'commit' : 'rollback', pos }
    }
    const what = UNSUPPORTED.get(word)
    if (what === undefined) throw this.mismatch('<statement>')
    return this.#unsupported(what)
  }

  /** What is not served; of what cannot be read either, whatever follows is passed over. */
  #unsupported(what: string): Statement {
    const { pos } = this
    const read = Object.hasOwn(this.rest, what) ? this.rest[what] : what.startsWith('ALTER ') ? () => this.authorization() : undefined
    if (!read) while (this.peek().kind !== 'end') this.take()
    else {
      if (/ (?:VIEW|TABLE) SET/.test(what)) read()
      else if (this.isName()) this.name()
      else this.take()
      if (!/ (?:VIEW|TABLE) SET/.test(what)) read()
    }
    return { k: 'unsupported', pos, what }
  }

  #otherObject(verb: string): Statement {
    if (!this.isWord(0, ...OBJECTS)) throw this.mismatch(OBJECTS.map((o) => `'${o}'`).join(', '))
    if (verb.startsWith('CREATE') && this.at('FUNCTION')) {
      const { pos } = this
      this.routine()
      return { k: 'unsupported', pos, what: `${verb} FUNCTION` }
    }
    return this.#unsupported(`${verb} ${this.peek().value}`)
  }

  #ifNotExists(): boolean {
    if (!this.accept('IF')) return false
    this.expect('NOT', 'EXISTS')
    return true
  }

  #create(): Statement {
    const { pos } = this.take()
    if (this.accept('OR')) {
      this.expect('REPLACE')
      if (this.at('VIEW')) return this.#createView(pos, true)
      return this.at('TABLE') ? this.#createTable(pos, true) : this.#otherObject('CREATE OR REPLACE')
    }
    if (this.at('VIEW')) return this.#createView(pos, false)
    if (this.accept('SCHEMA')) {
      const ifNotExists = this.isWord(1, 'NOT') && this.#ifNotExists()
      const name = this.qualifiedName()
      if (this.accept('AUTHORIZATION')) {
        if (this.isWord(0, 'USER', 'ROLE') && this.isName(1)) this.take()
        this.name()
      }
      return { k: 'createSchema', pos, name, ifNotExists, properties: this.properties() }
    }
    return this.at('TABLE') ? this.#createTable(pos, false) : this.#otherObject('CREATE')
  }

  #createTable(pos: Position, replace: boolean): Statement {
    this.expect('TABLE')
    const ifNotExists = this.isWord(1, 'NOT') && this.#ifNotExists()
    if (replace && ifNotExists) this.note("'OR REPLACE' and 'IF NOT EXISTS' clauses can not be used together", pos)
    const name = this.qualifiedName()
    const columns = this.#namesOnly() ? this.names() : undefined
    const definitions = !columns && this.at('(') ? this.#definitions() : undefined
    const comment = this.accept('COMMENT') ? this.string() : undefined
    const properties = this.properties()
    const shared = { pos, name, replace, ifNotExists, ...(comment === undefined ? {} : { comment }), properties }
    if (definitions) return { k: 'createTable', ...shared, columns: definitions }
    this.expect('AS')
    const enclosed = this.at('(', 'WITH') && this.accept('(')
    const query = this.rootQuery()
    if (enclosed) this.expect(')')
    let withData = true
    if (this.accept('WITH')) {
      withData = !this.accept('NO')
      this.expect('DATA')
    }
    return { k: 'createTableAs', ...shared, ...(columns ? { columns } : {}), query, withData }
  }

  #createView(pos: Position, replace: boolean): Statement {
    this.expect('VIEW')
    const name = this.qualifiedName()
    const comment = this.accept('COMMENT') ? this.string() : undefined
    const security = this.accept('SECURITY') ? (this.#option('DEFINER', 'INVOKER') as 'definer' | 'invoker') : undefined
    const properties = this.properties()
    this.expect('AS')
    const { start } = this.peek()
    const query = this.rootQuery()
    const text = this.sql.slice(start, this.peek(-1).end)
    const how = { ...(comment === undefined ? {} : { comment }), ...(security ? { security } : {}), properties }
    return { k: 'createView', pos, name, replace, ...how, query, text }
  }

  #comment(): Statement {
    const { pos } = this.take()
    this.expect('ON')
    const on = this.#option('COLUMN', 'TABLE', 'VIEW') as 'column' | 'table' | 'view'
    const name = this.qualifiedName()
    this.expect('IS')
    if (this.accept('NULL')) return { k: 'comment', pos, on, name }
    return { k: 'comment', pos, on, name, comment: this.string() }
  }

  /** `(a, b)` of CREATE TABLE t (a, b) AS, not `(a bigint, ..)`. */
  #namesOnly(): boolean {
    return this.at('(') && this.isName(1) && (this.isOp(',', 2) || this.isOp(')', 2))
  }

  #definitions(): (ColumnDefinition | LikeTable)[] {
    this.expect('(')
    const columns = this.list((): ColumnDefinition | LikeTable => {
      const { pos } = this
      if (this.accept('LIKE')) {
        const like = this.qualifiedName()
        const including = this.accept('INCLUDING', 'PROPERTIES')
        if (!including) this.accept('EXCLUDING', 'PROPERTIES')
        return { pos, like, including }
      }
      const name = this.name()
      if (this.at('.')) this.unserved('a column in a column')
      while (this.accept('.')) this.name()
      return { name, ...this.columnDetails() }
    })
    this.expect(')')
    return columns
  }

  protected properties(): Property[] {
    if (!this.accept('WITH')) return []
    this.expect('(')
    const properties = this.list(() => this.property())
    this.expect(')')
    return properties
  }

  #drop(): Statement {
    const { pos } = this.take()
    if (this.at('TABLE') || this.at('VIEW')) {
      const k = this.take().value === 'TABLE' ? 'dropTable' : 'dropView'
      const ifExists = this.ifExists()
      return { k, pos, name: this.qualifiedName(), ifExists }
    }
    if (!this.accept('SCHEMA')) return this.#otherObject('DROP')
    const ifExists = this.ifExists()
    const name = this.qualifiedName()
    const cascade = this.accept('CASCADE')
    if (!cascade) this.accept('RESTRICT')
    return { k: 'dropSchema', pos, name, ifExists, cascade }
  }

  #insert(): Statement {
    const { pos } = this.take()
    this.expect('INTO')
    const name = this.qualifiedName()
    if (this.at('@')) throw this.unread('INSERT into a branch')
    const columns = this.#namesOnly() ? this.names() : undefined
    return { k: 'insert', pos, name, ...(columns ? { columns } : {}), query: this.rootQuery() }
  }

  #alter(): Statement {
    const { pos } = this.take()
    if (this.at('VIEW')) return this.#alterView(pos)
    if (!this.at('TABLE') && this.isName()) return this.#unsupported(`ALTER ${this.peek().value}`)
    const tablePos = this.pos
    this.expect('TABLE')
    const ifExists = this.ifExists()
    const name = this.qualifiedName()
    if (this.at('RENAME', 'TO')) {
      this.expect('RENAME', 'TO')
      return { k: 'renameTable', pos, name, to: this.qualifiedName(), ifExists }
    }
    if (this.at('EXECUTE') && !ifExists) return this.tableExecute(pos, tablePos, name)
    const forms = ifExists ? ['ADD', 'ALTER', 'DROP', 'RENAME'] : ['ADD', 'ALTER', 'DROP', 'EXECUTE', 'RENAME', 'SET']
    if (!this.isWord(0, ...forms)) throw this.mismatch(`'.', ${forms.map((form) => `'${form}'`).join(', ')}`)
    const what = this.peek().value
    const change = this.alteration()
    if (change) return { k: 'alterTable', pos, name, ifExists, change }
    if (what === 'SET') return this.#unsupported(`ALTER TABLE ${what}`)
    if (this.accept(what)) throw this.mismatch("'COLUMN'")
    throw this.mismatch("'.', 'DROP', 'SET'")
  }

  #alterView(pos: Position): Statement {
    this.expect('VIEW')
    const name = this.qualifiedName()
    if (this.at('SET')) return this.#unsupported('ALTER VIEW SET AUTHORIZATION')
    this.expect('RENAME', 'TO')
    return { k: 'renameView', pos, name, to: this.qualifiedName() }
  }

  #show(): Statement {
    const { pos } = this.take()
    const what = this.peek()
    const from = () => this.accept('FROM') || this.accept('IN')
    const likely = <T extends object>(statement: T): T & { like?: Like } => {
      const like = this.#like()
      return like ? { ...statement, like } : statement
    }
    if (what.kind !== 'word') throw this.mismatch('<identifier>')
    switch (what.value) {
      case 'CATALOGS':
        this.take()
        return likely({ k: 'showCatalogs', pos })
      case 'SCHEMAS': {
        this.take()
        const catalog = from() ? this.name() : undefined
        return likely({ k: 'showSchemas', pos, ...(catalog ? { catalog } : {}) })
      }
      case 'TABLES': {
        this.take()
        const schema = from() ? this.qualifiedName() : undefined
        return likely({ k: 'showTables', pos, ...(schema ? { schema } : {}) })
      }
      case 'COLUMNS':
        this.take()
        if (!from()) throw this.mismatch("'FROM', 'IN'")
        return likely({ k: 'showColumns', pos, table: this.qualifiedName() })
      case 'FUNCTIONS':
        this.take()
        if (from()) this.qualifiedName()
        return likely({ k: 'showFunctions', pos })
      case 'SESSION':
        this.take()
        return likely({ k: 'showSession', pos })
      case 'STATS':
        this.take()
        this.expect('FOR')
        if (this.at('(')) return this.#statsOfQuery()
        return { k: 'showStats', pos, name: this.qualifiedName() }
      case 'CREATE': {
        this.take()
        if (!this.isWord(0, 'TABLE', 'SCHEMA', 'VIEW', 'MATERIALIZED', 'FUNCTION', 'BRANCH'))
          throw this.mismatch("'MATERIALIZED', 'SCHEMA', 'TABLE', 'VIEW'")
        if (!this.isWord(0, 'TABLE', 'SCHEMA', 'VIEW')) return this.#unsupported(`SHOW CREATE ${this.peek().value}`)
        const kind = this.take().value.toLowerCase() as 'table'
        return { k: 'showCreate', pos, what: kind, name: this.qualifiedName() }
      }
      case 'GRANTS':
      case 'ROLES':
      case 'ROLE':
      case 'CURRENT':
      case 'BRANCHES':
        return this.#unsupported(`SHOW ${what.value}`)
    }
    throw this.mismatch("'CATALOGS', 'COLUMNS', 'CREATE', 'FUNCTIONS', 'SCHEMAS', 'SESSION', 'STATS', 'TABLES'")
  }

  #statsOfQuery(): Statement {
    const { pos } = this
    this.expect('(')
    this.rootQuery()
    this.expect(')')
    return { k: 'unsupported', pos, what: 'SHOW STATS FOR a query' }
  }

  #like(): Like | undefined {
    if (!this.accept('LIKE')) return undefined
    const pattern = this.string()
    return this.accept('ESCAPE') ? { pattern, escape: this.string() } : { pattern }
  }

  #describe(): Statement {
    const { pos, value } = this.take()
    if (value === 'DESCRIBE' && this.isWord(0, 'INPUT', 'OUTPUT') && this.isName(1)) {
      const k = this.take().value === 'INPUT' ? 'describeInput' : 'describeOutput'
      return { k, pos, name: this.name() }
    }
    return { k: 'showColumns', pos, table: this.qualifiedName() }
  }

  #explain(): Statement {
    const { pos } = this.take()
    // ANALYZE may also be the statement that is explained.
    const analyze = this.at('ANALYZE') && !(this.isName(1) && !this.#opensStatement(1))
    if (analyze) {
      this.take()
      if (this.at('VERBOSE')) this.take()
    }
    let type = 'distributed'
    let format = 'text'
    if (!analyze && this.at('(') && this.isWord(1, 'TYPE', 'FORMAT')) {
      this.take()
      this.list(() => {
        if (this.accept('TYPE')) type = this.#option('LOGICAL', 'DISTRIBUTED', 'VALIDATE', 'IO')
        else {
          this.expect('FORMAT')
          format = this.#option('TEXT', 'GRAPHVIZ', 'JSON')
        }
      })
      this.expect(')')
    }
    const statement = this.statement()
    return statement.k === 'unsupported' ? statement : { k: 'explain', pos, type, format, analyze, statement }
  }

  #option(...values: readonly string[]): string {
    if (!this.isWord(0, ...values)) throw this.mismatch(values.map((v) => `'${v}'`).join(', '))
    return this.take().value.toLowerCase()
  }

  #opensStatement(ahead: number): boolean {
    const { value, kind } = this.peek(ahead)
    return kind === 'word' && (STATEMENTS.has(value) || UNSUPPORTED.has(value) || value === 'VERBOSE')
  }

  #use(): Statement {
    const { pos } = this.take()
    const first = this.name()
    return this.accept('.') ? { k: 'use', pos, catalog: first, schema: this.name() } : { k: 'use', pos, schema: first }
  }

  #set(): Statement {
    const { pos } = this.take()
    if (this.accept('TIME')) {
      this.expect('ZONE')
      const local = this.at('LOCAL') && (this.peek(1).kind === 'end' || this.isOp(';', 1)) && this.accept('LOCAL')
      return local ? { k: 'setTimeZone', pos } : { k: 'setTimeZone', pos, zone: this.expression() }
    }
    if (this.isWord(0, 'PATH', 'ROLE')) return this.#unsupported(`SET ${this.peek().value}`)
    if (this.at('SESSION', 'AUTHORIZATION') && !this.isOp('=', 2) && !this.isOp('.', 2))
      return this.#unsupported('SET SESSION AUTHORIZATION')
    if (!this.accept('SESSION')) throw this.mismatch("'PATH', 'ROLE', 'SESSION', 'TIME'")
    const name: QualifiedName = this.qualifiedName()
    this.expect('=')
    return { k: 'setSession', pos, name, value: this.expression() }
  }

  #reset(): Statement {
    const { pos } = this.take()
    this.expect('SESSION')
    if (this.at('AUTHORIZATION') && !this.isOp('.', 1)) return this.#unsupported('RESET SESSION AUTHORIZATION')
    return { k: 'resetSession', pos, name: this.qualifiedName() }
  }

  #start(): Statement {
    const { pos } = this.take()
    this.expect('TRANSACTION')
    const ends = this.peek().kind === 'end' || this.isOp(';')
    if (!ends)
      this.list(() => {
        if (this.accept('READ')) return this.#option('ONLY', 'WRITE')
        this.expect('ISOLATION', 'LEVEL')
        if (this.accept('REPEATABLE')) this.expect('READ')
        else if (this.accept('READ')) this.#option('COMMITTED', 'UNCOMMITTED')
        else this.expect('SERIALIZABLE')
        return 'isolation'
      })
    return { k: 'startTransaction', pos }
  }

  #prepared(): Statement {
    const { value, pos } = this.take()
    if (value === 'DEALLOCATE') {
      this.expect('PREPARE')
      return { k: 'deallocate', pos, name: this.name() }
    }
    if (value === 'PREPARE') {
      const name = this.name()
      this.expect('FROM')
      const start = this.peek().start
      const statement = this.statement()
      if (statement.k === 'unsupported') return statement
      return { k: 'prepare', pos, name, sql: this.sql.slice(start, this.peek(-1).end), statement }
    }
    if (this.at('IMMEDIATE') && this.isString(1)) {
      this.take()
      const sqlPos = this.pos
      const sql = this.string()
      return { k: 'executeImmediate', pos, sql, sqlPos, using: this.#using() }
    }
    const name = this.name()
    return { k: 'execute', pos, name, using: this.#using() }
  }

  #using(): Expression[] {
    return this.accept('USING') ? this.list(() => this.expression(), MAX_PARAMETERS) : []
  }
}

const STATEMENTS: ReadonlySet<string> = new Set(
  `ALTER COMMENT COMMIT CREATE DEALLOCATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN INSERT MERGE PREPARE RESET ROLLBACK SELECT SET SHOW START TABLE
  TRUNCATE UPDATE USE VALUES WITH`.split(/\s+/),
)
