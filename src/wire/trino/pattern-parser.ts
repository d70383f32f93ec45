// Regular expressions as Trino's library reads them with Java's syntax, as a tree. What is not served is told apart from what is malformed.
import { own } from '#kit/own'

/** `malformed` is an error in Trino too. */
/** The text holds nothing of the pattern; `detail` does. */
export class BadPattern extends Error {
  readonly malformed: boolean
  readonly detail: string | undefined
  constructor(text: string, malformed = true, detail?: string) {
    super(text)
    this.malformed = malformed
    this.detail = detail
  }
}

export type Test = (point: number) => boolean

export type Node =
  | { readonly k: 'test'; readonly test: Test }
  | { readonly k: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly k: 'repeat'; readonly part: Node; readonly least: number; readonly most: number; readonly mode: '' | '?' | '+' }
  | { readonly k: 'group'; readonly part: Node; readonly index: number }
  | { readonly k: 'atomic'; readonly part: Node }
  | { readonly k: 'look'; readonly part: Node; readonly behind: boolean; readonly negated: boolean }
  | { readonly k: 'back'; readonly index: number; readonly fold: boolean }
  | { readonly k: 'at'; readonly what: 'start' | 'end' | 'lastLine' | 'lineStart' | 'lineEnd' | 'border' | 'noBorder' }

export interface Pattern {
  readonly node: Node
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
}

const DEEPEST = 200
const MOST_TIMES = 1000
const LINE = 10
const unserved = (what: string) => new BadPattern(`a regular expression with ${what} is not served here yet`, false)
const unservedEscape = (what: string) =>
  new BadPattern('a regular expression with such an escape is not served here yet', false, unserved(what).message)
const malformed = () => new BadPattern('Malformed regular expression')

const isDigit: Test = (c) => c >= 48 && c <= 57
const isWord: Test = (c) => isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95
const isSpace: Test = (c) => c === 32 || (c >= 9 && c <= 13)
const not =
  (test: Test): Test =>
  (c) =>
    !test(c)
const CLASSES: ReadonlyMap<string, Test> = new Map([
  ['d', isDigit],
  ['w', isWord],
  ['s', isSpace],
  ['D', not(isDigit)],
  ['W', not(isWord)],
  ['S', not(isSpace)],
])
const CONTROLS: ReadonlyMap<string, number> = new Map(Object.entries({ t: 9, n: 10, r: 13, f: 12, a: 7, e: 27, v: 11 }))

const folded = (c: number): number => String.fromCodePoint(c).toUpperCase().toLowerCase().codePointAt(0) as number
/** General categories of Unicode. */
const CATEGORIES: Readonly<Record<string, RegExp>> = {
  L: /^\p{L}$/u,
  Lu: /^\p{Lu}$/u,
  Ll: /^\p{Ll}$/u,
  Lt: /^\p{Lt}$/u,
  Lm: /^\p{Lm}$/u,
  Lo: /^\p{Lo}$/u,
  M: /^\p{M}$/u,
  Mn: /^\p{Mn}$/u,
  Mc: /^\p{Mc}$/u,
  Me: /^\p{Me}$/u,
  N: /^\p{N}$/u,
  Nd: /^\p{Nd}$/u,
  Nl: /^\p{Nl}$/u,
  No: /^\p{No}$/u,
  P: /^\p{P}$/u,
  Pc: /^\p{Pc}$/u,
  Pd: /^\p{Pd}$/u,
  Ps: /^\p{Ps}$/u,
  Pe: /^\p{Pe}$/u,
  Pi: /^\p{Pi}$/u,
  Pf: /^\p{Pf}$/u,
  Po: /^\p{Po}$/u,
  S: /^\p{S}$/u,
  Sm: /^\p{Sm}$/u,
  Sc: /^\p{Sc}$/u,
  Sk: /^\p{Sk}$/u,
  So: /^\p{So}$/u,
  Z: /^\p{Z}$/u,
  Zs: /^\p{Zs}$/u,
  Zl: /^\p{Zl}$/u,
  Zp: /^\p{Zp}$/u,
}

