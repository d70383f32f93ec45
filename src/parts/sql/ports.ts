// What the SQL part needs of others, as ports: the engine that runs, the connectors that read and write, the lake's files.

import type { Caller } from '#kit/access'
import type { Quantity } from '#kit/quantity'
import type { Printed, Sql } from '#wire/duckdb/sql'
import type { Engine as EngineOf, ParquetOutput } from '#wire/engine/protocol'
import type { TrinoType } from '#wire/trino/type'

/** The longest statement that the engine is given, in characters. */
export const MAX_STATEMENT = 64 * 1024 * 1024

/** A column as a client of SQL sees it. */
export interface ColumnInfo {
  readonly name: string
  /** Trino type text: `bigint`, `varchar`, `decimal(12,2)`, `timestamp(6) with time zone`, `array(bigint)`. */
  readonly type: string
  readonly nullable: boolean
  readonly comment?: string
  /** Names of fields that its values hold and its type does not tell. */
  readonly nested?: readonly string[]
}

/** A column that no listing shows and `*` leaves out. */
export interface HiddenColumn extends ColumnInfo {
  /** It is refused by its name. */
  readonly unserved?: true
}

export interface TableInfo {
  readonly schema: string
  readonly table: string
  readonly kind: 'table' | 'view'
  readonly columns: readonly ColumnInfo[]
  readonly hidden?: readonly HiddenColumn[]
  /** Partition expressions as Trino prints them: `month(booked_at)`. */
  readonly partitioning?: readonly string[]
  /** What SHOW CREATE prints behind WITH, in its order. */
  readonly properties?: readonly (readonly [name: string, value: string | number | readonly string[]])[]
  readonly comment?: string
  /** Of a view whose text is kept, and not one that its source makes the rows of. */
  readonly view?: ViewInfo
}

export interface ViewInfo {
  /** Trino SQL; absent where the view is written in other dialects only. */
  readonly sql?: string
  readonly dialects: readonly string[]
  /** What completes the names in it. */
  readonly catalog: string | undefined
  readonly schema: string | undefined
  /** Whose rights it is read with; absent: those of who reads it. */
  readonly owner?: string
  /** His account: a name may come back for somebody else. */
  readonly ownerAccount?: string
}

export type Literal = string | number | bigint | boolean | null

/** A condition that a source may use to read less. The engine applies the whole predicate again; ignoring one is correct. */
export interface Pushdown {
  readonly column: string
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'in' | 'is null' | 'is not null'
  /** Values as Trino literals of the column's type (dates and timestamps as ISO text). */
  readonly values: readonly Literal[]
}

/** One running query, as its connectors see it. */
export interface QueryContext {
  readonly queryId: string
  readonly caller: Caller
  /** The query's own folder (0700): the only place that the engine may open. */
  readonly spool: string
  /** Aborted by cancel, failure and shutdown. */
  readonly signal: AbortSignal
  /** Aborted when the query is over, however it ended. */
  readonly over: AbortSignal
}

export interface ScanRequest {
  readonly schema: string
  readonly table: string
  /** The columns that the query uses; never empty (a bare count asks for one). */
  readonly columns: readonly string[]
  /** Of the statement, or of the policy where that filters the table's rows: never of both. */
  readonly predicates: readonly Pushdown[]
  /** As whom it is read: the owner of a view around it. Absent: the query's caller. */
  readonly reader?: Caller
  /** The state that `at` told. Absent: the one of now. */
  readonly snapshot?: bigint
}

/** A state of a table: by its id, by the name of a branch or a tag, or the one that was current at a time (milliseconds since 1970). */
export type Pointer = { readonly id: bigint } | { readonly ref: string } | { readonly millis: number }

export interface PastTable {
  readonly now: TableInfo
  readonly past: TableInfo
  readonly snapshot: bigint
  /** Whether the columns then were those of now. */
  readonly sameColumns: boolean
}

/** Names of the columns that tell where each row of a table is, in a scan of one whose rows are changed: none of its own has them. */
export interface PlaceNames {
  readonly file: string
  readonly position: string
}

/** What becomes of a row, as the first column of a change says. */
export const OPERATION = { delete: 1, update: 2, insert: 3 } as const

export interface PreparedScan {
  /**
   * A DuckDB table expression with exactly the requested columns, by name, in DuckDB types faithful to the Trino types.
   * It may be read once: each mention of a table is a scan of its own, and a CTE that is used twice has to be MATERIALIZED.
   */
  readonly relation: Sql
  /**
   * Feeds a pipe while the engine reads; rejects when the source fails: then the query fails, whatever the engine said.
   * Begin it with the run; when the run is over, `close()` first (the engine may have needed less, or nothing), then await it.
   */
  feed?(): Promise<void>
  /** Bytes of the source read so far. */
  scannedBytes(): number
  readonly splits: number
  /** Ends the feed and gives leases back; idempotent. */
  close(): Promise<void>
}

