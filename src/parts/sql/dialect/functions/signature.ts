// Functions as a table of lines, `name(types) -> type | DuckDB template`, and the choice of an overload for given arguments.

import type { Session } from '#parts/sql/dialect/analysis'
import {
  canCoerce,
  coerce,
  commonType,
  isApproximate,
  isInteger,
  isNumeric,
  isText,
  isUnknown,
  ofNoPlace,
  type Typed,
} from '#parts/sql/dialect/types'
import { inSession, instantOf, isMoment } from '#parts/sql/dialect/zoned'
import { fillTemplate, join, parseTemplate, type Sql, sql, type Template } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** A type in a signature: a name, a variable (one capital letter), or a constructor of others. */
interface Pattern {
  readonly name: string
  readonly children: readonly Pattern[]
}

export interface Signature {
  readonly name: string
  readonly args: readonly Pattern[]
  /** The last argument may come any number of times. */
  readonly variadic: boolean
  readonly result: Pattern
  /** `$1` an argument, `$*` all; in aggregates `{d}` DISTINCT, `{o}` ORDER BY, `{n}` null treatment, `{s}` FILTER and OVER; in scalars `{e}`, `{u}` failures, and in windows `{e}` in the place of a bigint. */
  readonly template: Template
  readonly text: string
}

/** Reads a table that is written in a source file (a tag, so that no other text gets in); blank lines and those with `#` are skipped. */
export function signatures({ raw: [table] }: TemplateStringsArray): Signature[] {
  return (table as string)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const bar = line.indexOf(' | ')
      const text = line.slice(0, bar).trim()
      const match = /^(\w+)\((.*)\) -> (.+)$/.exec(text)
      if (!match || bar < 0) throw new Error(`not a signature: ${line}`)
      const [, name, list, result] = match as unknown as [string, string, string, string]
      const parts = splitList(list)
      const variadic = parts.at(-1)?.endsWith('...') ?? false
      return {
        name,
        args: parts.map((p) => pattern(p.replace('...', ''))),
        variadic,
        result: pattern(result),
        template: parseTemplate(line.slice(bar + 3).trim()),
        text,
      }
    })
}

export type Bindings = Map<string, TrinoType>
/** An argument: a value, or a lambda that is analysed when the types of its parameters are known. */
export type Argument = Typed | { readonly lambda: (params: readonly TrinoType[]) => Lambda; readonly arity: number }

export interface Lambda {
  readonly names: readonly Sql[]
  readonly body: Typed
}

export interface Match {
  readonly signature: Signature
  readonly args: readonly Typed[]
  readonly type: TrinoType
  readonly bindings: Bindings
}

/** The overload that needs the fewest coercions; undefined when none fits. */
export function choose(signatures: readonly Signature[], args: readonly Argument[], session: Session): Match | undefined {
  let best: { match: Match; cost: number } | undefined
  for (const signature of signatures) {
    const tried = attempt(signature, args, session)
    if (tried && (!best || tried.cost < best.cost)) best = tried
  }
  return best?.match
}

function attempt(signature: Signature, args: readonly Argument[], session: Session): { match: Match; cost: number } | undefined {
  const { variadic } = signature
  if (variadic ? args.length < signature.args.length - 1 : args.length !== signature.args.length) return undefined
  const patternOf = (i: number) => signature.args[Math.min(i, signature.args.length - 1)] as Pattern
  const bindings: Bindings = new Map()
  for (const [i, arg] of args.entries()) {
    if ('lambda' in arg) {
      if (patternOf(i).name !== 'fn') return undefined
    } else if (patternOf(i).name === 'fn' || !bind(patternOf(i), arg.type, bindings)) return undefined
  }
  let cost = 0
  const values: Typed[] = []
  for (const [i, arg] of args.entries()) {
    const p = patternOf(i)
    if ('lambda' in arg) {
      const params = p.children.slice(0, -1).map((c) => substitute(c, bindings))
      if (params.length !== arg.arity || params.some((x) => x === undefined)) return undefined
      const { names, body } = arg.lambda(params as TrinoType[])
      const result = p.children.at(-1) as Pattern
      if (!bind(result, body.type, bindings)) return undefined
      const want = substitute(result, bindings) as TrinoType
      // What a lambda makes is of a type that is fixed just that, a null of no type neither.
      if (isVariable(result.name.split(':')[0] as string) ? !canCoerce(body.type, want) : !t.sameType(body.type, want)) return undefined
      if (!t.sameType(body.type, want)) cost += distance(body.type, want)
      values.push({ type: want, sql: sql`lambda ${join(names)}: ${coerce(body, want).sql}` })
      continue
    }
    const want = substitute(p, bindings, arg.type)
    if (!want || !canCoerce(arg.type, want)) return undefined
    if (!t.sameType(arg.type, want)) cost += distance(arg.type, want)
    const value = ofNoPlace(arg)
    values.push(p.name === 'timestamptz' ? asInstant(value, want, session) : coerce(value, want, session))
  }
  const type = substitute(signature.result, bindings)
  return type ? { match: { signature, args: values, type, bindings }, cost } : undefined
}

