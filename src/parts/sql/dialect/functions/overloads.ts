// The choice that Trino makes between overloads for a null of no type: which of them it calls, and when it calls none since several would do.
import { asDecimal, commonType, isText, isUnknown, precision } from '#parts/sql/dialect/types'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** The type of an argument in a signature: a variable (`T`, `T1`), a plain type, one with numbers (`decimal(p,s)`), or one of others. */
export interface Formal {
  readonly text: string
  readonly base: string
  readonly children: readonly Formal[]
}

export interface Overload {
  readonly args: readonly Formal[]
  /** Whether a null is given to the function; of what is not, the call is null. */
  readonly nullable: readonly boolean[]
  /** The last argument may come any number of times. */
  readonly variadic: boolean
  readonly result: string
  /** The arguments as they are written. */
  readonly text: string
}

export type Given = TrinoType | 'function'

type Bindings = Map<string, TrinoType>

/** An overload with the types to which Trino would turn the arguments. */
interface Applicable {
  readonly overload: Overload
  readonly types: readonly Given[]
  /** As text, with the variables that no argument binds. */
  readonly result: string
}

export type Chosen = Applicable | 'ambiguous' | 'none'

/**
 * As FunctionBinder of Trino 476 finds it: an overload without type variables whose types are just those, then one with, then those that
 * need coercions, of which one that can call another stands before it; of several, those that only turn nulls.
 */
export function chosenOverload(overloads: readonly Overload[], given: readonly Given[]): Chosen {
  const isGeneric = (overload: Overload) => overload.args.some(hasVariable)
  for (const group of [overloads.filter((o) => !isGeneric(o)), overloads.filter(isGeneric)]) {
    const [exact, another] = applicable(group, given, false)
    if (exact) return another ? 'ambiguous' : exact
  }
  const fitting = applicable(overloads, given, true)
  if (fitting.length === 0) return 'none'
  const specific = mostSpecific(fitting)
  if (specific.length === 1) return specific[0] as Applicable
  if (!given.some(isNull)) return 'ambiguous'
  const ofNulls = fitting.filter(({ types }) => types.every((type, i) => isNull(given[i]) || same(type, given[i] as Given)))
  const left = ofNulls.length > 0 ? ofNulls : specific
  // Of those that are all null, Trino takes the last by its text.
  const textOf = ({ overload }: Applicable) => `${overload.text})`
  const first = left.reduce((last, one) => (textOf(one) > textOf(last) ? one : last))
  const isNullAnyway = left.every((one) => one.result === first.result && isNullOf(one, given))
  return left.length === 1 || isNullAnyway ? first : 'ambiguous'
}

/** Whether the call is null whatever the function does. */
export const isNullOf = ({ overload }: Applicable, given: readonly Given[]): boolean =>
  given.some((type, i) => isNull(type) && !overload.nullable[Math.min(i, overload.nullable.length - 1)])

const isNull = (given: Given | undefined): boolean => given !== undefined && given !== 'function' && isUnknown(given)
const same = (a: Given, b: Given): boolean => a === b || (a !== 'function' && b !== 'function' && t.sameType(a, b))
const isVariable = ({ text }: Formal): boolean => /^[a-z]\d?$/i.test(text)
const hasVariable = (formal: Formal): boolean => isVariable(formal) || formal.children.some(hasVariable)

function applicable(overloads: readonly Overload[], given: readonly Given[], coercing: boolean): Applicable[] {
  return overloads.flatMap((overload) => {
    const bound = bindAll(overload, given, coercing)
    return bound ? [{ overload, ...bound }] : []
  })
}

function mostSpecific(candidates: readonly Applicable[]): readonly Applicable[] {
  const kept: Applicable[] = []
  for (const candidate of candidates) {
    const at = kept.findIndex((other) => canCall(candidate, other) || canCall(other, candidate))
    if (at < 0) kept.push(candidate)
    else if (canCall(candidate, kept[at] as Applicable)) kept[at] = candidate
  }
  return kept
}

const canCall = (from: Applicable, to: Applicable): boolean => bindAll(to.overload, from.types, true) !== undefined

function bindAll(
  { args, variadic, result }: Overload,
  given: readonly Given[],
  coercing: boolean,
): Omit<Applicable, 'overload'> | undefined {
  if (variadic ? given.length < args.length - 1 : given.length !== args.length) return undefined
  const formals = given.map((_, i) => args[Math.min(i, args.length - 1)] as Formal)
  const bindings: Bindings = new Map()
  if (!given.every((type, i) => solve(formals[i] as Formal, type, bindings))) return undefined
  const types = formals.map((formal) => bound(formal, bindings))
  const fits = (type: Given | undefined, i: number) =>
    type !== undefined && (coercing ? accepts(given[i] as Given, type) : same(type, given[i] as Given))
  if (!types.every(fits)) return undefined
  return { types: types as Given[], result: [...bindings].reduce(withType, result) }
}

