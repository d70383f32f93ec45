// The one build step of the platform: the cockpit's browser app, made when its sources are newer than its last build.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'

const ROOT = resolve(import.meta.dirname, '../..')

export async function buildCockpit(say: (line: string) => void): Promise<void> {
  const marker = join(COCKPIT_DIST, '.sources')
  const hash = sourcesHash()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return
  const began = Date.now()
  await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', 'cockpit'], { cwd: ROOT })
  writeFileSync(marker, hash)
  say(`built the cockpit in ${((Date.now() - began) / 1000).toFixed(1)} s`)
}

function sourcesHash(): string {
  const hash = createHash('sha256')
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'dist' || entry.name.startsWith('.')) continue
      const path = join(dir, entry.name)
      if (entry.isDirectory()) walk(path)
      else hash.update(entry.name).update(readFileSync(path))
    }
  }
  walk(join(ROOT, 'cockpit'))
  hash.update(readFileSync(join(ROOT, 'package-lock.json')))
  return hash.digest('hex')
}
