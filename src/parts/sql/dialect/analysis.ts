// The state of one statement's analysis: tables resolved beforehand, references made to them, and names for relations.

import type { Caller } from '#kit/access'
import { columnsDenied } from '#parts/sql/dialect/columns-denied'
import type { ColumnRef, TableName, TableUse } from '#parts/sql/dialect/types'
import type { ColumnInfo, HiddenColumn, PlaceNames, Pushdown } from '#parts/sql/ports'
import type { Expression, Position, QualifiedName, Query } from '#parts/sql/syntax/ast'
import { identifier, type Sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'

/** A table that exists and that the caller may read, with what is hidden of it; or a set of rows made here. */
export interface ResolvedTable {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly columns: readonly ColumnInfo[]
  readonly hidden?: readonly HiddenColumn[]
  readonly rowFilters: readonly string[]
  readonly columnMasks: Readonly<Record<string, string>>
  /** Those that its reader may select, where that is not all. */
  readonly visibleColumns?: readonly string[]
  /** Of a view: what it stands for. */
  readonly view?: ResolvedView
  /** The state of it that is read, where that is not the one of now. */
  readonly snapshot?: bigint
  /** As whom it is read, where that is not who asks but the owner of a view around it. */
  readonly reader?: Caller
}

/** The text of a view with the tables of its names. */
export interface ResolvedView {
  readonly sql: string
  readonly tables: Names
  /** It is read with another's rights than the asker's: what it hides is hidden from him. */
  readonly lent: boolean
}

/** By `keyOfName`: what a name stands for, or why it stands for nothing. */
export type Names<T extends ResolvedTable = ResolvedTable> = ReadonlyMap<string, T | { readonly error: unknown }>

/** One reference to a table, to be replaced by the relation that its connector prepares. */
export interface TableScan extends TableUse {
  readonly source: ResolvedTable
  readonly used: Set<string>
  readonly predicates: Pushdown[]
  /** Columns whose value is not the source's: no condition on them may be handed down. */
  readonly masked: ReadonlySet<string>
  /** Inside the repeated part of a recursion: read once, before. */
  readonly repeated: boolean
  /** Read below a view that lends its owner's rights. */
  readonly lent: boolean
  /** Its rows are to be changed: the relation tells where each of them is, by these names. */
  readonly place?: PlaceNames
}

export interface Field {
  readonly name: string | undefined
  /** What may stand before the name: `t`, or catalogue, schema and table. */
  readonly qualifier: readonly string[]
  readonly type: TrinoType
  readonly sql: Sql
  readonly column?: ColumnRef
  readonly origin?: TableName
  /** It is read by its name alone. */
  readonly hidden?: true
  /** Told when something refers to it. */
  readonly use: () => void
  /** Told at once when the statement names it, whether or not anything of it is read. */
  readonly named?: () => void
}

export interface Scope {
  readonly fields: readonly Field[]
  readonly parent?: Scope
  readonly ctes: ReadonlyMap<string, Cte>
}

export interface Cte {
  readonly sqlName: Sql
  readonly fields: readonly OutputField[]
  readonly count: { uses: number }
}

export interface Session {
  readonly caller: Caller
  readonly catalog: string | undefined
  readonly schema: string | undefined
  /** The id of the zone in which times without one are read. */
  readonly timeZone: string
  readonly now: Date
  readonly version: string
  /** For the text of EXPLAIN: filters and masks of the policy stand in it by name. Such a plan is not run. */
  readonly forDisplay?: boolean
  /** For DESCRIBE INPUT and OUTPUT: parameters have no values. Such a plan is not run. */
  readonly forDescription?: boolean
  /** The view, by its full name, that the statement makes: it may not read it. */
  readonly replaces?: string
}

export interface OutputField {
  readonly name: string | undefined
  readonly type: TrinoType
  /** The table of which it is a column. */
  readonly origin?: TableName
  /** Its name was given with AS. */
  readonly aliased?: true
  readonly use: () => void
}

/** What is handed on of a field's origin by what shows it as it is. */
export const originOf = ({ origin }: { readonly origin?: TableName | undefined }) => (origin ? { origin } : {})

export interface QueryResult {
  /** Columns named c0, c1, .. */
  readonly sql: Sql
  readonly fields: readonly OutputField[]
}

export type Subquery = (query: Query, parent: Scope | undefined) => QueryResult

export type Lookup = (name: QualifiedName, pos: Position) => ResolvedTable

/** An analysis is longer than it may be where it runs; nothing is wrong with the statement. */
export class TooManySteps extends Error {}

export class Analysis {
  #session: Session
  /** The types that the places of parameters without a value ask for, by index. */
  readonly asked = new Map<number, TrinoType>()
  readonly scans: TableScan[] = []
  /** Rows of a view are read with another's rights. */
  lent = false
  /** How many views that lend rights the text lies below which is being analysed. */
  lending = 0
  /** By table of which a part may be selected, in the order of FROM: the columns that the statement names. */
  readonly #named = new Map<ResolvedTable, Set<string>>()
  #lookup: Lookup
  #parameters: readonly Expression[]
  /** Analyses a query inside an expression; set by the analysis of queries, which needs expressions itself. */
  subquery: Subquery = () => {
    throw new Error('no analysis of queries')
  }
  /** Depth of recursive parts that are being analysed. */
  recursion = 0
  #names = 0
  #collector: (() => void)[] | undefined

  #steps: number

  constructor(session: Session, lookup: Lookup, parameters: readonly Expression[] = [], steps = Number.POSITIVE_INFINITY) {
    this.#steps = steps
    this.#session = session
    this.#lookup = lookup
    this.#parameters = parameters
  }

  get lookup(): Lookup {
    return this.#lookup
  }

  get parameters(): readonly Expression[] {
    return this.#parameters
  }

  /** Runs `body` where the names are those of a view's text, and nothing of the statement around it is known. */
  within<T>(lookup: Lookup, body: () => T): T {
    const [names, values] = [this.#lookup, this.#parameters]
    this.#lookup = lookup
    this.#parameters = []
    try {
      return body()
    } finally {
      this.#lookup = names
      this.#parameters = values
    }
  }

  get session(): Session {
    return this.#session
  }

  /** Filters and masks of the policy mean the same in whatever zone the client says it is. */
  inUtc<T>(body: () => T): T {
    const own = this.#session
    this.#session = { ...own, timeZone: 'UTC' }
    try {
      return body()
    } finally {
      this.#session = own
    }
  }

  /** Called for each expression that is looked at; one may be looked at more than once. Throws TooManySteps. */
  step(weight = 1): void {
    this.#steps -= weight
    if (this.#steps < 0) throw new TooManySteps()
  }

  /** A name for a relation, column or lambda parameter that nothing else has. */
  fresh(prefix: string): Sql {
    return identifier(`${prefix}${++this.#names}`)
  }

  addScan(source: ResolvedTable, masked: ReadonlySet<string>, place?: PlaceNames): TableScan {
    const scan: TableScan = {
      id: this.scans.length,
      source,
      used: new Set(),
      predicates: [],
      masked,
      repeated: this.recursion > 0,
      lent: this.lending > 0,
      ...(place ? { place } : {}),
    }
    this.scans.push(scan)
    return scan
  }

  /** Columns of a table that the statement names. */
  addNamed(source: ResolvedTable, ...columns: readonly string[]): void {
    const known = this.#named.get(source) ?? new Set()
    for (const column of columns) known.add(column)
    this.#named.set(source, known)
  }

  /** Throws as Trino does where the statement names a column that may not be selected. */
  assertSelectable(): void {
    for (const [source, columns] of this.#named) {
      const visible = new Set(source.visibleColumns)
      if ([...columns].some((column) => !visible.has(column))) throw columnsDenied(source, [...columns])
    }
  }

  /** Runs `use` now, or keeps it until the expression that is being collected is used itself. */
  mark(use: () => void): void {
    if (this.#collector) this.#collector.push(use)
    else use()
  }

  /** The result of `body` and one function that marks everything it refers to. */
  collect<T>(body: () => T): { readonly result: T; readonly use: () => void } {
    const outer = this.#collector
    const uses: (() => void)[] = []
    this.#collector = uses
    try {
      const result = body()
      let spent = false
      return {
        result,
        use: () => {
          if (spent) return
          spent = true
          for (const use of uses) this.mark(use)
        },
      }
    } finally {
      this.#collector = outer
    }
  }
}
