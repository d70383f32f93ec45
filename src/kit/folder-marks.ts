// By what a change of files is seen, without reading them.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The same of single files, links followed. */
export function marksOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false })
      return [file, stats?.ino, stats?.size, stats?.ctimeMs].join(' ')
    })
    .join('\n')
}

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
