// The syntax tree of Trino SQL. Every node knows where it begins, as Trino reports locations.

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export interface Name {
  /** As written; for an unquoted one compare with `lower`. */
  readonly text: string
  readonly lower: string
  readonly quoted: boolean
  readonly pos: Position
  /** On the last name of a table in FROM: the state of it that is meant. */
  readonly version?: Version
}
export type QualifiedName = readonly Name[]

/** As Trino names procedures and their arguments: names that are not quoted are of capitals. */
export const canonical = ({ text, quoted }: Name): string => (quoted ? text : text.toUpperCase())

/** FOR VERSION AS OF, FOR TIMESTAMP AS OF. */
export interface Version {
  readonly pos: Position
  readonly of: 'version' | 'timestamp'
  readonly value: Expression
}

export interface TypeName {
  readonly pos: Position
  readonly base: string
  readonly arguments: readonly (number | { readonly name?: string; readonly type: TypeName })[]
}

export type Expression = { readonly pos: Position } & (
  | { readonly k: 'null' }
  | { readonly k: 'boolean'; readonly value: boolean }
  | { readonly k: 'string'; readonly value: string }
  | { readonly k: 'integer' | 'decimal' | 'double' | 'binary'; readonly value: string }
  | { readonly k: 'typed'; readonly type: string; readonly value: string }
  | { readonly k: 'interval'; readonly sign: 1 | -1; readonly value: string; readonly from: string; readonly to?: string }
  | { readonly k: 'parameter'; readonly index: number }
  | { readonly k: 'name'; readonly name: Name }
  | { readonly k: 'field'; readonly base: Expression; readonly name: Name }
  | { readonly k: 'unary'; readonly op: '-' | '+'; readonly value: Expression }
  | { readonly k: 'arithmetic'; readonly op: '+' | '-' | '*' | '/' | '%' | '||'; readonly left: Expression; readonly right: Expression }
  | { readonly k: 'compare'; readonly op: CompareOp; readonly left: Expression; readonly right: Expression }
  | { readonly k: 'quantified'; readonly op: CompareOp; readonly all: boolean; readonly left: Expression; readonly query: Query }
  | { readonly k: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly k: 'not'; readonly value: Expression }
  | { readonly k: 'isNull'; readonly value: Expression; readonly negated: boolean }
  | { readonly k: 'distinct'; readonly left: Expression; readonly right: Expression; readonly negated: boolean }
  | { readonly k: 'between'; readonly value: Expression; readonly low: Expression; readonly high: Expression; readonly negated: boolean }
  | { readonly k: 'in'; readonly value: Expression; readonly items: readonly Expression[]; readonly negated: boolean }
  | { readonly k: 'inQuery'; readonly value: Expression; readonly query: Query; readonly negated: boolean }
  | {
      readonly k: 'like'
      readonly value: Expression
      readonly pattern: Expression
      readonly escape?: Expression
      readonly negated: boolean
    }
  | { readonly k: 'exists'; readonly query: Query }
  | { readonly k: 'subquery'; readonly query: Query }
  | { readonly k: 'case'; readonly operand?: Expression; readonly whens: readonly When[]; readonly otherwise?: Expression }
  | { readonly k: 'cast'; readonly value: Expression; readonly type: TypeName; readonly safe: boolean }
  | { readonly k: 'extract'; readonly field: string; readonly value: Expression }
  | { readonly k: 'atTimeZone'; readonly value: Expression; readonly zone: Expression }
  | { readonly k: 'subscript'; readonly base: Expression; readonly index: Expression }
  | { readonly k: 'array'; readonly items: readonly Expression[] }
  | { readonly k: 'row'; readonly items: readonly Expression[] }
  | { readonly k: 'lambda'; readonly params: readonly Name[]; readonly body: Expression }
  | Call
  | { readonly k: 'special'; readonly name: string; readonly precision?: number }
  | { readonly k: 'grouping'; readonly columns: readonly Expression[] }
)

export type CompareOp = '=' | '<>' | '<' | '<=' | '>' | '>='

export interface When {
  readonly when: Expression
  readonly result: Expression
}

export interface Call {
  readonly k: 'call'
  readonly name: QualifiedName
  readonly args: readonly Expression[]
  /** `count(*)` */
  readonly star: boolean
  readonly distinct: boolean
  readonly orderBy: readonly SortItem[]
  readonly filter?: Expression
  readonly nulls?: 'ignore' | 'respect'
  readonly over?: Window | Name
}

export interface Window {
  readonly pos: Position
  readonly base?: Name
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortItem[]
  readonly frame?: Frame
}

export interface Frame {
  readonly pos: Position
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: Bound
  readonly end?: Bound
}

export interface Bound {
  readonly k: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following'
  readonly value?: Expression
}

export interface SortItem {
  readonly pos: Position
  readonly value: Expression
  readonly descending: boolean
  readonly nulls?: 'first' | 'last'
}

export interface Query {
  readonly pos: Position
  readonly recursive: boolean
  readonly with: readonly CommonTable[]
  readonly body: QueryBody
  readonly orderBy: readonly SortItem[]
  readonly offset?: Expression
  readonly limit?: Expression
  readonly withTies?: boolean
  /** The limit is one of FETCH, which takes no 0. */
  readonly fetched?: boolean
}

