// XML as S3 and IAM write it, and a reader for the few documents that clients send.
import { createRequire } from 'node:module'
import { own } from '#kit/own'

/** Objects are elements in their order, arrays repeat the element, undefined is left out. */
export type XmlValue = string | number | boolean | undefined | XmlFields | readonly XmlValue[]
export interface XmlFields {
  readonly [name: string]: XmlValue
}

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
export const IAM_NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/'
export const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

export function printXml(root: string, fields: XmlFields, namespace?: string): string {
  const attribute = namespace ? ` xmlns="${namespace}"` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${printFields(fields)}</${root}>`
}

/** Characters that XML 1.0 cannot hold are written as references, as S3 does. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"\p{Cc}\ufffe\uffff]/gu, (c) => {
    switch (c) {
      case '<':
        return '&lt;'
      case '>':
        return '&gt;'
      case '&':
        return '&amp;'
      case '"':
        return '&quot;'
      default:
        return `&#x${c.charCodeAt(0).toString(16)};`
    }
  })
}

export class XmlError extends Error {}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The reader's own drops references to control characters: a key would become another one. @throws XmlError for what stands for nothing */
function decodeReferences(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? []
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const character = Number.isNaN(code) ? own(NAMED, name) : isCharacter(code) ? String.fromCodePoint(code) : undefined
    if (character === undefined || !whole.endsWith(';')) throw new XmlError(`${whole.slice(0, 20)} stands for nothing`)
    return character
  })
}

/** Neither halves of characters nor NUL, which no key holds. */
const isCharacter = (code: number): boolean => code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)

const nothing = () => {}
const DECODER = {
  decode: decodeReferences,
  reset: nothing,
  setXmlVersion: nothing,
  setExternalEntities: nothing,
  addInputEntities: nothing,
}

/** Elements that come many times. */
export const LISTED: ReadonlySet<string> = new Set([
  ...['Part', 'Object', 'Tag', 'Rule', 'CORSRule', 'AllowedHeader', 'AllowedMethod', 'AllowedOrigin', 'ExposeHeader'],
  ...['QueueConfiguration', 'TopicConfiguration', 'CloudFunctionConfiguration', 'Event', 'FilterRule'],
])

/** Loaded by the first document: its one-file form, and not at all by who reads none. */
function loadReader() {
  const { XMLParser, XMLValidator } = createRequire(import.meta.url)('fast-xml-parser') as typeof import('fast-xml-parser')
  const parser = new XMLParser({
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: false,
    processEntities: true,
    entityDecoder: DECODER,
    removeNSPrefix: true,
    isArray: (_name, path) => LISTED.has(String(path).split('.').at(-1) ?? ''),
  })
  return { validate: XMLValidator.validate, parse: (text: string) => parser.parse(text) as Record<string, unknown> }
}

let reader: ReturnType<typeof loadReader> | undefined

/** The fields of the document's root. Elements named Part and Object are always arrays. Throws XmlError. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  if (text.includes('<!DOCTYPE')) throw new XmlError('a document type is not allowed')
  reader ??= loadReader()
  if (reader.validate(text) !== true) throw new XmlError('the document is not well-formed')
  const document = parsed(reader, text)
  const fields = document[root]
  if (fields === undefined) throw new XmlError(`the document is not a ${root}`)
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
}

/** The reader throws for elements in many elements, and for names that every object knows. */
function parsed({ parse }: ReturnType<typeof loadReader>, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof XmlError) throw error
    throw new XmlError('the document nests too deep, or has an element of a name that is not taken')
  }
}

/** One element or many, as an array; an empty one is none. */
export function many<T>(value: unknown): T[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]) as T[]
}

/** Code and message of an error's document, of whichever service; empty where there are none. */
export function errorOf(text: string): { readonly code: string; readonly message: string } {
  return { code: textOf(text, 'Code') ?? '', message: textOf(text, 'Message') ?? '' }
}

/** What stands in the first element of this name, which holds no other. */
export function textOf(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)`).exec(text)?.[1]
}

function printFields(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, value]) => printElement(name, value))
    .join('')
}

function printElement(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((v: XmlValue) => printElement(name, v)).join('')
  const inner = typeof value === 'object' ? printFields(value as XmlFields) : escapeXml(String(value))
  return `<${name}>${inner}</${name}>`
}
