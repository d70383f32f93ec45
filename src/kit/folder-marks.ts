// By what a change of a folder's files is seen, without reading them.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Another text when a file has come, gone or changed. */
export function marksIn(folder: string): string {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => {
        const stats = statSync(join(folder, name), { throwIfNoEntry: false })
        return [name, stats?.ino, stats?.size, stats?.ctimeMs].join(' ')
      })
      .join('\n')
  } catch {
    return ''
  }
}
