// Flags that every command understands, and how numbers among flags are read.
import { InvalidArgumentError } from 'commander'

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

/** A flag's whole number; anything else is refused, as a number that it was not would be worse. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number, 0 or more.')
  return Number(text)
}

/** A flag's number above 0. */
export function positiveNumber(text: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('It is a number above 0.')
  return Number(text)
}