export interface CommonTable {
  readonly name: Name
  readonly columns?: readonly Name[]
  readonly query: Query
}

export type QueryBody = { readonly pos: Position } & (
  | Select
  | Change
  | { readonly k: 'values'; readonly rows: readonly Expression[] }
  | { readonly k: 'table'; readonly name: QualifiedName }
  | { readonly k: 'query'; readonly query: Query }
  | {
      /** A query whose tree is kept by the planner's thread: of which text, with which tables and how many parameters. */
      readonly k: 'elsewhere'
      readonly sql: string
      readonly names: readonly QualifiedName[]
      readonly parameters: number
    }
  | {
      readonly k: 'set'
      readonly op: 'union' | 'intersect' | 'except'
      readonly all: boolean
      readonly left: QueryBody
      readonly right: QueryBody
    }
)

/** Rows of a table to be changed: those that `on` picks, beside the rows of `source` where there is one. */
export interface Change {
  readonly k: 'change'
  readonly verb: 'delete' | 'update' | 'merge'
  readonly target: { readonly k: 'tableRef'; readonly pos: Position; readonly name: QualifiedName; readonly alias?: Name }
  readonly source?: Relation
  readonly on?: Expression
  /** The first that fits a row says what becomes of it. */
  readonly cases: readonly ChangeCase[]
}

export interface ChangeCase {
  readonly pos: Position
  readonly matched: boolean
  readonly and?: Expression
  readonly action: 'update' | 'delete' | 'insert'
  /** Absent: all columns of the table. */
  readonly columns?: readonly Name[]
  readonly values: readonly Expression[]
}

export interface Select {
  readonly k: 'select'
  readonly distinct: boolean
  readonly items: readonly SelectItem[]
  readonly from?: Relation
  readonly where?: Expression
  readonly groupBy?: { readonly distinct: boolean; readonly elements: readonly GroupingElement[] }
  readonly having?: Expression
  readonly windows: readonly { readonly name: Name; readonly window: Window }[]
}

export type SelectItem =
  | {
      readonly k: 'all'
      readonly pos: Position
      readonly of?: Expression
      readonly aliases?: readonly Name[]
      /** `TABLE t`, which names the hidden columns too, though it does not show them. */
      readonly ofTable?: true
    }
  | { readonly k: 'one'; readonly pos: Position; readonly value: Expression; readonly alias?: Name }

export type GroupingElement =
  | { readonly k: 'simple'; readonly items: readonly Expression[] }
  | { readonly k: 'sets'; readonly sets: readonly (readonly Expression[])[] }
  | { readonly k: 'rollup' | 'cube'; readonly sets: readonly (readonly Expression[])[] }

export type Relation = { readonly pos: Position } & (
  | { readonly k: 'tableRef'; readonly name: QualifiedName }
  | { readonly k: 'derived'; readonly query: Query; readonly lateral: boolean }
  | { readonly k: 'unnest'; readonly items: readonly Expression[]; readonly ordinality: boolean }
  | { readonly k: 'aliased'; readonly relation: Relation; readonly alias: Name; readonly columns?: readonly Name[] }
  | {
      readonly k: 'join'
      readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'implicit'
      readonly left: Relation
      readonly right: Relation
      readonly on?: Expression
      readonly using?: readonly Name[]
      readonly natural?: boolean
    }
  | { readonly k: 'sample'; readonly relation: Relation; readonly method: 'bernoulli' | 'system'; readonly percentage: Expression }
)

export interface Property {
  readonly name: Name
  readonly value: Expression
}

/** A change of a table's definition; a column is named by the path that leads into it. */
export type Alteration =
  | {
      readonly k: 'add'
      readonly column: QualifiedName
      readonly type: TypeName
      readonly notNull: boolean
      readonly ifNotExists: boolean
      readonly comment?: string
      readonly place?: 'first' | { readonly after: Name }
    }
  | { readonly k: 'drop'; readonly column: QualifiedName; readonly ifExists: boolean }
  | { readonly k: 'rename'; readonly column: QualifiedName; readonly to: Name; readonly ifExists: boolean }
  | { readonly k: 'type'; readonly column: QualifiedName; readonly type: TypeName }
  | { readonly k: 'nullable'; readonly column: QualifiedName }
  | { readonly k: 'properties'; readonly properties: readonly Property[] }

export interface ColumnDefinition {
  readonly name: Name
  readonly type: TypeName
  readonly notNull: boolean
  readonly comment?: string
}

/** The columns of another table, with its properties where that is said. */
export interface LikeTable {
  readonly pos: Position
  readonly like: QualifiedName
  readonly including: boolean
}

