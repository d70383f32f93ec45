// What goes between the engine and a process that holds one instance for one owner.
import type { Changing, DatabaseOptions } from '#parts/engine/database'
import type { EngineColumn, WireError } from '#wire/engine/protocol'

/** Sessions are named by numbers of the one who asks. */
export interface Calls {
  open(options: DatabaseOptions): Promise<void>
  /** From now on it runs when no other process wants to. */
  giveWay(): Promise<void>
  bound(name: keyof Changing, value: number): Promise<void>
  take(session: number): Promise<void>
  give(session: number, spent: boolean): Promise<void>
  admit(session: number, sql: string, spool: string): Promise<void>
  describe(session: number, sql: string): Promise<EngineColumn[]>
  prepare(session: number, copy: string): Promise<void>
  execute(session: number): Promise<number>
  interrupt(session: number): Promise<void>
  percent(session: number): Promise<number | undefined>
}

export type Ask = {
  readonly [K in keyof Calls]: { readonly id: number; readonly call: K; readonly args: Parameters<Calls[K]> }
}[keyof Calls]

/** The engine's own error, or the text of DuckDB's. */
export type Failure = { readonly known: WireError } | { readonly text: string }
export type Reply =
  | { readonly id: number; readonly result: Awaited<ReturnType<Calls[keyof Calls]>> }
  | { readonly id: number; readonly failure: Failure }
/** The first that a process says: which of those that were begun it is. */
export interface Hello {
  readonly hello: string
  readonly pid: number
}
