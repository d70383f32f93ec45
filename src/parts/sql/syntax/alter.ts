// ALTER TABLE behind the table's name (SqlBase.g4: addColumn, renameColumn, dropColumn, setColumnType, setTableProperties).
import type { Alteration, ColumnDefinition, Property } from '#parts/sql/syntax/ast'
import { ChangeParser } from '#parts/sql/syntax/changes'

export abstract class AlterParser extends ChangeParser {
  /** Nothing where the grammar has a form that is not served. */
  protected alteration(): Alteration | undefined {
    if (this.at('ADD', 'COLUMN')) return this.#add()
    if (this.accept('DROP', 'COLUMN')) {
      const ifExists = this.ifExists()
      return { k: 'drop', column: this.qualifiedName(), ifExists }
    }
    if (this.accept('RENAME', 'COLUMN')) {
      const ifExists = this.ifExists()
      const column = this.qualifiedName()
      this.expect('TO')
      return { k: 'rename', column, ifExists, to: this.name() }
    }
    if (this.accept('ALTER', 'COLUMN')) return this.#column()
    if (this.accept('SET', 'PROPERTIES')) return { k: 'properties', properties: this.list(() => this.property()) }
    return undefined
  }

  /** IF may be the name itself. */
  protected ifExists(): boolean {
    return this.at('IF') && this.isWord(1, 'EXISTS') && this.accept('IF', 'EXISTS')
  }

  #add(): Alteration {
    this.expect('ADD', 'COLUMN')
    const ifNotExists = this.isWord(1, 'NOT') && this.accept('IF', 'NOT', 'EXISTS')
    const column = this.qualifiedName()
    const added = { k: 'add', column, ifNotExists, ...this.columnDetails() } as const
    if (this.accept('FIRST')) return { ...added, place: 'first' }
    if (this.accept('AFTER')) return { ...added, place: { after: this.name() } }
    this.accept('LAST')
    return added
  }

  /** What stands behind the name of a new column; its properties are read and have no effect. */
  protected columnDetails(): Omit<ColumnDefinition, 'name'> {
    const type = this.type()
    if (this.at('DEFAULT')) throw this.unread('a default value')
    const notNull = this.accept('NOT')
    if (notNull) this.expect('NULL')
    const comment = this.accept('COMMENT') ? this.string() : undefined
    this.properties()
    return { type, notNull, ...(comment === undefined ? {} : { comment }) }
  }

  #column(): Alteration {
    const column = this.qualifiedName()
    if (this.accept('SET')) {
      this.expect('DATA', 'TYPE')
      return { k: 'type', column, type: this.type() }
    }
    this.expect('DROP', 'NOT', 'NULL')
    return { k: 'nullable', column }
  }

  /** DEFAULT may be a name of a column. */
  protected property(): Property {
    const name = this.name()
    this.expect('=')
    const { pos } = this
    const unset =
      this.at('DEFAULT') &&
      (this.isOp(',', 1) || this.isOp(')', 1) || this.isOp(';', 1) || this.peek(1).kind === 'end' || this.isWord(1, 'AS'))
    if (!unset) return { name, value: this.expression() }
    this.unserved('a property set to DEFAULT')
    this.take()
    return { name, value: { k: 'null', pos } }
  }
}