function distance(from: TrinoType, to: TrinoType): number {
  if (from.base === to.base) return 0
  if (isUnknown(from)) return 1
  if (isInteger(from)) return to.base === 'bigint' ? 1 : isInteger(to) ? 1 : to.base === 'decimal' ? 2 : 3
  if (from.base === 'decimal' && isApproximate(to)) return 2
  return 1
}

/** Of a moment in any zone. */
function asInstant(arg: Typed, want: TrinoType, session: Session): Typed {
  const moment = isUnknown(arg.type) || isMoment(arg.type) ? arg : inSession(session, arg, want.numbers[0] ?? 3)
  return moment.type.zoned ? { sql: instantOf(moment), type: want } : coerce(moment, want)
}

const isVariable = (name: string): boolean => /^[A-Z]$/.test(name)
const CONSTRAINTS = new Map<string, (type: TrinoType) => boolean>(
  Object.entries({
    number: isNumeric,
    text: isText,
    integers: isInteger,
    decimal: (type: TrinoType) => type.base === 'decimal',
    timestamp: (type: TrinoType) => type.base === 'timestamp',
    timestamptz: (type: TrinoType) => type.base === 'timestamp with time zone',
    moment: (type: TrinoType) => type.base === 'date' || type.base.startsWith('timestamp'),
    time: (type: TrinoType) => type.base === 'time',
    row: (type: TrinoType) => type.base === 'row',
    char: (type: TrinoType) => type.base === 'char',
    exact: (type: TrinoType) =>
      !isApproximate(type) && type.children.length === 0 && type.base !== 'json' && !type.base.startsWith('interval'),
  }),
)

function bind(p: Pattern, type: TrinoType, bindings: Bindings): boolean {
  const [name, constraint] = p.name.split(':') as [string, string | undefined]
  if (isVariable(name)) {
    if (constraint && !isUnknown(type) && !CONSTRAINTS.get(constraint)?.(type)) return false
    const own = constraint === 'text' ? (isUnknown(type) ? t.VARCHAR : t.simple('varchar', ...type.numbers)) : type
    const bound = bindings.get(name)
    const common = bound ? commonType(bound, own) : own
    if (!common) return false
    bindings.set(name, common)
    return true
  }
  if (p.children.length > 0 && name !== 'fn') {
    if (isUnknown(type)) return true
    return type.base === name && p.children.every((child, i) => bind(child, type.children[i] as TrinoType, bindings))
  }
  return true
}

function substitute(p: Pattern, bindings: Bindings, given?: TrinoType): TrinoType | undefined {
  const name = p.name.split(':')[0] as string
  if (isVariable(name)) return bindings.get(name)
  if (p.children.length > 0) {
    const children = p.children.map((child, i) => substitute(child, bindings, given?.children[i]))
    return children.every((c) => c !== undefined) ? { base: name, numbers: [], children: children as TrinoType[] } : undefined
  }
  if (name === 'varchar' && given?.base === 'varchar') return given
  if (name === 'timestamp' || name === 'timestamptz') {
    const base = name === 'timestamp' ? 'timestamp' : 'timestamp with time zone'
    return t.simple(base, given?.numbers[0] ?? 3)
  }
  return t.parseType(name)
}

function pattern(text: string): Pattern {
  const trimmed = text.trim()
  const open = trimmed.indexOf('(')
  if (open < 0 || /^((decimal|varchar|timestamp|char)\(\d|row\(\w+ )/.test(trimmed)) return { name: trimmed, children: [] }
  return { name: trimmed.slice(0, open), children: splitList(trimmed.slice(open + 1, -1)).map(pattern) }
}

function splitList(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    const c = text[i]
    if (c === '(') depth++
    else if (c === ')') depth--
    else if ((c === ',' && depth === 0) || c === undefined) {
      if (text.slice(start, i).trim() !== '') parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return parts
}

/** A signature's SQL with its arguments, and with the clauses of an aggregate's or a window's call. */
export function apply(template: Template, args: readonly Typed[], marks?: ReadonlyMap<string, Sql>): Sql {
  return fillTemplate(
    template,
    args.map((a) => a.sql),
    marks,
  )
}
