// Regular expressions that the engine's own library decides otherwise than Trino's, or has not. Each way to match is tried in turn, as Trino does,
// within a number of steps: a pattern that tries too many ends in an error and never holds up the engine.
import { BadPattern, type Node, type Pattern, parsePattern, type Test } from '#wire/trino/pattern-parser'

/** Of one text, beyond those of its characters. */
export const SPARE_STEPS = 50_000
/** More are allowed for each character of the text. */
const STEPS_OF_ONE = 20
const MOST_CODE = 50_000
/** Places in the program times those in the text that are remembered, in bits. */
const MOST_FAILED = 1 << 23
/** So many forks are taken before any is remembered: most searches end sooner. */
const FORKS = 64
/** Bytes that one search of a text may remember in, whatever its programs. */
const MOST_ROOM = 1 << 23
/** What is allocated or copied counts as steps too. */
const BYTES_OF_STEP = 64
const SLOTS_OF_STEP = 8
const LINE = 10
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u

type At = Extract<Node, { k: 'at' }>['what']

type Code =
  | { readonly op: 'test'; readonly test: Test }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'mark'; readonly slot: number }
  | { readonly op: 'moved'; readonly slot: number }
  | { readonly op: 'at'; readonly what: At }
  | { readonly op: 'back'; readonly index: number; readonly fold: boolean }
  | {
      readonly op: 'inside'
      readonly program: readonly Code[]
      readonly behind: number | undefined
      readonly kind: 'atomic' | 'is' | 'isNot'
    }
  | { readonly op: 'done' }

export interface Compiled {
  readonly pattern: Pattern
  readonly program: readonly Code[]
  readonly slots: number
  /** What follows from a place in the program and in the text is always the same: a way that failed once fails again. */
  readonly isPlain: boolean
}

export function compilePattern(text: string): Compiled {
  const pattern = parsePattern(text)
  const compiler = new Compiler((pattern.groups + 1) * 2)
  const program = compiler.program(pattern.node)
  return { pattern, program, slots: compiler.slots, isPlain: !compiler.hasMemory }
}

class Compiler {
  slots: number
  /** What was saved decides: back references, and rounds that may be empty. */
  hasMemory = false
  private size = 0

  constructor(slots: number) {
    this.slots = slots
  }

  program(node: Node): Code[] {
    const code: Code[] = []
    this.emit(node, code)
    code.push({ op: 'done' })
    return code
  }

  private push(code: Code[], one: Code): void {
    if (++this.size > MOST_CODE) throw new BadPattern('a regular expression of this size is not served here yet', false)
    code.push(one)
  }

  private emit(node: Node, code: Code[]): void {
    switch (node.k) {
      case 'test':
        this.push(code, { op: 'test', test: node.test })
        break
      case 'at':
        this.push(code, { op: 'at', what: node.what })
        break
      case 'back':
        this.hasMemory = true
        this.push(code, { op: 'back', index: node.index, fold: node.fold })
        break
      case 'sequence':
        for (const part of node.parts) this.emit(part, code)
        break
      case 'choice':
        this.choice(node.parts, code)
        break
      case 'group':
        this.push(code, { op: 'save', slot: 2 * node.index })
        this.emit(node.part, code)
        this.push(code, { op: 'save', slot: 2 * node.index + 1 })
        break
      case 'atomic':
        this.push(code, { op: 'inside', kind: 'atomic', behind: undefined, program: this.program(node.part) })
        break
      case 'look':
        this.push(code, {
          op: 'inside',
          kind: node.negated ? 'isNot' : 'is',
          behind: node.behind ? lengthOf(node.part) : undefined,
          program: this.program(node.part),
        })
        break
      case 'repeat':
        this.repeat(node, code)
    }
  }

  private choice(parts: readonly Node[], code: Code[]): void {
    const ends: { op: 'jump'; to: number }[] = []
    for (const [i, part] of parts.entries()) {
      if (i === parts.length - 1) {
        this.emit(part, code)
        continue
      }
      const split = { op: 'split' as const, first: code.length + 1, second: 0 }
      this.push(code, split)
      this.emit(part, code)
      const end = { op: 'jump' as const, to: 0 }
      this.push(code, end)
      ends.push(end)
      split.second = code.length
    }
    for (const end of ends) end.to = code.length
  }

  private repeat({ part, least, most, mode }: Extract<Node, { k: 'repeat' }>, code: Code[]): void {
    if (mode === '+') {
      const program = this.program({ k: 'repeat', part, least, most, mode: '' })
      this.push(code, { op: 'inside', kind: 'atomic', behind: undefined, program })
      return
    }
    for (let i = 0; i < least; i++) this.emit(part, code)
    if (most === Number.POSITIVE_INFINITY) {
      this.loop(part, mode, code)
      return
    }
    const splits: { op: 'split'; first: number; second: number }[] = []
    for (let i = least; i < most; i++) {
      const split = { op: 'split' as const, first: code.length + 1, second: 0 }
      this.push(code, split)
      splits.push(split)
      this.emit(part, code)
    }
    for (const split of splits) setExit(split, mode, code.length)
  }