export type Statement = { readonly pos: Position } & (
  | { readonly k: 'query'; readonly query: Query }
  | {
      readonly k: 'createTableAs'
      readonly name: QualifiedName
      readonly replace: boolean
      readonly ifNotExists: boolean
      readonly columns?: readonly Name[]
      readonly comment?: string
      readonly properties: readonly Property[]
      readonly query: Query
      readonly withData: boolean
    }
  | {
      readonly k: 'createTable'
      readonly name: QualifiedName
      readonly replace: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly (ColumnDefinition | LikeTable)[]
      readonly comment?: string
      readonly properties: readonly Property[]
    }
  | { readonly k: 'insert'; readonly name: QualifiedName; readonly columns?: readonly Name[]; readonly query: Query }
  | {
      readonly k: 'change'
      readonly verb: Change['verb']
      readonly name: QualifiedName
      /** What UPDATE sets. */
      readonly columns: readonly string[]
      /** DELETE without a condition. */
      readonly isWhole: boolean
      readonly query: Query
    }
  | { readonly k: 'truncate'; readonly name: QualifiedName }
  | {
      readonly k: 'createView'
      readonly name: QualifiedName
      readonly replace: boolean
      readonly comment?: string
      readonly security?: 'definer' | 'invoker'
      readonly properties: readonly Property[]
      readonly query: Query
      /** The query as it was written. */
      readonly text: string
    }
  | { readonly k: 'renameView'; readonly name: QualifiedName; readonly to: QualifiedName }
  | { readonly k: 'comment'; readonly on: 'table' | 'view' | 'column'; readonly name: QualifiedName; readonly comment?: string }
  | { readonly k: 'alterTable'; readonly name: QualifiedName; readonly ifExists: boolean; readonly change: Alteration }
  | {
      readonly k: 'tableExecute'
      /** Of the word TABLE. */
      readonly tablePos: Position
      readonly name: QualifiedName
      readonly procedure: Name
      readonly arguments: readonly CallArgument[]
      readonly where?: Expression
    }
  | { readonly k: 'call'; readonly name: QualifiedName; readonly arguments: readonly CallArgument[] }
  | { readonly k: 'dropTable'; readonly name: QualifiedName; readonly ifExists: boolean }
  | { readonly k: 'dropView'; readonly name: QualifiedName; readonly ifExists: boolean }
  | { readonly k: 'renameTable'; readonly name: QualifiedName; readonly to: QualifiedName; readonly ifExists: boolean }
  | { readonly k: 'createSchema'; readonly name: QualifiedName; readonly ifNotExists: boolean; readonly properties: readonly Property[] }
  | { readonly k: 'dropSchema'; readonly name: QualifiedName; readonly ifExists: boolean; readonly cascade: boolean }
  | { readonly k: 'showCatalogs'; readonly like?: Like }
  | { readonly k: 'showSchemas'; readonly catalog?: Name; readonly like?: Like }
  | { readonly k: 'showTables'; readonly schema?: QualifiedName; readonly like?: Like }
  | { readonly k: 'showColumns'; readonly table: QualifiedName; readonly like?: Like }
  | { readonly k: 'showFunctions'; readonly like?: Like }
  | { readonly k: 'showSession'; readonly like?: Like }
  | { readonly k: 'showCreate'; readonly what: 'table' | 'schema' | 'view'; readonly name: QualifiedName }
  | { readonly k: 'showStats'; readonly name: QualifiedName }
  | { readonly k: 'explain'; readonly type: string; readonly format: string; readonly analyze: boolean; readonly statement: Statement }
  | { readonly k: 'use'; readonly catalog?: Name; readonly schema: Name }
  | { readonly k: 'setSession'; readonly name: QualifiedName; readonly value: Expression }
  | { readonly k: 'resetSession'; readonly name: QualifiedName }
  | { readonly k: 'setTimeZone'; readonly zone?: Expression }
  | { readonly k: 'prepare'; readonly name: Name; readonly sql: string; readonly statement: Statement }
  | { readonly k: 'execute'; readonly name: Name; readonly using: readonly Expression[] }
  | { readonly k: 'executeImmediate'; readonly sql: string; readonly sqlPos: Position; readonly using: readonly Expression[] }
  | { readonly k: 'deallocate'; readonly name: Name }
  | { readonly k: 'describeInput' | 'describeOutput'; readonly name: Name }
  | { readonly k: 'startTransaction' | 'commit' | 'rollback' }
  | { readonly k: 'unsupported'; readonly what: string }
)

/** Of a procedure; by its position where it has no name. */
export interface CallArgument {
  readonly name?: Name
  readonly value: Expression
}

export interface Like {
  readonly pattern: string
  readonly escape?: string
}

/** Kinds of nodes below which there is none: of long lists most are such. */
const LEAVES: ReadonlySet<unknown> = new Set(['integer', 'string', 'decimal', 'double', 'boolean', 'null', 'binary'])

export const isLeaf = (node: object): boolean => LEAVES.has((node as { readonly k?: unknown }).k)

/** Visits the nodes and lists right below a node or a list, but for positions, which hold none. */
export function eachChild(node: object, visit: (child: object) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) if (item !== null && typeof item === 'object') visit(item)
    return
  }
  if (isLeaf(node)) return
  for (const key in node) {
    const child = (node as Readonly<Record<string, unknown>>)[key]
    if (child !== null && typeof child === 'object' && key !== 'pos') visit(child)
  }
}
