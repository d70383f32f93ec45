// Compiles a regular expression into the program that a matcher runs.
import { BadPattern, type Node, type Pattern, parsePattern, type Test } from '#wire/trino/pattern-parser'

const MOST_CODE = 50_000

export type At = Extract<Node, { k: 'at' }>['what']

export type Code =
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
