// Names on the server of persons and of what is made for them. No declared role, and nothing of an application's, begins so.
import { createHash } from 'node:crypto'

/** Everybody who logs in as himself is a member; opens nothing. */
export const PERSONS = 'akko_persons'
/** Owns what is made for persons, reads what it is made of, and logs in nowhere. */
export const KEEPER = 'akko_keeper'
/** Where the keeper's own functions lie, in each database; also what is said where definitions have changed. */
export const GUARD = 'akko_guard'

const PERSON = 'person_'
const CLASS = 'akko_class_'
/** Bytes of a name that the server keeps. */
const MOST = 63

/** Of the user's name: readable, and told apart by a hash, since the server's names have 63 bytes and fewer letters. */
export function personRole(username: string): string {
  const readable = username
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 30)
  return `${PERSON}${readable}_${hash(username, 20)}`
}

/** The role that holds the rights of those with these roles. */
export const classRole = (roles: readonly string[]): string => CLASS + hash(JSON.stringify([...roles].sort()), 16)

/** Where the covered tables of a schema lie for one class. */
export function coverSchema(role: string, schema: string): string {
  const name = `akko_${role.slice(CLASS.length, CLASS.length + 8)}_${schema}`
  return Buffer.byteLength(name) <= MOST ? name : `akko_${hash(JSON.stringify([role, schema]), 32)}`
}

const hash = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits)
