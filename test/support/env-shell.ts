// A shell that did nothing but `eval "$(akko env)"`.
import { dirname, join } from 'node:path'
import { judgePython } from '#test/support/judges'
import { platform, ROOT, type Run, run } from '#test/support/platform'

/** Runs lines in it; `flags` of `akko env`. */
export async function shell(line: string, flags = ''): Promise<Run> {
  const script = `set -e; eval "$('${join(ROOT, 'akko')}' --home '${platform().home}' env ${flags})"; ${line}`
  return run('sh', ['-c', script], { env: { HOME: process.env.HOME, PATH: `${dirname(judgePython())}:${process.env.PATH}` } })
}
