// Statements of Trino SQL that are read to their end, and not served: rights and roles, materialized views, catalogs, procedures; and the procedures of a table.
import { AlterParser } from '#parts/sql/syntax/alter'
import type { CallArgument, Position, QualifiedName, Statement } from '#parts/sql/syntax/ast'

const PRIVILEGES = ['CREATE', 'SELECT', 'DELETE', 'INSERT', 'UPDATE']

export abstract class OtherParser extends AlterParser {
  /** The rest of the statement, from its first word on or from the object of its verb. */
  protected readonly rest: Readonly<Record<string, () => void>> = {
    ANALYZE: () => {
      this.qualifiedName()
      this.properties()
    },
    'REFRESH MATERIALIZED VIEW': () => {
      this.expect('MATERIALIZED', 'VIEW')
      this.qualifiedName()
    },
    GRANT: () => this.#grant(),
    REVOKE: () => this.#revoke(),
    DENY: () => {
      this.#privileges()
      this.#object()
      this.expect('TO')
      this.#principal()
    },
    'CREATE CATALOG': () => this.#createCatalog(),
    'CREATE ROLE': () => {
      this.name()
      if (this.accept('WITH')) {
        this.expect('ADMIN')
        this.#grantor()
      }
      this.#inCatalog()
    },
    'CREATE MATERIALIZED': () => this.#createMaterialized(),
    'CREATE OR REPLACE MATERIALIZED': () => this.#createMaterialized(),
    'DROP CATALOG': () => {
      this.ifExists()
      this.name()
      if (!this.accept('CASCADE')) this.accept('RESTRICT')
    },
    'DROP ROLE': () => {
      this.ifExists()
      this.name()
      this.#inCatalog()
    },
    'DROP MATERIALIZED': () => {
      this.expect('VIEW')
      this.ifExists()
      this.qualifiedName()
    },
    'DROP FUNCTION': () => {
      this.ifExists()
      this.functionDeclaration()
    },
    'ALTER SCHEMA': () => {
      this.qualifiedName()
      if (this.accept('RENAME')) {
        this.expect('TO')
        this.name()
      } else this.#authorization()
    },
    'ALTER MATERIALIZED': () => this.#alterMaterialized(),
    'SHOW GRANTS': () => {
      if (this.at('ON')) this.#object()
    },
    'SHOW ROLES': () => this.#inCatalog(true),
    'SHOW ROLE': () => {
      this.expect('GRANTS')
      this.#inCatalog(true)
    },
    'SHOW CURRENT': () => {
      this.expect('ROLES')
      this.#inCatalog(true)
    },
    'SHOW CREATE MATERIALIZED': () => {
      this.expect('VIEW')
      this.qualifiedName()
    },
    'SHOW CREATE FUNCTION': () => {
      this.qualifiedName()
    },
    'SET ROLE': () => {
      this.name()
      this.#inCatalog()
    },
    'SET PATH': () => {
      this.list(() => {
        this.name()
        if (this.accept('.')) this.name()
      })
    },
    'SET SESSION AUTHORIZATION': () => {
      this.expect('AUTHORIZATION')
      if (this.isString()) this.string()
      else this.name()
    },
    'RESET SESSION AUTHORIZATION': () => undefined,
    'ALTER VIEW SET AUTHORIZATION': () => this.#authorization(),
    'ALTER TABLE SET': () => this.#authorization(),
  }

  protected call(): Statement {
    const { pos } = this.take()
    return { k: 'call', pos, name: this.qualifiedName(), arguments: this.#arguments() }
  }

  #arguments(): CallArgument[] {
    this.expect('(')
    const given = this.at(')')
      ? []
      : this.list((): CallArgument => {
          if (!this.isName() || !this.isOp('=>', 1)) return { value: this.expression() }
          const name = this.name()
          this.expect('=>')
          return { name, value: this.expression() }
        })
    this.expect(')')
    return given
  }

  /** Behind ALTER TABLE and its name. */
  protected tableExecute(pos: Position, tablePos: Position, name: QualifiedName): Statement {
    this.expect('EXECUTE')
    const procedure = this.name()
    const given = this.at('(') ? this.#arguments() : []
    const where = this.accept('WHERE') ? this.expression() : undefined
    return { k: 'tableExecute', pos, tablePos, name, procedure, arguments: given, ...(where ? { where } : {}) }
  }

