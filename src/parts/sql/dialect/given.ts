import type { Context } from '#parts/sql/dialect/context'
import type { Typed } from '#parts/sql/dialect/types'
import type { Call, Position } from '#parts/sql/syntax/ast'

/** A call to a function with a rule of its own. */
export interface Given {
  readonly name: string
  readonly e: Call
  readonly pos: Position
  readonly ctx: Context
  readonly args: readonly Typed[]
}
