// Regular expressions that the engine's own library decides otherwise than Trino's, or has not. Each way to match is tried in turn, as Trino does,
// within a number of steps: a pattern that tries too many ends in an error and never holds up the engine.
import type { At, Code, Compiled } from '#wire/trino/pattern-compile'
import { Failed } from '#wire/trino/pattern-failed'
import { BadPattern } from '#wire/trino/pattern-parser'

/** Of one text, beyond those of its characters. */
export const SPARE_STEPS = 50_000
/** More are allowed for each character of the text. */
const STEPS_OF_ONE = 20
/** Bytes that one search of a text may remember in, whatever its programs. */
const MOST_ROOM = 1 << 23
/** What is allocated or copied counts as steps too. */
const BYTES_OF_STEP = 64
const SLOTS_OF_STEP = 8
const LINE = 10
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u

/** Where groups begin and end, in code points; -1 of those that took no part. The first is the whole. */
export type Match = readonly number[]

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
