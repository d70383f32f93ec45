// Reading among files that another user may write: a link, a pipe or a device in a file's place is refused, never followed.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { defineError } from '#kit/errors'

export const NotPlain = defineError('file.not_plain', 409, '{path} is a link or no file', {
  blame: 'operator',
  hint: 'somebody laid it there; it was not followed. Put the file itself in its place',
})

/** The text of a file; undefined when there is none. @throws NotPlain */
export function readPlainFile(path: string): string | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw code === 'ELOOP' || code === 'ENXIO' ? NotPlain({ path }, error) : error
  }
  try {
    if (!fstatSync(fd).isFile()) throw NotPlain({ path })
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}