export function parsePattern(text: string): Pattern {
  const reader = new Reader([...text])
  const node = reader.choice({ i: false, m: false, s: false }, 0)
  if (!reader.done) throw malformed()
  if (reader.names.size > 0 && reader.names.size < reader.groups) throw unserved('groups with a name and groups without one')
  return { node, groups: reader.groups, names: reader.names }
}

class Reader {
  readonly names = new Map<string, number>()
  groups = 0
  private at = 0
  private readonly text: readonly string[]

  constructor(text: readonly string[]) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  choice(flags: Flags, depth: number): Node {
    if (depth > DEEPEST) throw unserved('so many groups inside of groups')
    const parts: Node[] = []
    let own = flags
    do {
      const [part, after] = this.sequence(own, depth)
      parts.push(part)
      own = after
    } while (this.take('|'))
    return parts.length === 1 ? (parts[0] as Node) : { k: 'choice', parts }
  }

  /** Flags that are set in the middle hold to the end of the group. */
  private sequence(flags: Flags, depth: number): readonly [Node, Flags] {
    const parts: Node[] = []
    let own = flags
    while (!this.done && !this.isAt('|') && !this.isAt(')')) {
      const set = this.flags(own)
      if (set) {
        own = set
        continue
      }
      const part = this.atom(own, depth)
      const all = Array.isArray(part) ? part : [part as Node]
      const last = all.at(-1)
      if (!last) continue
      for (const before of all.slice(0, -1)) parts.push(before)
      parts.push(this.repeated(last))
    }
    return [{ k: 'sequence', parts }, own]
  }

  private repeated(part: Node): Node {
    let made = part
    for (let times = this.times(); times; times = this.times()) {
      if (made.k === 'at' || made.k === 'look') throw unserved('a border that is repeated')
      if (made.k === 'repeat') throw unserved('what is repeated twice')
      const mode = this.take('?') ? '?' : this.take('+') ? '+' : ''
      made = { k: 'repeat', part: made, least: times[0], most: times[1], mode }
    }
    return made
  }