const withType = (result: string, [name, type]: [string, TrinoType]): string =>
  name.includes('(')
    ? result.replaceAll(name, t.printType(type))
    : result.replaceAll(/\w+/g, (word) => (word === name ? t.printType(type) : word))

/** Variables and numbers become such as hold what is given too. */
function solve(formal: Formal, given: Given, bindings: Bindings): boolean {
  if (formal.base === 'function' || given === 'function') return formal.base === given
  if (isVariable(formal)) return widen(formal.text, given, bindings)
  if (formal.children.length > 0) {
    const children = isUnknown(given) ? formal.children.map(() => t.UNKNOWN) : given.children
    return (
      formal.children.length === children.length && formal.children.every((child, i) => solve(child, children[i] as TrinoType, bindings))
    )
  }
  if (!formal.text.includes('(')) return true
  if (/\(\d/.test(formal.text)) return isUnknown(given) || given.base === formal.base
  const own = ofBase(given, formal.base)
  return own !== undefined && widen(formal.text, own, bindings)
}

function widen(name: string, type: TrinoType, bindings: Bindings): boolean {
  const before = bindings.get(name)
  const common = before ? commonType(before, type) : type
  if (common) bindings.set(name, common)
  return common !== undefined
}

/** The least type of a base that holds the values of another. */
function ofBase(given: TrinoType, base: string): TrinoType | undefined {
  if (given.base === base) return given
  if (isUnknown(given)) return NULLS.get(base)
  if (base === 'decimal') return /^(tiny|small|big)?int(eger)?$/.test(given.base) ? asDecimal(given) : undefined
  const digits = given.base === 'date' ? 0 : precision(given)
  if (base === 'char' && given.base === 'varchar') return t.simple('char', Math.min(given.numbers[0] ?? MOST_CHARS, MOST_CHARS))
  if (base === 'timestamp' && given.base === 'date') return t.timestamp(digits)
  if (base === 'timestamp with time zone' && /^(date|timestamp)$/.test(given.base)) return t.timestampTz(digits)
  return base === 'time with time zone' && given.base === 'time' ? t.zonedTime(digits) : undefined
}

const MOST_CHARS = 65536

/** Of what type a null becomes where only the base is known. */
const NULLS: ReadonlyMap<string, TrinoType> = new Map(
  [t.varchar(0), t.simple('char', 0), t.decimal(1, 0), t.timestamp(3), t.timestampTz(3), t.simple('time', 3), t.zonedTime(3)].map(
    (type) => [type.base, type],
  ),
)

function bound(formal: Formal, bindings: Bindings): Given | undefined {
  if (formal.base === 'function') return 'function'
  const known = bindings.get(formal.text)
  if (known) return known
  if (isVariable(formal)) return undefined
  if (formal.children.length === 0) return formal.text.includes('(') ? t.parseType(formal.text) : t.simple(formal.base)
  const children = formal.children.map((child) => bound(child, bindings))
  return children.every((child) => child !== undefined && child !== 'function')
    ? { base: formal.base, numbers: [], children: children as TrinoType[] }
    : undefined
}

/** Types that are made of texts alone. */
export const isOfText = ({ base }: TrinoType): boolean => /^(joniregexp|jsonpath|codepoints)$/.test(base)

function accepts(given: Given, wanted: Given): boolean {
  if (given === 'function' || wanted === 'function') return given === wanted
  if (isUnknown(given) || same(given, wanted)) return true
  if (isOfText(wanted)) return isText(given)
  if (isOfText(given)) return false
  const common = commonType(given, wanted)
  return common !== undefined && t.sameType(common, wanted)
}

/** Reads `varchar(x), bigint -> varchar(x)`, also without arguments; `?` after those that may be null, `...` after the last one. */
export function readOverload(line: string): Overload {
  const [list, result] = line.split(/ ?-> /) as [string, string]
  const parts = splitTypes(list)
  return {
    args: parts.map((part) => readFormal(part.replace(/\??(\.\.\.)?$/, ''))),
    nullable: parts.map((part) => /\?(\.\.\.)?$/.test(part)),
    variadic: parts.at(-1)?.endsWith('...') ?? false,
    result,
    text: list.replaceAll(/\?|\.\.\./g, ''),
  }
}

function readFormal(text: string): Formal {
  const [, name = text, list, rest = ''] = /^([^()]+)\((.*)\)( [a-z ]+)?$/.exec(text) ?? []
  const base = `${name}${rest}`
  const isNested = list !== undefined && (OF_TYPES.has(name) || name === 'function')
  return { text, base, children: isNested ? splitTypes(list).map(readFormal) : [] }
}

const OF_TYPES: ReadonlySet<string> = new Set(['array', 'map', 'row', 'qdigest'])

function splitTypes(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [i, c] of [...list, ','].entries()) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0
    if (c !== ',' || depth > 0) continue
    if (list.slice(from, i).trim() !== '') parts.push(list.slice(from, i).trim())
    from = i + 1
  }
  return parts
}
