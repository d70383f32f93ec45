// Unpacks Debian packages into a folder.
import { mkdirSync } from 'node:fs'
import { run } from '#parts/postgresql/run'

/** `dpkg -x` of each package, with readable folders whatever the umask is. */
export async function unpackAll(debs: readonly string[], tree: string): Promise<void> {
  mkdirSync(tree, { recursive: true, mode: 0o755 })
  await run('sh', ['-c', 'umask 022; tree="$1"; shift; for deb; do dpkg -x "$deb" "$tree" || exit 1; done', 'sh', tree, ...debs])
}
