// For tests: the ways in which Trino's SQL writes a text or a name, in the places of a template.
import { own } from '#kit/own'
import { quoteName, quoteText } from '#wire/trino/names'

/** A statement with places for literals and names, numbered; `spell` puts texts there. */
export interface Shape {
  readonly text: string
  /** It is refused, or ends in an error, whatever the words. */
  readonly fails?: true
  /** Literals are the values of its question marks. */
  readonly asked?: true
  spell(literals: readonly string[], names: readonly string[]): string
}

type Way = (text: string, texts: readonly string[], which: readonly number[]) => string

const json = (text: string): string => JSON.stringify(text)
const unescaped = (text: string): string => text.replaceAll('"', '”').replaceAll('\\', '⧵')
const wild = (text: string, mark: string): string => [...text].map((c) => (c === '%' || c === '_' || c === mark ? mark + c : c)).join('')
const regex = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
const point = (c: string): string => (c.codePointAt(0) as number).toString(16)
const unicode = (text: string, mark: string): string =>
  [...text]
    .map((c) =>
      c === mark
        ? c + c
        : /[a-z0-9 ]/i.test(c)
          ? c
          : c.length > 1
            ? `${mark}+${point(c).padStart(6, '0')}`
            : mark + point(c).padStart(4, '0'),
    )
    .join('')
/** As `unicode`, with the characters as they are. */
const raw = (text: string, mark: string): string => text.split(mark).join(mark + mark)
const like =
  (before: string, after: string): Way =>
  (text) => {
    const mark = markOf(text, ESCAPES)
    return `${quoteText(before + wild(text, mark) + after)} ESCAPE ${quoteText(mark)}`
  }

/** Characters that may escape others, each hostile as well. */
const ESCAPES = ['!', "'", '"', '\\', '$', '{', '-', '/', '?', ';', ':', '*', 'é', '💥', '\n', '`']
const UESCAPES = ['!', '\\', '$', '{', '-', '/', '?', ';', ':', '*', 'é', '`']
const markOf = (text: string, marks: readonly string[]): string =>
  marks[[...text].reduce((sum, c) => sum + (c.codePointAt(0) as number), text.length) % marks.length] as string

/** By the letter before the number: `‹u0›`. */
const WAYS: Readonly<Record<string, Way>> = {
  '': (text) => quoteText(text),
  u: (text) => `U&${quoteText(unicode(text, '\\'))}`,
  U: (text) => `U&${quoteText(unicode(text, markOf(text, UESCAPES)))} UESCAPE ${quoteText(markOf(text, UESCAPES))}`,
  w: (text) => `U&${quoteText(raw(text, markOf(text, UESCAPES)))} UESCAPE ${quoteText(markOf(text, UESCAPES))}`,
  x: (text) => `X'${Buffer.from(text).toString('hex')}'`,
  // Patterns: the whole text, its beginning, any part; and one without its escape character, which is `!`.
  k: like('', ''),
  p: like('', '%'),
  c: like('%', '%'),
  l: (text) => quoteText(wild(text, '!')),
  // Regular expressions: any part, the whole; what replaces a match; formats.
  r: (text) => quoteText(regex(text)),
  R: (text) => quoteText(`\\A${regex(text)}\\z`),
  t: (text) => quoteText(text.replaceAll(/[\\$]/g, '\\$&')),
  f: (text) => quoteText(text.replaceAll('%', '%%')),
  g: (text) => quoteText(`${text.replaceAll('%', '%%')}%s`),
  // JSON: a text, an object of which a text is the name of another, and the path to it.
  s: (text) => quoteText(json(text)),
  o: (text, texts, [, value]) => quoteText(`{${json(text)}: ${json(texts[value as number] as string)}}`),
  j: (text) => quoteText(`$["${text.replaceAll(/["\\]/g, '\\$&')}"]`),
  // The same of the standard's paths, which are served with keys that need no escape.
  O: (text, texts, [, value]) => quoteText(`{${json(unescaped(text))}: ${json(texts[value as number] as string)}}`),
  J: (text) => quoteText(`lax $."${unescaped(text)}"`),
}

/** By the letter before the number: `«q0»`. A name's text is in lower case, as it is kept. */
const NAME_WAYS: Readonly<Record<string, (name: string) => string>> = {
  '': quoteName,
  // In a text: the name as a statement has it, as it is kept, and as a pattern with the escape character `!`.
  q: (name) => quoteText(quoteName(name)),
  t: (name) => quoteText(name.toLowerCase()),
  l: (name) => quoteText(wild(name.toLowerCase(), '!')),
}

const PLACE = /‹([a-zA-Z]?)(\d+)›|«([a-z]?)(\d)»/g

/** `‹0›` is a literal, `«0»` a name: neither character is part of SQL. */
export function shapeOf(text: string, traits: Pick<Shape, 'fails' | 'asked'> = {}): Shape {
  return {
    text,
    ...traits,
    spell: (literals, names) =>
      text.replaceAll(PLACE, (_, way: string, digits: string | undefined, nameWay: string, name: string) => {
        if (digits === undefined) return (own(NAME_WAYS, nameWay) as (name: string) => string)(names[Number(name)] as string)
        const which = [...digits].map(Number)
        return (own(WAYS, way) as Way)(literals[which[0] as number] as string, literals, which)
      }),
  }
}

/** A shape whose text is a literal of another statement, between what is before and behind it. */
export function nested(before: string, inner: string, behind: string): Shape {
  const [first, whole, last] = [shapeOf(before), shapeOf(inner), shapeOf(behind)]
  const spell: Shape['spell'] = (...words) => first.spell(...words) + quoteText(whole.spell(...words)) + last.spell(...words)
  return { text: `${before}'${inner}'${behind}`, spell }
}