export interface TableDefinition {
  readonly schema: string
  readonly table: string
  readonly columns: readonly ColumnInfo[]
  /** `month(booked_at)`, `bucket(id, 16)`, `region`. */
  readonly partitioning: readonly string[]
  readonly comment?: string
  readonly properties: Readonly<Record<string, string>>
}

/** A change of a table's definition. A path leads from a column into it: names of fields, `element` of an array, `value` of a map. */
export type TableAlteration =
  | {
      readonly k: 'add'
      readonly path: readonly string[]
      readonly type: string
      /** Absent: a value may be missing. */
      readonly notNull?: true
      readonly comment?: string
      /** Last where it is not told. */
      readonly place?: 'first' | { readonly after: string }
    }
  | { readonly k: 'drop' | 'nullable'; readonly path: readonly string[] }
  | { readonly k: 'rename'; readonly path: readonly string[]; readonly to: string }
  | { readonly k: 'type'; readonly path: readonly string[]; readonly type: string }
  /** Of the table where the path is empty; no text takes it away. */
  | { readonly k: 'comment'; readonly path: readonly string[]; readonly text?: string }
  | { readonly k: 'properties'; readonly partitioning?: readonly string[]; readonly properties: Readonly<Record<string, string>> }

/** A write in two steps: the engine copies into the spool, then the connector commits. */
export interface PreparedWrite {
  /** The query of what is written: the rows of `select` (columns in the order of the target) as the target stores them. */
  query(select: Sql): Sql
  readonly output: ParquetOutput
  /** Commits what the engine wrote; resolves with the rows written. Throws a retryable conflict after its own retries. */
  commit(): Promise<{ readonly rows: number }>
  abort(): Promise<void>
}

/**
 * A change of rows. What is written first is a row for each: operation, file and position of the row, then its new values by the
 * table's columns. The rows are those of the state that `scan` reads; the commit throws a retryable conflict where others changed them.
 */
export interface PreparedChange extends PreparedWrite {
  /** The target's rows, and where each is. */
  scan(request: ScanRequest, place: PlaceNames): Promise<PreparedScan>
}

/** The fields of a row that is a value. */
export class Fields {
  readonly values: readonly Cell[]

  constructor(values: readonly Cell[]) {
    this.values = values
  }
}

/** A value of a row that is made here; days and times may be ISO texts. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Buffer
  | null
  | undefined
  | Fields
  | readonly Cell[]
  | ReadonlyMap<Cell, Cell>

/** Tables that tell about a table, such as `t$snapshots`, which `scan` reads like others. */
export interface ConnectorDetails {
  /** What such a name stands for; undefined for one of a table. */
  of(name: string): { readonly table: string; readonly kind: string } | undefined
  /** Of a table that the caller may read whole. */
  columns(caller: Caller, schema: string, table: string, kind: string): Promise<readonly ColumnInfo[] | undefined>
}

/** One SQL catalogue. Every method asks the authoriser for the caller before it answers. */
export interface Connector {
  /** As Trino names a connector of the kind. */
  readonly name: string
  listSchemas(caller: Caller): Promise<readonly string[]>
  listTables(caller: Caller, schema: string): Promise<readonly { readonly name: string; readonly kind: 'table' | 'view' }[]>
  /** Undefined when there is none, or none that the caller may know of. */
  table(caller: Caller, schema: string, table: string): Promise<TableInfo | undefined>
  /** A table as it was. Absent on a connector of tables that have no past. */
  at?(caller: Caller, schema: string, table: string, pointer: Pointer): Promise<PastTable | undefined>
  /** Absent on a connector whose tables have none. */
  readonly details?: ConnectorDetails
  scan(context: QueryContext, request: ScanRequest): Promise<PreparedScan>
  /** Absent on a connector that only reads. */
  readonly writes?: ConnectorWrites
  /** Absent on one that keeps no views. */
  readonly views?: ConnectorViews
}

export interface ViewDefinition {
  readonly schema: string
  readonly view: string
  readonly columns: readonly ColumnInfo[]
  readonly sql: string
  readonly catalog: string
  readonly namespace: string
  readonly comment?: string
  /** Whether it is read with the rights of who makes it. */
  readonly definer: boolean
}

export interface ConnectorViews {
  /** The type in which a view keeps a column of its query. */
  stored(type: TrinoType): TrinoType
  create(caller: Caller, view: ViewDefinition): Promise<void>
  replace(caller: Caller, view: ViewDefinition): Promise<void>
  drop(caller: Caller, schema: string, view: string): Promise<void>
  rename(caller: Caller, from: { schema: string; table: string }, to: { schema: string; table: string }): Promise<void>
  /** Of the view, or of a column of it; undefined removes it. */
  comment(caller: Caller, schema: string, view: string, column: string | undefined, comment: string | undefined): Promise<void>
}

/** A column as the statement was analysed with it: one that is another by now is a conflict. */
export type WrittenColumn = Pick<ColumnInfo, 'name' | 'type'>

export interface RowChange {
  /** The table's, in the order of what is written. */
  readonly columns: readonly WrittenColumn[]
  /** Names of those that an update gives a value. */
  readonly updated: readonly string[]
  /** Whether rows may be added. */
  readonly inserts: boolean
  /** Every row is deleted. */
  readonly isWhole: boolean
}

