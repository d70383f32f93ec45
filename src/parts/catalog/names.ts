// Names of namespaces and tables: what they may be, how they are printed, and where their files lie.
import { BadRequest } from '#parts/catalog/errors'
import type { Namespace, TableIdent } from '#wire/iceberg/rest'

/** What has a folder of its own: a table or a view. */
export interface Placed {
  readonly location: string
  readonly properties: Readonly<Record<string, string>>
}

const LONGEST = 255
/** SQL and the policy know a namespace by its levels with dots between. */
const IN_NO_LEVEL = /[./\\\p{Cc}]/u
const IN_NO_NAME = /[\\\p{Cc}]/u
/** Readers of URLs leave these out of a path, and what is done to the table would be done to its namespace. */
const IN_NO_PATH = /^\.{1,2}$/

function assertName(name: unknown, what: string): asserts name is string {
  if (typeof name !== 'string' || name.trim() === '') throw BadRequest({ reason: `${what} must not be empty` })
  if (name.length > LONGEST) throw BadRequest({ reason: `${what} is longer than ${LONGEST} characters` })
}

export function assertNamespace(namespace: Namespace): void {
  if (!Array.isArray(namespace) || namespace.length === 0) throw BadRequest({ reason: 'a namespace has at least one level' })
  for (const level of namespace) {
    assertName(level, 'a namespace level')
    if (IN_NO_LEVEL.test(level))
      throw BadRequest({ reason: `a namespace level ${JSON.stringify(level)} must not hold dots, slashes or control characters` })
  }
}

export function assertTableName(name: string): void {
  assertName(name, 'a table name')
  if (IN_NO_NAME.test(name) || IN_NO_PATH.test(name))
    throw BadRequest({
      reason: `a table name ${JSON.stringify(name)} must not hold backslashes or control characters, or be a path's dots`,
    })
}

/** The schema's name in SQL and in the policy. */
export function printNamespace(namespace: Namespace): string {
  return namespace.join('.')
}

export function printTable({ namespace, name }: TableIdent): string {
  return `${printNamespace(namespace)}.${name}`
}

/** Where the files of a namespace's tables lie; no trailing slash. */
export function namespaceLocation(baseLocation: string, namespace: Namespace): string {
  return [trimSlashes(baseLocation), ...namespace.map(encodePath)].join('/')
}

/** A table's own folder; the uuid keeps a table apart from an earlier one of its name. */
export function tableLocation(baseLocation: string, { namespace, name }: TableIdent, uuid: string): string {
  return `${namespaceLocation(baseLocation, namespace)}/${encodePath(name)}-${uuid}`
}

/** Where a table or view wants its metadata files. */
export const METADATA_PATH = 'write.metadata.path'

/** `00003-<uuid>.metadata.json` in the folder of the table or view, where its properties name no other. */
export function metadataFile({ location, properties }: Placed, version: number, uuid: string): string {
  const folder = Object.hasOwn(properties, METADATA_PATH) ? trimSlashes(properties[METADATA_PATH] as string) : `${location}/metadata`
  return `${folder}/${String(version).padStart(5, '0')}-${uuid}.metadata.json`
}

/** The version in a metadata file's name; -1 when it has none. */
export function metadataVersion(uri: string): number {
  const match = /\/v?(\d+)(?:-[^/]*)?\.(?:gz\.)?metadata\.json$/.exec(uri)
  return match ? Number(match[1]) : -1
}

/** One text for one folder: Java's libraries write `file:/tmp` for `file:///tmp`. */
export function canonicalLocation(location: string): string {
  return trimSlashes(location).replace(/^file:\/+/, 'file:///')
}

export function trimSlashes(location: string): string {
  return location.replace(/\/+$/, '')
}

/**
 * True when `uri` lies in the folder, and everybody agrees on it. A path with `.`, `..` or an empty name lies nowhere, and neither does one whose meaning
 * depends on who reads it: `?` and `#` end it for a reader of URLs, `%` is decoded by some and not by others, a backslash is a slash to some.
 */
export function isBelow(uri: string, folder: string): boolean {
  const home = `${trimSlashes(folder)}/`
  return uri.startsWith(home) && !/^\/|\/\/|(^|\/)\.{1,2}(\/|$)|[%?#\\\s\p{Cc}]/u.test(uri.slice(home.length))
}

// Plain characters only, so that every client spells the key alike; and no two names share a folder.
function encodePath(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, (c) => `~${c.codePointAt(0)?.toString(16)}~`)
}
