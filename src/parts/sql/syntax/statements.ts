// Statements of Trino SQL around queries: definitions, inserts, SHOW, EXPLAIN, the session and prepared statements.
import { BadSyntax } from '../errors.ts'
import type { ColumnDefinition, Expression, Like, Name, Property, QualifiedName, Statement } from './ast.ts'
import { QueryParser } from './queries.ts'

/** Parses exactly one statement; a final semicolon is accepted. Throws BadSyntax with line and column. */
export function parseStatement(sql: string): Statement {
  return new StatementParser(sql).whole()
}

/** Parses one expression, such as a row filter or a mask. */
export function parseExpression(sql: string): Expression {
  return new StatementParser(sql).wholeExpression()
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
  MERGE: 'MERGE',
  TRUNCATE: 'TRUNCATE TABLE',
  CALL: 'CALL',
  GRANT: 'GRANT',
  REVOKE: 'REVOKE',
  DENY: 'DENY',
  ANALYZE: 'ANALYZE',
  REFRESH: 'REFRESH MATERIALIZED VIEW',
  COMMENT: 'COMMENT',
}

const OBJECTS: ReadonlySet<string> = new Set(['CATALOG', 'FUNCTION', 'MATERIALIZED', 'ROLE', 'SCHEMA', 'VIEW'])

class StatementParser extends QueryParser {
  whole(): Statement {
    const statement = this.statement()
    if (this.at(';') && this.peek(1).kind === 'end') this.take()
    if (this.peek().kind !== 'end') throw this.mismatch('<EOF>')
    return statement
  }

  wholeExpression(): Expression {
    const expression = this.expression()
    if (this.peek().kind !== 'end') throw this.mismatch('<EOF>')
    return expression
  }

  statement(): Statement {
    const { value, kind, pos } = this.peek()
    if (kind === 'op' && value === '(') return { k: 'query', pos, query: this.query() }
    if (kind !== 'word') throw this.mismatch('<statement>')
    switch (value) {
      case 'SELECT':
      case 'WITH':
      case 'VALUES':
      case 'TABLE':
        return { k: 'query', pos, query: this.query() }
      case 'CREATE':
        return this.#create()
      case 'DROP':
        return this.#drop()
      case 'INSERT':
        return this.#insert()
      case 'ALTER':
        return this.#alter()
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
        this.take()
        this.expect('SESSION')
        return { k: 'resetSession', pos, name: this.qualifiedName() }
      case 'PREPARE':
      case 'EXECUTE':
      case 'DEALLOCATE':
        return this.#prepared()
      case 'START':
        this.take()
        this.expect('TRANSACTION')
        while (this.peek().kind !== 'end' && !this.at(';')) this.take()
        return { k: 'startTransaction', pos }
      case 'COMMIT':
      case 'ROLLBACK':
        this.take()
        this.accept('WORK')
        return { k: value === 'COMMIT' ? 'commit' : 'rollback', pos }
    }
    const what = UNSUPPORTED[value]
    if (what === undefined) throw this.mismatch('<statement>')
    return this.#unsupported(what)
  }

