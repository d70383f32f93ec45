// A YAML file of the operator's, where each thing in it stands, and what a schema finds wrong in our words.
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { own } from '#kit/own'

export interface Place {
  readonly line: number
  readonly column: number
}

export interface YamlFile {
  readonly value: Readonly<Record<string, unknown>>
  /** Of a key or an item of a list, or of what should hold it; both from 1. */
  placeOf(path: readonly PropertyKey[]): Place | undefined
}

/** Throws what `unreadable` makes of the reason. */
export function parseYaml(text: string, unreadable: (reason: string) => Error): YamlFile {
  const lines = new LineCounter()
  const document = read(text, lines, unreadable)
  const value = readValue(document, unreadable)
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable('it is not a mapping of keys to values')
  return {
    value: value as Record<string, unknown>,
    placeOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(document, path.slice(0, length))
        if (offset === undefined) continue
        const { line, col } = lines.linePos(offset)
        return { line, column: col }
      }
      return undefined
    },
  }
}

/** A key is the text that stands there, `16` and `'16'` one and the same; a tag that nobody knows is refused. */
function read(text: string, lineCounter: LineCounter, unreadable: (reason: string) => Error): Document {
  const document = parseDocument(text, { lineCounter, stringKeys: true })
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem) throw unreadable(problem.message.split('\n')[0] ?? '')
  return document
}

function readValue(document: Document, unreadable: (reason: string) => Error): unknown {
  let value: unknown
  try {
    value = document.toJS() ?? {}
  } catch (error) {
    throw unreadable((error as Error).message) // Aliases that multiply.
  }
  if (isDeeper(value, DEEPEST)) throw unreadable('something stands in itself, or too deep')
  return value
}

const DEEPEST = 16

const isDeeper = (value: unknown, than: number): boolean =>
  typeof value === 'object' && value !== null && (than === 0 || Object.values(value).some((inner) => isDeeper(inner, than - 1)))

/** Where a key, or an item of a list, begins in the text. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const above = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const key = isMap(above) ? above.items.map((pair) => pair.key).find((name) => isScalar(name) && name.value === path.at(-1)) : undefined
  const node = key ?? document.getIn(path, true)
  return isNode(node) ? node.range?.[0] : undefined
}

/** What the setting may be, in our words; of a kind of problem that no setting has yet, in the library's. */
export function worded(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return `it is ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    case 'too_small':
      return `it is ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'invalid_value':
      return `it is one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return `it is ${own(TYPES, issue.expected) ?? issue.expected}`
    case 'invalid_format':
      return issue.pattern === undefined ? issue.message : `it does not match ${issue.pattern}`
    default:
      return issue.message
  }
}

const TYPES: Readonly<Partial<Record<z.core.$ZodIssueInvalidType['expected'], string>>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'a group of settings',
  array: 'a list',
  never: 'not served here',
}
