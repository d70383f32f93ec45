// Flags that every command understands.

export interface GlobalFlags {
  readonly home?: string
  readonly json?: boolean
  readonly set?: readonly string[]
}

/** Flags of one command, as commander gives them. */
export type Flags = GlobalFlags & Readonly<Record<string, unknown>>

/** The flags that are settings, by their path in the configuration. */
export function configFlags(flags: Flags): Record<string, unknown> {
  const set = Object.fromEntries((flags.set ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  return { ...set, portOffset: flags.portOffset, demo: flags.demo }
}
