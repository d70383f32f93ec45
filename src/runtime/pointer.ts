// Root's homes keep their configuration and a pointer; what the platform keeps lies in /var/lib/akko, where the cells' user can reach it.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineError } from '#kit/errors'

const HomeCopied = defineError('home.copied', 409, 'the home {home} is a copy of {first}, which keeps its data in {data}', {
  blame: 'operator',
  hint: 'use {first}; for a second platform remove location.json from the copy and start it anew',
})

const PointerBroken = defineError('home.pointer_broken', 409, '{file} names {data}, which is no folder of a home', {
  blame: 'operator',
  hint: 'correct it by the names in /var/lib/akko, each with its home in records/home.json',
})

/** Folder of the data of root's homes. */
export const SYSTEM_DATA = '/var/lib/akko'

const IS_DATA = /^\/var\/lib\/akko\/[0-9a-f]{12}$/

const pointerFile = (home: string) => join(home, 'location.json')
/** The way back: which home this data belongs to. */
const ownerFile = (data: string) => join(data, 'records', 'home.json')

/** The folder of the home's data; undefined before its first `up`. */
export function readPointer(home: string): string | undefined {
  const data = readJson<{ data: string }>(pointerFile(home))?.data
  if (data !== undefined && !IS_DATA.test(data)) throw PointerBroken({ file: pointerFile(home), data })
  return data
}

/** A home that was renamed takes its data along; one that was copied does not. @throws HomeCopied */
export function writePointer(home: string, data: string): void {
  const first = assertOwner(home, data)
  if (first !== home) replaceFile(ownerFile(data), { home })
  if (readPointer(home) !== data) replaceFile(pointerFile(home), { data })
}

/** The home that the data was last used by. @throws HomeCopied when that one still is there and uses it */
export function assertOwner(home: string, data: string): string | undefined {
  const first = readJson<{ home: string }>(ownerFile(data))?.home
  if (first !== undefined && first !== home && readPointer(first) === data) throw HomeCopied({ home, first, data })
  return first
}

/** Root's home in the form of before: its folders lie in it. */
export function isUnmoved(home: string): boolean {
  return readPointer(home) === undefined && existsSync(join(home, 'state'))
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function replaceFile(path: string, value: object): void {
  const temporary = `${path}.new`
  writeFileSync(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true })
  renameSync(temporary, path)
}
