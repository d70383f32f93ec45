// Operands of Trino SQL (SqlBase.g4: primaryExpression): literals, names, calls, CASE, CAST and the functions with a grammar of their own.
import { own } from '#kit/own'
import type { Expression, Name, Position, Query, SortItem, When } from '#parts/sql/syntax/ast'
import { JSON_FUNCTIONS } from '#parts/sql/syntax/json'
import { LiteralParser, SPECIALS } from '#parts/sql/syntax/literals'
import { call, checkCall } from '#parts/sql/syntax/special-calls'
import { INTERVAL_FIELDS } from '#parts/sql/syntax/types'

/** What was read already of an expression: its first operand, or its first value. */
export interface Seed {
  readonly primary?: Expression
  readonly value?: Expression
}

const EXTRACTED: ReadonlySet<string> = new Set(
  `YEAR QUARTER MONTH WEEK DAY DAY_OF_MONTH DAY_OF_WEEK DOW DAY_OF_YEAR DOY YEAR_OF_WEEK YOW HOUR MINUTE SECOND TIMEZONE_MINUTE
  TIMEZONE_HOUR`.split(/\s+/),
)
export abstract class PrimaryParser extends LiteralParser {
  #parameters = 0
  /** Index of the token where the last operand before a `.*` began. */
  protected starred = -1

  abstract query(): Query
  abstract queryFrom(pos: Position, first: Query): Query
  abstract override expression(seed?: Seed): Expression
  abstract value(primary?: Expression): Expression
  protected abstract parenthesised(): Expression

  primary(negative = false): Expression {
    const token = this.peek()
    const { pos } = token
    switch (token.kind) {
      case 'string':
      case 'unicode':
        return { k: 'string', pos, value: this.string() }
      case 'integer':
        return { k: 'integer', pos, value: this.integer(negative) }
      case 'decimal':
      case 'double':
        return { k: token.kind, pos, value: this.take().value }
      case 'binary':
        return { k: 'binary', pos, value: this.binary() }
      case 'quoted':
      case 'backquoted':
      case 'digits':
        return this.#named()
      case 'op':
        if (token.value === '(') return this.parenthesised()
        if (token.value === '[') {
          this.take()
          return { k: 'array', pos, items: this.#until(']') }
        }
        if (token.value === '?') {
          this.take()
          return { k: 'parameter', pos, index: this.#parameters++ }
        }
    }
    if (token.kind !== 'word') throw this.mismatch('<expression>')
    return this.#keyword()
  }

  #keyword(): Expression {
    const { value, pos } = this.peek()
    if (SPECIALS.has(value)) return this.special()
    if (JSON_FUNCTIONS.has(value)) return this.jsonFunction()
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
        return this.#cast()
      case 'EXTRACT':
        return this.#extract()
      case 'EXISTS': {
        this.take()
        this.expect('(')
        const query = this.query()
        this.expect(')')
        return { k: 'exists', pos, query }
      }
      case 'GROUPING':
        return this.#grouping()
      case 'TRIM':
        return this.#trim()
      case 'NORMALIZE':
        return this.#normalize()
      case 'LISTAGG':
        return this.#listagg()
    }
    return this.#soft() ?? this.#named()
  }

  /** Words that are names as well: what follows them decides. */
  #soft(): Expression | undefined {
    const { value, pos } = this.peek()
    const opens = this.isOp('(', 1)
    switch (value) {
      case 'TRY_CAST':
        return opens ? this.#cast() : undefined
      case 'ARRAY':
        if (!this.isOp('[', 1)) return undefined
        this.expect('ARRAY', '[')
        return { k: 'array', pos, items: this.#until(']') }
      case 'ROW':
        if (!opens || !this.#opensArgument()) return undefined
        return this.#row()
      case 'INTERVAL':
        return this.intervalAhead() ? this.interval() : undefined
      case 'POSITION':
        return opens ? this.#position() : undefined
      case 'SUBSTRING':
        return opens ? this.#substring() : undefined
      case 'DOUBLE':
        if (!this.isWord(1, 'PRECISION') || !this.isString(2)) return undefined
        this.expect('DOUBLE', 'PRECISION')
        return { k: 'typed', pos, type: 'double', value: this.string() }
      case 'RUNNING':
      case 'FINAL':
        if (!this.isName(1) || !(this.isOp('(', 2) || this.isOp('.', 2))) return undefined
        this.unserved(`${value} before a function`)
        this.take()
        return this.#called()
    }
    return undefined
  }

  #until(close: string): Expression[] {
    if (this.accept(close)) return []
    const items = this.list(() => this.expression())
    this.expect(close)
    return items
  }