  private watched(part: Node, code: Code[]): void {
    this.hasMemory = true
    const slot = this.slots++
    this.push(code, { op: 'mark', slot })
    this.emit(part, code)
    this.push(code, { op: 'moved', slot })
  }

  /** A round that takes no character is the last. */
  private loop(part: Node, mode: string, code: Code[]): void {
    const start = code.length
    const split = { op: 'split' as const, first: start + 1, second: 0 }
    this.push(code, split)
    if (takesSome(part)) this.emit(part, code)
    else this.watched(part, code)
    this.push(code, { op: 'jump', to: start })
    setExit(split, mode, code.length)
  }
}

/** Whether each match of it takes a character. */
function takesSome(node: Node): boolean {
  switch (node.k) {
    case 'test':
      return true
    case 'group':
    case 'atomic':
      return takesSome(node.part)
    case 'sequence':
      return node.parts.some(takesSome)
    case 'choice':
      return node.parts.every(takesSome)
    case 'repeat':
      return node.least > 0 && takesSome(node.part)
    default:
      return false
  }
}

function setExit(split: { first: number; second: number }, mode: string, exit: number): void {
  split.second = exit
  if (mode === '?') [split.first, split.second] = [split.second, split.first]
}

/** Characters of what stands behind, which must be of one length. */
function lengthOf(node: Node): number {
  const uneven = () => new BadPattern('a regular expression that looks behind over different lengths is not served here yet', false)
  switch (node.k) {
    case 'test':
      return 1
    case 'at':
    case 'look':
      return 0
    case 'group':
    case 'atomic':
      return lengthOf(node.part)
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + lengthOf(part), 0)
    case 'choice': {
      const lengths = node.parts.map(lengthOf)
      if (lengths.some((length) => length !== lengths[0])) throw uneven()
      return lengths[0] ?? 0
    }
    case 'repeat':
      if (node.least !== node.most) throw uneven()
      return node.least * lengthOf(node.part)
    case 'back':
      throw uneven()
  }
}

/** Where groups begin and end, in code points; -1 of those that took no part. The first is the whole. */
export type Match = readonly number[]

/** Forks of one program that were taken and led nowhere: who comes to one again has seen all its ways fail. */
class Failed {
  private readonly width: number
  private readonly bits: number
  private readonly claim: (bytes: number) => boolean
  private seen: Uint8Array | undefined
  private forks = 0
  private marks: number[] = []

  /** `claim`: whether so many bytes may be had; asked once. */
  constructor(bits: number, width: number, claim: (bytes: number) => boolean) {
    this.bits = bits
    this.width = width
    this.claim = claim
  }

  /** A run of the program begins; what failed in those before fails again. */
  begin(): void {
    this.marks = []
  }

  /** Whether it was taken; now it is. */
  has(pc: number, at: number): boolean {
    if (++this.forks < FORKS) return false
    this.seen ??= this.bits <= MOST_FAILED && this.claim((this.bits >> 3) + 1) ? new Uint8Array((this.bits >> 3) + 1) : NONE
    if (this.seen === NONE) return false
    const bit = pc * this.width + at
    const [byte, mask] = [bit >> 3, 1 << (bit & 7)]
    if (((this.seen[byte] as number) & mask) !== 0) return true
    this.seen[byte] = (this.seen[byte] as number) | mask
    this.marks.push(bit)
    return false
  }

  /** The run ended in a match: its forks did not all fail. */
  forget(): void {
    for (const bit of this.marks) if (this.seen) this.seen[bit >> 3] = (this.seen[bit >> 3] as number) & ~(1 << (bit & 7))
    this.marks = []
  }
}

const NONE = new Uint8Array(0)

const tooMany = () => new BadPattern('a regular expression that takes so many steps is not served here', false)

export class Matcher {
  readonly points: readonly number[]
  private steps = 0
  private readonly compiled: Compiled
  private readonly spare: number
  private readonly failed = new Map<readonly Code[], Failed>()
  private room = MOST_ROOM
  private slots: number[] | undefined

  /** `spare`: the steps that are left beyond those of its characters. */
  constructor(compiled: Compiled, text: string, spare = SPARE_STEPS) {
    this.compiled = compiled
    this.spare = spare
    this.points = Array.from(text, (c) => c.codePointAt(0) as number)
  }

  /** Steps that were taken beyond those of its characters. */
  get overrun(): number {
    return Math.max(0, this.steps - STEPS_OF_ONE * this.points.length)
  }

  /** The first match that begins at a place or behind it. */
  search(from: number): Match | undefined {
    const slots = this.emptySlots()
    const undo: number[] = []
    for (let at = from; at <= this.points.length; at++) {
      const end = this.run(this.compiled.program, at, slots, undo)
      if (end < 0) continue
      this.spend(slots.length / SLOTS_OF_STEP)
      const match = slots.slice()
      match[0] = at
      match[1] = end
      restore(slots, undo, 0)
      return match
    }
    return undefined
  }

  /** All matches; behind one that is empty the search goes on a character further. */
  *all(from = 0): Generator<Match> {
    for (let next = from; ; ) {
      const match = this.search(next)
      if (!match) return
      const [begin, end] = match as [number, number]
      next = begin === end ? end + 1 : end
      yield match
    }
  }

