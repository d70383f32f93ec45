// Functions that SQL defines, and settings of one query (SqlBase.g4: functionSpecification, controlStatement, queryScoped): read to their end, and not served.
import type { Property } from '#parts/sql/syntax/ast'
import { RelationParser } from '#parts/sql/syntax/relations'

const LABELLED: readonly string[] = ['LOOP', 'WHILE', 'REPEAT']

export abstract class RoutineParser extends RelationParser {
  protected abstract properties(): Property[]

  /** `WITH FUNCTION .., SESSION ..` in front of a query. */
  protected scope(): void {
    this.unserved(`WITH ${this.peek(1).value}`, this.peek(1).pos)
    this.take()
    this.beforeQuery = true
    if (this.at('FUNCTION')) this.list(() => this.routine())
    if (this.accept('SESSION'))
      this.list(() => {
        this.qualifiedName()
        this.expect('=')
        this.expression()
      })
    this.beforeQuery = false
  }

  protected routine(): void {
    this.expect('FUNCTION')
    this.functionDeclaration()
    this.expect('RETURNS')
    this.type()
    while (this.#characteristic());
    if (this.accept('AS')) throw this.peek().raw === '$' ? this.unread('a function in another language') : this.mismatch('<dollar string>')
    if (!this.isWord(0, 'RETURN', 'BEGIN')) this.note('Function body must start with RETURN or BEGIN', this.pos)
    this.#control()
  }

  protected functionDeclaration(): void {
    this.qualifiedName()
    this.expect('(')
    if (!this.at(')')) this.list(() => this.field())
    this.expect(')')
  }

  #characteristic(): boolean {
    if (this.accept('LANGUAGE')) this.name()
    else if (this.accept('RETURNS') || this.accept('CALLED')) {
      if (this.isWord(-1, 'RETURNS')) this.expect('NULL')
      this.expect('ON', 'NULL', 'INPUT')
    } else if (this.accept('SECURITY')) {
      if (!this.accept('DEFINER')) this.expect('INVOKER')
    } else if (this.accept('COMMENT')) this.string()
    else if (this.at('WITH')) this.properties()
    else if (this.accept('NOT')) this.expect('DETERMINISTIC')
    else return this.accept('DETERMINISTIC')
    return true
  }

  #control(): void {
    this.enter()
    if (this.isName() && this.isOp(':', 1)) {
      this.name()
      this.expect(':')
      if (!this.isWord(0, ...LABELLED)) throw this.mismatch("'LOOP', 'REPEAT', 'WHILE'")
    }
    const { value } = this.peek()
    const read = Object.hasOwn(this.#controls, value) ? this.#controls[value] : undefined
    if (!read || this.peek().kind !== 'word')
      throw this.mismatch(
        Object.keys(this.#controls)
          .map((word) => `'${word}'`)
          .join(', '),
      )
    this.take()
    read()
    this.leave()
  }

  readonly #controls: Readonly<Record<string, () => void>> = {
    RETURN: () => {
      this.value()
    },
    SET: () => {
      this.name()
      this.expect('=')
      this.expression()
    },
    CASE: () => {
      if (!this.at('WHEN')) this.expression()
      do this.#branch('WHEN')
      while (this.at('WHEN'))
      this.#otherwise('CASE')
    },
    IF: () => {
      this.#then()
      while (this.at('ELSEIF')) this.#branch('ELSEIF')
      this.#otherwise('IF')
    },
    ITERATE: () => {
      this.name()
    },
    LEAVE: () => {
      this.name()
    },
    BEGIN: () => {
      while (this.at('DECLARE')) this.#declaration()
      if (!this.at('END')) this.#statements()
      this.expect('END')
    },
    LOOP: () => {
      this.#statements()
      this.expect('END', 'LOOP')
    },
    WHILE: () => {
      this.expression()
      this.expect('DO')
      this.#statements()
      this.expect('END', 'WHILE')
    },
    REPEAT: () => {
      this.#statements()
      this.expect('UNTIL')
      this.expression()
      this.expect('END', 'REPEAT')
    },
  }

  #branch(word: string): void {
    this.expect(word)
    this.#then()
  }

  #then(): void {
    this.expression()
    this.expect('THEN')
    this.#statements()
  }

  #otherwise(end: string): void {
    if (this.accept('ELSE')) this.#statements()
    this.expect('END', end)
  }

  #declaration(): void {
    this.expect('DECLARE')
    this.list(() => this.name())
    this.type()
    if (this.accept('DEFAULT')) this.value()
    this.expect(';')
  }

  #statements(): void {
    do {
      this.#control()
      this.expect(';')
    } while (!this.isWord(0, 'END', 'ELSE', 'ELSEIF', 'UNTIL', 'WHEN'))
  }
}
