// Flags that every command understands.

export interface GlobalFlags {
  readonly home?: string
  readonly json?: boolean
  readonly set?: readonly string[]
}

/** Flags of one command, as commander gives them. */
export type Flags = GlobalFlags & Readonly<Record<string, unknown>>
