// Sets of a table's columns, whose names are one whatever their case.
import { fold } from '#parts/policy/patterns'

export type Columns = 'all' | ReadonlySet<string>

export const columnsNamed = (names: readonly string[]): Columns => new Set(names.map(fold))

export const union = (sets: readonly Columns[]): Columns =>
  sets.includes('all') ? 'all' : new Set(sets.flatMap((set) => (set === 'all' ? [] : [...set])))

export const has = (columns: Columns, name: string): boolean => columns === 'all' || columns.has(fold(name))

export const isEmpty = (columns: Columns): boolean => columns !== 'all' && columns.size === 0

/** Whether all of `some` are among `columns`. */
export const includes = (columns: Columns, some: Columns): boolean =>
  columns === 'all' || (some !== 'all' && [...some].every((name) => columns.has(name)))
