// The registry lacks four of lmdb's optional platform packages, so npm leaves them out of the lock and then
// refuses it ("npm ci": EUSAGE). Run after every `npm install`: adds the entries by hand.
import { readFileSync, writeFileSync } from 'node:fs'

type Entry = { version?: string; os?: string[]; cpu?: string[]; optional?: boolean; optionalDependencies?: Record<string, string> }
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }
const wanted = lock.packages['node_modules/msgpackr-extract']?.optionalDependencies ?? {}
for (const [name, version] of Object.entries(wanted)) {
  const [os, cpu] = name.split('/msgpackr-extract-')[1]?.split('-') ?? []
  const key = `node_modules/${name}`
  if (os && cpu && !lock.packages[key]) lock.packages[key] = { version, os: [os], cpu: [cpu], optional: true }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`)