  /** Whatever follows is not read: the statement is refused for what it is, not for how it is written. */
  #unsupported(what: string): Statement {
    const pos = this.pos
    while (this.peek().kind !== 'end') this.take()
    return { k: 'unsupported', pos, what }
  }

  #other(verb: string): Statement {
    const { kind, value } = this.peek()
    if (kind !== 'word' || !OBJECTS.has(value)) throw this.mismatch([...OBJECTS, 'SCHEMA', 'TABLE'].map((o) => `'${o}'`).join(', '))
    return this.#unsupported(`${verb} ${value}`)
  }

  #create(): Statement {
    const { pos } = this.take()
    if (this.accept('OR', 'REPLACE')) return this.#unsupported(`CREATE OR REPLACE ${this.peek().value}`)
    if (this.accept('SCHEMA')) {
      const ifNotExists = this.accept('IF', 'NOT', 'EXISTS')
      const name = this.qualifiedName()
      if (this.accept('AUTHORIZATION')) this.qualifiedName()
      return { k: 'createSchema', pos, name, ifNotExists, properties: this.#properties() }
    }
    if (!this.accept('TABLE')) return this.#other('CREATE')
    const ifNotExists = this.accept('IF', 'NOT', 'EXISTS')
    const name = this.qualifiedName()
    const definitions = this.at('(') && !this.#queryInside() && !this.#namesOnly() ? this.#definitions() : undefined
    const columns = !definitions && this.at('(') && this.#namesOnly() ? this.names() : undefined
    const comment = this.accept('COMMENT') ? this.string() : undefined
    const properties = this.#properties()
    const shared = { pos, name, ifNotExists, ...(comment === undefined ? {} : { comment }), properties }
    if (definitions) return { k: 'createTable', ...shared, columns: definitions }
    this.expect('AS')
    const query = this.query()
    const withData = !(this.accept('WITH', 'NO', 'DATA') || this.noise('WITH', 'DATA'))
    return { k: 'createTableAs', ...shared, ...(columns ? { columns } : {}), query, withData }
  }

  #queryInside(): boolean {
    return this.peek(1).kind === 'word' && ['SELECT', 'WITH', 'VALUES'].includes(this.peek(1).value)
  }

  /** `(a, b)` of CREATE TABLE t (a, b) AS, not `(a bigint, ..)`. */
  #namesOnly(): boolean {
    return this.at('(') && this.isName(1) && (this.peek(2).value === ',' || this.peek(2).value === ')')
  }

  #definitions(): ColumnDefinition[] {
    this.expect('(')
    const columns = this.list(() => {
      if (this.at('LIKE')) throw BadSyntax({ ...this.pos, text: 'CREATE TABLE with LIKE is not served here; name the columns' })
      const name = this.name()
      const type = this.type()
      const notNull = this.accept('NOT', 'NULL')
      const comment = this.accept('COMMENT') ? this.string() : undefined
      if (this.accept('WITH')) {
        this.index--
        this.#properties()
      }
      return { name, type, notNull, ...(comment === undefined ? {} : { comment }) }
    })
    this.expect(')')
    return columns
  }

  #properties(): Property[] {
    if (!this.at('WITH', '(')) return []
    this.expect('WITH', '(')
    const properties = this.list(() => {
      const name = this.name()
      this.expect('=')
      return { name, value: this.expression() }
    })
    this.expect(')')
    return properties
  }

  #drop(): Statement {
    const { pos } = this.take()
    if (this.at('TABLE') || this.at('VIEW')) {
      const k = this.take().value === 'TABLE' ? 'dropTable' : 'dropView'
      const ifExists = this.accept('IF', 'EXISTS')
      return { k, pos, name: this.qualifiedName(), ifExists }
    }
    if (!this.accept('SCHEMA')) return this.#other('DROP')
    const ifExists = this.accept('IF', 'EXISTS')
    const name = this.qualifiedName()
    const cascade = this.accept('CASCADE')
    if (!cascade) this.accept('RESTRICT')
    return { k: 'dropSchema', pos, name, ifExists, cascade }
  }

  #insert(): Statement {
    const { pos } = this.take()
    this.expect('INTO')
    const name = this.qualifiedName()
    const columns = this.#namesOnly() ? this.names() : undefined
    return { k: 'insert', pos, name, ...(columns ? { columns } : {}), query: this.query() }
  }

  #alter(): Statement {
    const { pos } = this.take()
    if (!this.accept('TABLE')) return this.#other('ALTER')
    const ifExists = this.accept('IF', 'EXISTS')
    const name = this.qualifiedName()
    if (this.accept('RENAME', 'TO')) return { k: 'renameTable', pos, name, to: this.qualifiedName(), ifExists }
    return this.#unsupported(`ALTER TABLE ${this.peek().value}`)
  }

  #show(): Statement {
    const { pos } = this.take()
    const what = this.peek()
    const from = () => this.accept('FROM') || this.accept('IN')
    const likely = <T extends object>(statement: T): T & { like?: Like } => {
      const like = this.#like()
      return like ? { ...statement, like } : statement
    }
    this.take()
    switch (what.value) {
      case 'CATALOGS':
        return likely({ k: 'showCatalogs', pos })
      case 'SCHEMAS': {
        const catalog = from() ? this.name() : undefined
        return likely({ k: 'showSchemas', pos, ...(catalog ? { catalog } : {}) })
      }
      case 'TABLES': {
        const schema = from() ? this.qualifiedName() : undefined
        return likely({ k: 'showTables', pos, ...(schema ? { schema } : {}) })
      }
      case 'COLUMNS':
        if (!from()) throw this.mismatch("'FROM', 'IN'")
        return likely({ k: 'showColumns', pos, table: this.qualifiedName() })
      case 'FUNCTIONS':
        if (from()) this.qualifiedName()
        return likely({ k: 'showFunctions', pos })
      case 'SESSION':
        return likely({ k: 'showSession', pos })
      case 'STATS':
        this.expect('FOR')
        return { k: 'showStats', pos, name: this.qualifiedName() }
      case 'CREATE': {
        const kind = this.take().value.toLowerCase()
        if (kind !== 'table' && kind !== 'schema' && kind !== 'view') return this.#unsupported(`SHOW CREATE ${kind.toUpperCase()}`)
        return { k: 'showCreate', pos, what: kind, name: this.qualifiedName() }
      }
      case 'GRANTS':
      case 'ROLES':
      case 'ROLE':
      case 'CURRENT':
      case 'BRANCHES':
        return this.#unsupported(`SHOW ${what.value}`)
    }
    this.index--
    throw this.mismatch("'CATALOGS', 'COLUMNS', 'CREATE', 'FUNCTIONS', 'SCHEMAS', 'SESSION', 'STATS', 'TABLES'")
  }

  #like(): Like | undefined {
    if (!this.accept('LIKE')) return undefined
    const pattern = this.string()
    return this.accept('ESCAPE') ? { pattern, escape: this.string() } : { pattern }
  }

  #describe(): Statement {
    const { pos } = this.take()
    if (this.at('INPUT') && this.isName(1)) {
      this.take()
      return { k: 'describeInput', pos, name: this.name() }
    }
    if (this.at('OUTPUT') && this.isName(1)) {
      this.take()
      return { k: 'describeOutput', pos, name: this.name() }
    }
    return { k: 'showColumns', pos, table: this.qualifiedName() }
  }

  #explain(): Statement {
    const { pos } = this.take()
    const analyze = this.accept('ANALYZE')
    if (analyze) this.accept('VERBOSE')
    let type = 'distributed'
    let format = 'text'
    if (this.at('(') && ['TYPE', 'FORMAT'].includes(this.peek(1).value)) {
      this.take()
      this.list(() => {
        if (this.accept('TYPE')) type = this.take().value.toLowerCase()
        else {
          this.expect('FORMAT')
          format = this.take().value.toLowerCase()
        }
      })
      this.expect(')')
    }
    return { k: 'explain', pos, type, format, analyze, statement: this.statement() }
  }

  #use(): Statement {
    const { pos } = this.take()
    const first = this.name()
    return this.accept('.') ? { k: 'use', pos, catalog: first, schema: this.name() } : { k: 'use', pos, schema: first }
  }

  #set(): Statement {
    const { pos } = this.take()
    if (this.accept('TIME', 'ZONE'))
      return this.accept('LOCAL') ? { k: 'setTimeZone', pos } : { k: 'setTimeZone', pos, zone: this.expression() }
    if (!this.at('SESSION') || this.at('SESSION', 'AUTHORIZATION')) return this.#unsupported(`SET ${this.peek().value}`)
    this.take()
    const name: QualifiedName = this.qualifiedName()
    this.expect('=')
    return { k: 'setSession', pos, name, value: this.expression() }
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
      return { k: 'prepare', pos, name, sql: this.sql.slice(start, this.peek(-1).end), statement }
    }
    if (this.accept('IMMEDIATE')) {
      const sqlPos = this.pos
      const sql = this.string()
      return { k: 'executeImmediate', pos, sql, sqlPos, using: this.#using() }
    }
    const name: Name = this.name()
    return { k: 'execute', pos, name, using: this.#using() }
  }

  #using(): Expression[] {
    return this.accept('USING') ? this.list(() => this.expression()) : []
  }
}