  text(from: number, to: number): string {
    let text = ''
    for (let i = from; i < to; i++) text += String.fromCodePoint(this.points[i] as number)
    return text
  }

  group(match: Match, index: number): string | undefined {
    const [from, to] = [match[2 * index] as number, match[2 * index + 1] as number]
    return from < 0 || to < 0 ? undefined : this.text(from, to)
  }

  /** Those of a search, which leaves them as they were. */
  private emptySlots(): number[] {
    if (this.slots) return this.slots
    const { slots } = this.compiled
    this.spend(slots / SLOTS_OF_STEP)
    this.slots = new Array<number>(slots).fill(-1)
    return this.slots
  }

  private get most(): number {
    return this.spare + STEPS_OF_ONE * this.points.length
  }

  private spend(steps: number): void {
    this.steps += Math.floor(steps)
    if (this.steps > this.most) throw tooMany()
  }

  /** What failed of a program, in all searches of the text. */
  private failedOf(program: readonly Code[]): Failed {
    const known = this.failed.get(program)
    if (known) return known
    const width = this.points.length + 1
    const bits = this.compiled.isPlain ? program.length * width : Number.POSITIVE_INFINITY
    const failed = new Failed(bits, width, (bytes) => this.claim(bytes))
    this.failed.set(program, failed)
    return failed
  }

  private claim(bytes: number): boolean {
    if (bytes > this.room) return false
    this.room -= bytes
    this.spend(bytes / BYTES_OF_STEP)
    return true
  }

  /** The end of a match that begins at a place, or -1. What was saved goes to `undo`, and is undone where a way fails. */
  private run(program: readonly Code[], start: number, slots: number[], undo: number[]): number {
    const { most } = this
    const failed = this.failedOf(program)
    failed.begin()
    const base = undo.length
    const ways: number[] = []
    let [pc, at] = [0, start]
    for (;;) {
      if (++this.steps > most) throw tooMany()
      const code = program[pc] as Code
      let holds = true
      switch (code.op) {
        case 'done':
          failed.forget()
          return at
        case 'test':
          holds = at < this.points.length && code.test(this.points[at] as number)
          if (holds) at++
          break
        case 'split':
          if (failed.has(pc, at)) {
            holds = false
            break
          }
          ways.push(code.second, at, undo.length)
          pc = code.first
          continue
        case 'jump':
          pc = code.to
          continue
        case 'save':
        case 'mark':
          undo.push(code.slot, slots[code.slot] as number)
          slots[code.slot] = at
          break
        case 'moved':
          // Without a character taken, on behind the loop.
          if (slots[code.slot] === at) pc++
          break
        case 'at':
          holds = this.isAt(code.what, at)
          break
        case 'back': {
          const end = this.backEnd(slots, code, at)
          holds = end >= 0
          at = holds ? end : at
          break
        }
        case 'inside': {
          const begin = code.behind === undefined ? at : at - code.behind
          const keep = undo.length
          const end = begin < 0 ? -1 : this.run(code.program, begin, slots, undo)
          holds = end >= 0 !== (code.kind === 'isNot')
          if (code.kind === 'isNot') restore(slots, undo, keep)
          if (holds && code.kind === 'atomic') at = end
          break
        }
      }
      if (holds) {
        pc++
        continue
      }
      if (ways.length === 0) {
        restore(slots, undo, base)
        return -1
      }
      const keep = ways.pop() as number
      at = ways.pop() as number
      pc = ways.pop() as number
      restore(slots, undo, keep)
    }
  }

  private backEnd(slots: readonly number[], { index, fold }: { readonly index: number; readonly fold: boolean }, at: number): number {
    const [from, to] = [slots[2 * index] as number, slots[2 * index + 1] as number]
    if (from < 0 || to < 0) return -1
    this.steps += to - from
    const same = (a: number, b: number | undefined) =>
      a === b || (fold && b !== undefined && String.fromCodePoint(a).toLowerCase() === String.fromCodePoint(b).toLowerCase())
    for (let i = from; i < to; i++) if (!same(this.points[i] as number, this.points[at + i - from])) return -1
    return at + to - from
  }

  private isAt(what: At, at: number): boolean {
    const { points } = this
    switch (what) {
      case 'start':
        return at === 0
      case 'end':
        return at === points.length
      case 'lastLine':
        return at === points.length || (at === points.length - 1 && points[at] === LINE)
      case 'lineStart':
        return at === 0 || (points[at - 1] === LINE && at < points.length)
      case 'lineEnd':
        return at === points.length || points[at] === LINE
      case 'border':
        return this.isWord(at - 1) !== this.isWord(at)
      case 'noBorder':
        return this.isWord(at - 1) === this.isWord(at)
    }
  }

  private isWord(at: number): boolean {
    const point = this.points[at]
    return point !== undefined && WORD.test(String.fromCodePoint(point))
  }
}

function restore(slots: number[], undo: number[], keep: number): void {
  while (undo.length > keep) {
    const value = undo.pop() as number
    slots[undo.pop() as number] = value
  }
}