  /** Behind ALTER and the kind of what is given to another. */
  protected authorization(): void {
    this.qualifiedName()
    this.#authorization()
  }

  #authorization(): void {
    this.expect('SET', 'AUTHORIZATION')
    this.#principal()
  }

  #principal(): void {
    if (this.isWord(0, 'USER', 'ROLE') && this.isName(1) && !this.#follows(1)) this.take()
    this.name()
  }

  /** Words that are names, and come behind a principal. */
  #follows(ahead: number): boolean {
    return this.isWord(ahead, 'GRANTED') && this.isWord(ahead + 1, 'BY')
  }

  #grantor(): void {
    if (!this.accept('CURRENT_USER') && !this.accept('CURRENT_ROLE')) this.#principal()
  }

  #inCatalog(from = false): void {
    if (this.accept('IN') || (from && this.accept('FROM'))) this.name()
  }

  /** Where the first of them stands that is no name. */
  #privileges(): Position | undefined {
    if (this.accept('ALL', 'PRIVILEGES')) return undefined
    let first: Position | undefined
    this.list(() => {
      if (!this.isWord(0, ...PRIVILEGES)) this.name()
      else {
        const { pos } = this.take()
        first ??= pos
      }
    })
    return first
  }

  #roles(privilege: Position | undefined): void {
    if (privilege) this.note('May not use a privilege name as a role name', privilege)
    this.list(() => this.#principal())
  }

  #object(): void {
    this.expect('ON')
    const last = this.isWord(1, 'TO') && this.isName(2) && !this.isWord(2, 'TO')
    if (!this.accept('TABLE') && this.isName() && this.isName(1) && !last) this.name()
    this.qualifiedName()
  }

  #grant(): void {
    const privilege = this.#privileges()
    const everything = this.isWord(-1, 'PRIVILEGES') && this.isWord(-2, 'ALL')
    if (this.at('ON') || everything) {
      this.#object()
      this.expect('TO')
      this.#principal()
      if (this.accept('WITH')) this.expect('GRANT', 'OPTION')
      return
    }
    this.expect('TO')
    this.#roles(privilege)
    if (this.accept('WITH')) this.expect('ADMIN', 'OPTION')
    this.#granted()
  }

  #granted(): void {
    if (this.accept('GRANTED')) {
      this.expect('BY')
      this.#grantor()
    }
    this.#inCatalog()
  }

  #revoke(): void {
    const admin = this.accept('ADMIN', 'OPTION', 'FOR')
    const grant = !admin && this.accept('GRANT', 'OPTION', 'FOR')
    const privilege = this.#privileges()
    const everything = this.isWord(-1, 'PRIVILEGES') && this.isWord(-2, 'ALL')
    if (!admin && (grant || everything || this.at('ON'))) {
      this.#object()
      this.expect('FROM')
      this.#principal()
      return
    }
    this.expect('FROM')
    this.#roles(privilege)
    this.#granted()
  }

  #createCatalog(): void {
    if (this.at('IF', 'NOT')) this.expect('IF', 'NOT', 'EXISTS')
    this.name()
    this.expect('USING')
    this.name()
    if (this.accept('COMMENT')) this.string()
    if (this.accept('AUTHORIZATION')) this.#principal()
    this.properties()
  }

  #createMaterialized(): void {
    this.expect('VIEW')
    if (this.at('IF', 'NOT')) this.expect('IF', 'NOT', 'EXISTS')
    this.qualifiedName()
    if (this.accept('GRACE')) {
      this.expect('PERIOD')
      if (!this.at('INTERVAL')) throw this.mismatch("'INTERVAL'")
      this.interval()
    }
    if (this.accept('COMMENT')) this.string()
    this.properties()
    this.expect('AS')
    this.rootQuery()
  }

  #alterMaterialized(): void {
    if (!this.at('VIEW') || this.isOp('.', 1) || (this.isWord(1, 'SET') && this.isWord(2, 'AUTHORIZATION'))) {
      this.authorization()
      return
    }
    this.expect('VIEW')
    this.ifExists()
    this.qualifiedName()
    if (this.accept('RENAME')) {
      this.expect('TO')
      this.qualifiedName()
    } else if (this.at('SET', 'AUTHORIZATION')) this.#authorization()
    else {
      this.expect('SET', 'PROPERTIES')
      this.list(() => this.property())
    }
  }
}