/** What keeps a table healthy: ALTER TABLE t EXECUTE. */
export interface TableProcedure {
  /** By name, in their order. Where one is left out the procedure knows what is meant. */
  readonly parameters: Readonly<Record<string, 'duration' | 'size'>>
  /** Whether it may be asked for a part of the rows. */
  readonly filtered: boolean
  run(context: QueryContext, schema: string, table: string, given: ProcedureValues): Promise<void>
}

export interface ProcedureValues {
  readonly values: Readonly<Record<string, Quantity>>
  /** What the session says to the catalogue. */
  readonly session: Readonly<Record<string, string>>
}

export interface ConnectorWrites {
  readonly traits: {
    /** Tables have properties, which WITH tells. */
    readonly properties: boolean
    /** Columns that an INSERT does not name have defaults of the source's own; they are left out of what is written. */
    readonly defaults: boolean
    /** A column that is added may be one without NULL. */
    readonly addsNotNull: boolean
    /** What a schema holds is dropped with it, one by one. */
    readonly cascade: boolean
  }
  /** The type in which a table keeps a column of a query. */
  stored(type: TrinoType): TrinoType
  createSchema(caller: Caller, schema: string): Promise<void>
  dropSchema(caller: Caller, schema: string): Promise<void>
  createTable(caller: Caller, table: TableDefinition): Promise<void>
  dropTable(caller: Caller, schema: string, table: string): Promise<void>
  alterTable(caller: Caller, schema: string, table: string, change: TableAlteration): Promise<void>
  renameTable(caller: Caller, from: { schema: string; table: string }, to: { schema: string; table: string }): Promise<void>
  /** Table and rows appear in one commit, or not at all. */
  createTableAs(context: QueryContext, table: TableDefinition): Promise<PreparedWrite>
  /** Another definition, and no rows, for a table that is there; what it was stays in its history. */
  replaceTable(caller: Caller, table: TableDefinition): Promise<void>
  replaceTableAs(context: QueryContext, table: TableDefinition): Promise<PreparedWrite>
  insert(context: QueryContext, schema: string, table: string, columns: readonly WrittenColumn[]): Promise<PreparedWrite>
  change(context: QueryContext, schema: string, table: string, change: RowChange): Promise<PreparedChange>
  truncate(context: QueryContext, schema: string, table: string): Promise<void>
  /** By name. */
  readonly procedures?: Readonly<Record<string, TableProcedure>>
}

/** The account of this name as it is now; undefined where there is none, or it is disabled. Throws while nobody can say. */
export type PersonNow = (username: string) => Promise<Pick<Caller, 'account' | 'rightsVersion' | 'roles'> | undefined>

/** What is known that the caller has lost since: his account, which is closed or gone, or some of his rights. */
export type LossOf = (caller: Caller) => 'account' | 'rights' | undefined

/** The roles that the owner of a view has now; undefined where the account is gone, disabled, or another's. Throws while nobody can say. */
export type OwnerRoles = (owner: string, account: string | undefined) => Promise<readonly string[] | undefined>

/** The engine as the SQL part sees it: a disposable process behind a private socket, given authorised, rewritten statements of the dialect. */
export type Engine = EngineOf<Printed>

/** An object below a folder. */
export interface StoredFile {
  readonly uri: string
  /** Bytes. */
  readonly size: number
  /** When it was last written; milliseconds since the epoch. */
  readonly modified: number
}

/** The lake's files: how the SQL part reads and writes objects without copying them through HTTP. Implemented by storage. */
export interface LakeFiles {
  /** Hard links (or cached copies) in the query's spool, in the order asked; released with the query. */
  lease(
    caller: Caller,
    queryId: string,
    uris: readonly string[],
  ): Promise<readonly { readonly uri: string; readonly path: string; readonly size: number }[]>
  /** A fresh folder for the query, 0700, on the store's own file system. */
  open(caller: Caller, queryId: string): Promise<{ readonly spool: string }>
  /** Makes files of the spool objects, durable before it resolves. They are on record as the query's until `settle` or `discard`. */
  adopt(caller: Caller, queryId: string, files: readonly { readonly path: string; readonly uri: string }[]): Promise<void>
  /** A commit names these files: they are kept. */
  settle(caller: Caller, queryId: string, uris: readonly string[]): Promise<void>
  /** No commit names these files, nor ever will: those that the query adopted are removed. */
  discard(caller: Caller, queryId: string, uris: readonly string[]): Promise<void>
  /** What lies below the folder, which is a URI without a slash at its end. */
  list(caller: Caller, queryId: string, folder: string): AsyncIterable<StoredFile>
  /** Removes those of them that were last written before then (milliseconds since the epoch); resolves with how many. Leases keep their bytes. */
  remove(caller: Caller, queryId: string, uris: readonly string[], before: number): Promise<number>
  /** Ends all leases of the query and removes its folder. */
  release(caller: Caller, queryId: string): Promise<void>
}
