// What a document of settings holds, read from its elements.
import { InvalidArgument, MalformedXml } from '#parts/storage/errors'

export type Fields = Readonly<Record<string, unknown>>

/** The elements in one; none in an empty one. @throws MalformedXml for a text, and where there are several */
export function fieldsIn(fields: Fields, name: string): Fields {
  return elementsOf(name, oneIn(fields, name))
}

function oneIn(fields: Fields, name: string): unknown {
  const [value, ...more] = listIn(fields, name)
  if (more.length > 0) throw MalformedXml({ reason: `${name} comes more than once` })
  return value
}

/** A text that was passed over could be what narrows a rule. */
function elementsOf(name: string, value: unknown): Fields {
  const fields = typeof value === 'object' && value !== null ? (value as Fields) : { '#text': value ?? '' }
  if (String(fields['#text'] ?? '').trim() !== '') throw MalformedXml({ reason: `${name} has elements and no text` })
  return fields
}

export function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** Each with its elements. @throws MalformedXml */
export function eachIn(fields: Fields, name: string): readonly Fields[] {
  return listIn(fields, name).map((one) => elementsOf(name, one))
}

export function textIn(fields: Fields, name: string): string | undefined {
  const value = oneIn(fields, name)
  return value === undefined ? undefined : String(value)
}

export function textsIn(fields: Fields, name: string): readonly string[] {
  return listIn(fields, name).map(String)
}

/** One of these. @throws MalformedXml */
export function choiceIn<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const text = textIn(fields, name)
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw MalformedXml({ reason: `${name} must be ${choices.join(' or ')}` })
  return found
}

/** @throws InvalidArgument for what is no whole number of at least `least` */
export function numberIn(fields: Fields, name: string, least: number): number | undefined {
  const text = textIn(fields, name)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text) || Number(text) < least)
    throw InvalidArgument({ reason: `${name} must be a whole number of at least ${least}` })
  return Number(text)
}