  /** Whether an expression stands first in the parentheses of this word: no quantifier, no star, no label. */
  #opensArgument(): boolean {
    return this.opensExpression(2) && !this.quantifies(2) && !(this.isName(2) && this.isOp('.', 3) && this.isOp('*', 4))
  }

  /** A row; with what only a call may have behind its arguments, a call. */
  #row(): Expression {
    const name = this.name()
    this.expect('(')
    const items = this.list(() => this.expression())
    if (this.at('ORDER')) return this.restOfCall([name], items)
    this.expect(')')
    const called = this.at('FILTER', '(') || this.#windowed() || (this.isWord(0, 'IGNORE', 'RESPECT') && this.isWord(1, 'NULLS'))
    if (called) return this.#behindCall([name], { args: items, star: false, distinct: false, orderBy: [] })
    return { k: 'row', pos: name.pos, items }
  }

  #windowed(): boolean {
    const counted = this.isWord(1, 'LIMIT', 'OFFSET') && (this.peek(2).kind === 'integer' || this.isOp('?', 2))
    return this.at('OVER') && (this.isOp('(', 1) || (this.isName(1) && !counted))
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

  /** TRY_CAST is a name: without AS it is a function that nobody knows, and the analysis says so. */
  #cast(): Expression {
    const { value, pos } = this.peek()
    const safe = value === 'TRY_CAST'
    if (safe && !this.#opensArgument()) return this.#named()
    const { raw } = this.take()
    this.expect('(')
    const operand = this.expression()
    if (safe && !this.at('AS')) {
      const args = this.accept(',') ? [operand, ...this.list(() => this.expression())] : [operand]
      return this.restOfCall([{ text: raw, lower: 'try_cast', quoted: false, pos }], args)
    }
    this.expect('AS')
    const type = this.type()
    this.expect(')')
    return { k: 'cast', pos, value: operand, type, safe }
  }

  #operand(): Expression {
    this.enter()
    const value = this.value()
    this.leave()
    return value
  }

  #extract(): Expression {
    const { pos } = this.take()
    this.expect('(')
    const field = this.name()
    if (!EXTRACTED.has(field.text.toUpperCase())) this.note(`Invalid EXTRACT field: ${field.text}`, pos)
    this.expect('FROM')
    const value = this.#operand()
    this.expect(')')
    return { k: 'extract', pos, field: field.lower, value }
  }

  #grouping(): Expression {
    const { pos } = this.take()
    this.expect('(')
    const column = (): Expression => {
      let e: Expression = { k: 'name', pos: this.pos, name: this.name() }
      while (this.accept('.')) e = { k: 'field', pos: e.pos, base: e, name: this.name() }
      return e
    }
    const columns = this.at(')') ? [] : this.list(column)
    this.expect(')')
    return { k: 'grouping', pos, columns }
  }

  /** `INTERVAL '1' DAY`; without a field it is a literal of a type `interval`. */
  protected intervalAhead(): boolean {
    const sign = this.isOp('-', 1) || this.isOp('+', 1) ? 1 : 0
    const length = this.stringLength(1 + sign)
    return this.at('INTERVAL') && length > 0 && this.isWord(1 + sign + length, ...INTERVAL_FIELDS)
  }

  protected interval(): Expression {
    const { pos } = this.take()
    const sign = this.accept('-') || this.noise('+') ? -1 : 1
    const value = this.string()
    if (!this.isWord(0, ...INTERVAL_FIELDS)) throw this.mismatch("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
    const from = this.take().value.toLowerCase()
    let to: string | undefined
    if (this.at('TO') && this.isWord(1, ...INTERVAL_FIELDS)) {
      this.take()
      to = this.take().value.toLowerCase()
    }
    return { k: 'interval', pos, sign: sign as 1 | -1, value, from, ...(to ? { to } : {}) }
  }

  /** `position(a IN b)`, else a call; both begin with a value. */
  #position(): Expression {
    if (!this.#opensArgument() || this.isWord(2, 'NOT')) return this.#named()
    const name = this.name()
    this.expect('(')
    const first = this.#operand()
    if (!this.accept('IN')) return this.restOfCall([name], this.#listFrom(first))
    const listed = this.isOp('(')
    const { pos } = this
    const haystack = this.#operand()
    // `position(a IN (b), c)` is a call with a condition.
    if (listed && this.at(',')) {
      this.expect(',')
      const found: Expression = { k: 'in', pos, value: first, items: [haystack], negated: false }
      return this.restOfCall([name], [found, ...this.list(() => this.expression())])
    }
    this.expect(')')
    return call({ ...name, text: 'strpos', lower: 'strpos' }, [haystack, first])
  }

  #substring(): Expression {
    if (!this.#opensArgument() || this.isWord(2, 'NOT')) return this.#named()
    const name = this.name()
    this.expect('(')
    const first = this.#operand()
    if (!this.accept('FROM')) return this.restOfCall([name], this.#listFrom(first))
    const args = [first, this.#operand()]
    if (this.accept('FOR')) args.push(this.#operand())
    this.expect(')')
    return call({ ...name, text: 'substr', lower: 'substr' }, args)
  }

  #listFrom(value: Expression): Expression[] {
    const first = this.expression({ value })
    return this.accept(',') ? [first, ...this.list(() => this.expression())] : [first]
  }

  #trim(): Expression {
    const { pos } = this.take()
    const name = (text: string): Name => ({ text, lower: text, quoted: false, pos })
    this.expect('(')
    if (this.accept('FROM')) {
      this.note("The 'trim' function must have specification, char or both arguments when it takes FROM", pos)
      return this.#closeCall(name('trim'), [this.#operand()])
    }
    const side = this.#trimSide()
    if (side !== undefined && this.accept('FROM')) return this.#closeCall(name(side), [this.#operand()])
    const first = this.#operand()
    if (this.accept('FROM')) return this.#closeCall(name(side ?? 'trim'), [this.#operand(), first])
    if (side !== undefined) throw this.mismatch("'FROM'")
    return this.#closeCall(name('trim'), this.accept(',') ? [first, this.#operand()] : [first])
  }

  /** LEADING, TRAILING and BOTH are names as well: `trim(leading)` trims a column. */
  #trimSide(): 'ltrim' | 'rtrim' | 'trim' | undefined {
    const sides = { LEADING: 'ltrim', TRAILING: 'rtrim', BOTH: 'trim' } as const
    if (!this.isWord(0, ...Object.keys(sides)) || !(this.opensExpression(1) || this.isWord(1, 'FROM'))) return undefined
    // `both 'a'`, `both(a)`, `both - a`: a value, unless FROM comes.
    const from = this.closing(-1, (ahead) => this.isWord(ahead, 'FROM') && !this.isWord(ahead - 1, 'DISTINCT'))
    const value = this.isString(1) || ['(', '[', '+', '-'].some((op) => this.isOp(op, 1))
    if (value && this.isOp(')', from)) return undefined
    return own(sides, this.take().value)
  }

  #closeCall(name: Name, args: readonly Expression[]): Expression {
    this.expect(')')
    return call(name, args)
  }

  #normalize(): Expression {
    const { pos } = this.take()
    this.expect('(')
    const operand = this.#operand()
    if (this.accept(',')) {
      if (!this.isWord(0, 'NFC', 'NFD', 'NFKC', 'NFKD')) throw this.mismatch("'NFC', 'NFD', 'NFKC', 'NFKD'")
      const form = this.take()
      const args = [operand, { k: 'string', pos: form.pos, value: form.value.toUpperCase() } as const]
      return this.#closeCall({ text: 'normalize', lower: 'normalize', quoted: false, pos }, args)
    }
    return this.#closeCall({ text: 'normalize', lower: 'normalize', quoted: false, pos }, [operand])
  }

  #listagg(): Expression {
    const token = this.take()
    const name: Name = { text: 'listagg', lower: 'listagg', quoted: false, pos: token.pos }
    this.expect('(')
    const distinct = this.setQuantifier() === 'distinct'
    const args = [this.expression()]
    if (this.accept(',')) args.push({ k: 'string', pos: this.pos, value: this.string() })
    if (this.accept('ON')) {
      this.expect('OVERFLOW')
      if (this.at('TRUNCATE')) this.#truncation()
      else this.expect('ERROR')
    }
    this.expect(')', 'WITHIN', 'GROUP', '(')
    const orderBy = this.sortList()
    this.expect(')')
    const filter = this.#filter()
    if (this.#windowed()) this.#unservedOver('LISTAGG with OVER')
    return { ...call(name, args), distinct, orderBy, ...(filter ? { filter } : {}) } as Expression
  }

  #truncation(): void {
    this.unserved('LISTAGG with ON OVERFLOW TRUNCATE')
    this.take()
    if (this.isString()) this.string()
    if (!this.accept('WITH')) this.expect('WITHOUT')
    this.expect('COUNT')
  }

  /** How far a dotted name reaches from `ahead`. */
  #qualified(ahead: number): number {
    let i = ahead + 1
    while (this.isOp('.', i) && this.isName(i + 1)) i += 2
    return i
  }

  #named(): Expression {
    const { pos } = this.peek()
    if (this.isName() && this.isOp('->', 1)) return this.lambda()
    if (this.isName() && this.stringLength(1) > 0) {
      const type = this.name()
      if (!type.quoted && type.lower === 'x')
        this.note("Spaces are not allowed between 'X' and the starting quote of a binary literal", pos)
      return { k: 'typed', pos, type: type.lower, value: this.string() }
    }
    if (!this.isName()) throw this.mismatch('<expression>')
    const open = this.#qualified(0)
    if (!this.isOp('(', open) || (this.beforeQuery && this.opensQuery(open + 1))) {
      const name = this.name()
      if (this.#windowed()) this.#unservedOver('a measure with OVER')
      this.begun = this.at('OVER') ? this.index : -1
      return { k: 'name', pos, name }
    }
    return this.#called()
  }

  #unservedOver(what: string): void {
    this.unserved(what)
    this.take()
    if (this.at('(')) this.window()
    else this.name()
  }

  #called(): Expression {
    const parts = this.qualifiedName()
    this.expect('(')
    return this.#call(parts)
  }

  #call(parts: readonly Name[]): Expression {
    const label = this.isName() && this.isOp('.', 1) && this.isOp('*', 2)
    if (label) {
      this.unserved('a label before *')
      this.name()
      this.expect('.')
    }
    if (this.accept('*')) {
      this.expect(')')
      return this.#behindCall(parts, { args: [], star: true, distinct: false, orderBy: [] })
    }
    const quantifier = this.setQuantifier()
    const empty = quantifier === undefined && (this.at(')') || this.at('ORDER'))
    return this.restOfCall(parts, empty ? [] : this.list(() => this.expression()), quantifier === 'distinct')
  }

  /** A call from behind its arguments. */
  protected restOfCall(parts: readonly Name[], args: readonly Expression[], distinct = false): Expression {
    const orderBy = this.orderBy()
    this.expect(')')
    return this.#behindCall(parts, { args, star: false, distinct, orderBy })
  }

  #behindCall(
    name: readonly Name[],
    inside: { args: readonly Expression[]; star: boolean; distinct: boolean; orderBy: readonly SortItem[] },
  ): Expression {
    const filter = this.#filter()
    let nulls: 'ignore' | 'respect' | undefined
    if (!inside.star && this.isWord(0, 'IGNORE', 'RESPECT') && this.isWord(1, 'NULLS')) {
      nulls = this.take().value.toLowerCase() as 'ignore'
      this.take()
    }
    const windowed = this.#windowed()
    if (!windowed && this.at('OVER')) this.begun = this.index
    if (nulls && !windowed) this.expect('OVER', '(')
    if (windowed) this.take()
    const over = windowed ? (this.at('(') ? this.window() : this.name()) : undefined
    const made = {
      k: 'call',
      name,
      ...inside,
      ...(filter ? { filter } : {}),
      ...(nulls ? { nulls } : {}),
      ...(over ? { over } : {}),
    } as const
    const problem = checkCall(made)
    const { pos } = name[0] as Name
    if (problem !== undefined) this.note(problem, pos)
    return { pos, ...made }
  }

  #filter(): Expression | undefined {
    if (!this.accept('FILTER', '(')) return undefined
    this.expect('WHERE')
    const condition = this.expression()
    this.expect(')')
    return condition
  }

  /** `(a, b) ->`: looked for from the parenthesis on. Nothing else has nothing in its parentheses. */
  protected lambdaAhead(): boolean {
    if (this.isOp(')', 1)) return true
    for (let i = 1; this.isName(i); i += 2) {
      if (this.isOp(')', i + 1)) return this.isOp('->', i + 2)
      if (!this.isOp(',', i + 1)) return false
    }
    return false
  }

  protected lambda(): Expression {
    const { pos } = this.peek()
    const params = this.at('(') ? (this.accept('(', ')') ? [] : this.names()) : [this.name()]
    this.expect('->')
    return { k: 'lambda', pos, params, body: this.expression() }
  }
}