  private times(): readonly [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.take('?')) return [0, 1]
    const [whole, least, comma, most] = /^\{(\d+)(,(\d*))?\}/.exec(this.text.slice(this.at, this.at + 16).join('')) ?? []
    if (whole === undefined) return undefined
    this.at += whole.length
    const [from, to] = [Number(least), comma === undefined ? Number(least) : most === '' ? Number.POSITIVE_INFINITY : Number(most)]
    if (from > to) throw unserved('such a number of repetitions')
    if (from > MOST_TIMES || (to !== Number.POSITIVE_INFINITY && to > MOST_TIMES)) throw unserved('so many repetitions')
    return [from, to]
  }

  private flags(own: Flags): Flags | undefined {
    const [whole, on, off] = /^\(\?([imsx]*)(?:-([imsx]*))?\)/.exec(this.text.slice(this.at, this.at + 12).join('')) ?? []
    if (whole === undefined) return undefined
    this.at += whole.length
    return this.changed(own, on ?? '', off ?? '')
  }

  private changed(own: Flags, on: string, off: string): Flags {
    if (`${on}${off}`.includes('x')) throw unserved('the flag x')
    const flag = (name: 'i' | 'm' | 's') => (own[name] || on.includes(name)) && !off.includes(name)
    return { i: flag('i'), m: flag('m'), s: flag('s') }
  }

  private atom(flags: Flags, depth: number): Node | Node[] {
    const c = this.next()
    switch (c) {
      case '(':
        return this.group(flags, depth)
      case '[':
        return { k: 'test', test: this.fold(this.set(flags, 0), flags) }
      case '.':
        return { k: 'test', test: flags.s ? () => true : (p) => p !== LINE }
      case '^':
        return { k: 'at', what: flags.m ? 'lineStart' : 'start' }
      case '$':
        return { k: 'at', what: flags.m ? 'lineEnd' : 'lastLine' }
      case '*':
      case '+':
      case '?':
        throw malformed()
      case '\\':
        return this.escape(flags)
      default:
        return this.literal(c.codePointAt(0) as number, flags)
    }
  }

  private literal(point: number, flags: Flags): Node {
    return { k: 'test', test: this.fold((c) => c === point, flags, point) }
  }

  private fold(test: Test, flags: Flags, point?: number): Test {
    if (!flags.i) return test
    if (point !== undefined) {
      if (point > 127) throw unserved('the flag i and other letters than those of ASCII')
      const same = folded(point)
      return (c) => folded(c) === same
    }
    return (c) => test(c) || test(folded(c)) || test(String.fromCodePoint(c).toUpperCase().codePointAt(0) as number)
  }

  private group(flags: Flags, depth: number): Node {
    const inside = (own = flags): Node => {
      const node = this.choice(own, depth + 1)
      if (!this.take(')')) throw malformed()
      return node
    }
    if (!this.take('?')) {
      const index = ++this.groups
      return { k: 'group', index, part: inside() }
    }
    if (this.take(':')) return inside()
    if (this.take('>')) return { k: 'atomic', part: inside() }
    if (this.take('=')) return { k: 'look', behind: false, negated: false, part: inside() }
    if (this.take('!')) return { k: 'look', behind: false, negated: true, part: inside() }
    if (this.take('<')) return this.named(inside)
    const [whole, on, off] = /^([ims]*)(?:-([ims]*))?:/.exec(this.text.slice(this.at, this.at + 12).join('')) ?? []
    if (whole === undefined) throw unserved('such a group')
    this.at += whole.length
    return inside(this.changed(flags, on ?? '', off ?? ''))
  }

  private named(inside: () => Node): Node {
    if (this.take('=')) return { k: 'look', behind: true, negated: false, part: inside() }
    if (this.take('!')) return { k: 'look', behind: true, negated: true, part: inside() }
    const end = this.text.indexOf('>', this.at)
    const name = this.text.slice(this.at, Math.max(this.at, end)).join('')
    if (end < 0 || !/^[A-Za-z_]\w*$/.test(name)) throw malformed()
    if (this.names.has(name)) throw unserved('two groups of one name')
    this.at = end + 1
    const index = ++this.groups
    this.names.set(name, index)
    return { k: 'group', index, part: inside() }
  }

  private escape(flags: Flags): Node | Node[] {
    const c = this.next()
    const test = CLASSES.get(c) ?? (c === 'p' || c === 'P' ? this.property(c) : undefined)
    if (test) return { k: 'test', test }
    switch (c) {
      case 'b':
        return { k: 'at', what: 'border' }
      case 'B':
        return { k: 'at', what: 'noBorder' }
      case 'A':
        return { k: 'at', what: 'start' }
      case 'z':
        return { k: 'at', what: 'end' }
      case 'Z':
        return { k: 'at', what: 'lastLine' }
      case 'Q':
        return this.quoted(flags)
      case 'k':
        return this.backName(flags)
      default:
        return /[1-9]/.test(c) ? this.back(Number(c), flags) : this.literal(this.escaped(c), flags)
    }
  }

  private back(index: number, flags: Flags): Node {
    if (!this.done && /\d/.test(this.text[this.at] as string)) throw unserved('a reference to a group beyond the ninth')
    if (index > this.groups || this.names.size > 0) throw unserved('a reference to a group that is not before it')
    return { k: 'back', index, fold: flags.i }
  }

  private backName(flags: Flags): Node {
    const end = this.text.indexOf('>', this.at)
    const index = this.text[this.at] === '<' && end > 0 ? this.names.get(this.text.slice(this.at + 1, end).join('')) : undefined
    if (index === undefined) throw malformed()
    this.at = end + 1
    return { k: 'back', index, fold: flags.i }
  }

  private quoted(flags: Flags): Node[] {
    const parts: Node[] = []
    while (!this.done && !(this.isAt('\\') && this.text[this.at + 1] === 'E'))
      parts.push(this.literal(this.next().codePointAt(0) as number, flags))
    if (!this.done) this.at += 2
    return parts
  }

  private escaped(c: string): number {
    const control = CONTROLS.get(c)
    if (control !== undefined) return control
    const rest = this.text.slice(this.at, this.at + 12).join('')
    const hex = c === 'u' ? /^[0-9a-f]{4}/i.exec(rest) : c === 'x' ? /^(?:[0-9a-f]{2}|\{[0-9a-f]{1,6}\})/i.exec(rest) : undefined
    if (hex) {
      this.at += hex[0].length
      const point = Number.parseInt(hex[0].replace(/[{}]/g, ''), 16)
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw unserved('such a code point')
      return point
    }
    if (/[A-Za-z0-9]/.test(c)) throw unservedEscape(`\\${c}`)
    return c.codePointAt(0) as number
  }

  private property(c: string): Test {
    const [whole, long, short] = /^(?:\{(\w+)\}|(\w))/.exec(this.text.slice(this.at, this.at + 24).join('')) ?? []
    const name = long ?? short ?? ''
    const known = own(CATEGORIES, name)
    if (whole === undefined || !known) throw unservedEscape(`\\${c}{${name}}`)
    this.at += whole.length
    return (point) => known.test(String.fromCodePoint(point)) === (c === 'p')
  }

  /** Behind `[`, up to its `]`. */
  private set(flags: Flags, depth: number): Test {
    if (depth > DEEPEST) throw unserved('so many classes inside of classes')
    const negated = this.take('^')
    let tests: Test[] = []
    const all: Test[][] = []
    for (let first = true; !this.take(']'); first = false) {
      if (this.done) throw malformed()
      if (first && this.isAt(']')) throw unserved('] at the beginning of a class')
      if (this.isAt('&') && this.text[this.at + 1] === '&') {
        this.at += 2
        all.push(tests)
        tests = []
        continue
      }
      if (this.take('[')) {
        if (this.isAt(':')) throw unserved('a class of POSIX')
        tests.push(this.set(flags, depth + 1))
      } else tests.push(this.member())
    }
    all.push(tests)
    if (all.some((list) => list.length === 0)) throw unserved('an empty class')
    const test: Test = (c) => all.every((list) => list.some((one) => one(c)))
    return negated ? not(test) : test
  }

  private member(): Test {
    const low = this.point()
    if (typeof low !== 'number') return low
    if (!this.isAt('-') || this.text[this.at + 1] === ']' || this.text[this.at + 1] === undefined) return (c) => c === low
    this.at++
    if (this.isAt('[')) throw unserved('such a range in a class')
    const high = this.point()
    if (typeof high !== 'number' || high < low) throw typeof high === 'number' ? malformed() : unserved('such a range in a class')
    return (c) => c >= low && c <= high
  }

  private point(): number | Test {
    const c = this.next()
    if (c !== '\\') return c.codePointAt(0) as number
    const escaped = this.next()
    if (escaped === 'b' || escaped === 'Q') throw unservedEscape(`\\${escaped} in a class`)
    return CLASSES.get(escaped) ?? (escaped === 'p' || escaped === 'P' ? this.property(escaped) : this.escaped(escaped))
  }

  private isAt(c: string): boolean {
    return this.text[this.at] === c
  }

  private take(c: string): boolean {
    const is = this.isAt(c)
    if (is) this.at++
    return is
  }

  private next(): string {
    const c = this.text[this.at++]
    if (c === undefined) throw malformed()
    return c
  }
}
