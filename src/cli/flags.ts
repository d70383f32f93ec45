// Flags that every command understands, and how numbers among flags are read.
import { InvalidArgumentError } from 'commander'
import { defineError } from '#kit/errors'
import { own } from '#kit/own'
import type { FlagValue } from '#platform/config'

export interface GlobalFlags {
  readonly home?: string
  readonly json?: boolean
  readonly set?: readonly string[]
}

/** Flags of one command, as commander gives them. */
export type Flags = GlobalFlags & Readonly<Record<string, unknown>>

const NoPair = defineError('flags.no_pair', 400, '--set {given} sets nothing', {
  hint: 'write --set KEY=VALUE; see `akko config` for the keys',
})

/** The flags that are settings, by their path in the configuration; one of its own goes before `--set`. */
export function configFlags(flags: Flags): Record<string, FlagValue> {
  const pairs = (flags.set ?? []).map((pair): [string, FlagValue] => {
    const at = pair.indexOf('=')
    if (at < 1) throw NoPair({ given: pair })
    return [pair.slice(0, at), { value: pair.slice(at + 1), flag: `--set ${pair.slice(0, at)}` }]
  })
  const own = [
    ['portOffset', flags.portOffset, '--port-offset'],
    ['demo', flags.demo, '--demo'],
  ] as const
  const given = own.flatMap(([key, value, flag]): [string, FlagValue][] => (value === undefined ? [] : [[key, { value, flag }]]))
  return Object.fromEntries([...pairs, ...given])
}

/** A flag of other verbs of the command, which this one would pass over: as it is spelled. */
export function foreignFlag(flags: Flags, spelled: Readonly<Record<string, string>>, taken: readonly string[] = []): string | undefined {
  return Object.entries(spelled).find(([name]) => flags[name] !== undefined && !taken.includes(name))?.[1]
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

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A flag's moment: so long ago (`90m`, `7d`), or a date with or without a time. */
export function moment(text: string): Date {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const date = amount === undefined ? new Date(text) : new Date(Date.now() - Number(amount) * (own(UNITS, unit) ?? 0) * 1000)
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It is 90m, 24h, 7d or a date such as 2026-11-28T09:00Z.')
  return date
}
