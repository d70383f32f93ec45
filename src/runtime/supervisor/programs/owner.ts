// Of a platform that its owner started without root: with which account he works, kept from the first start that needs to know it. Who gets the name
// of that account later is another.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** For good: a record is not replaced. */
export function recordOwner(file: string, account: string): void {
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ account }), { mode: 0o600, flag: 'wx' })
}

/** Undefined until it was recorded. */
export function recordedOwner(file: string): string | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { account: string }).account : undefined
}
