// akko destroy: stops the platform and removes its home whole, with what lies outside of it.
import { createInterface } from 'node:readline/promises'
import { stopPlatform } from '#cli/commands/down'
import type { Flags } from '#cli/flags'
import { duration, printJson, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { lastHolder, tryLockFile } from '#kit/file-lock'
import { supervisorStatus } from '#runtime/client'
import { locateHome } from '#runtime/home'
import { isHome, placesOf, removeHome } from '#runtime/remove-home'

const NoHome = defineError('destroy.no_home', 404, '{home} is no home of a platform', {
  hint: 'name the home with --home or AKKO_HOME; nothing was removed',
})
const NotConfirmed = defineError('destroy.not_confirmed', 400, 'the home {home} was not removed: nobody said yes', {
  hint: 'answer yes, or run `akko destroy --yes`',
})
const InUse = defineError('destroy.in_use', 409, 'the home {home} is being started (pid {pid})', {
  blame: 'operator',
  hint: 'wait for it; nothing was removed',
})

/** Asks for no valid configuration: a home with a broken one can be removed too. */
export async function destroy(flags: Flags): Promise<void> {
  const { home, paths } = locateHome(flags.home)
  if (!isHome(home)) throw NoHome({ home })
  const status = await supervisorStatus({ paths })
  const places = placesOf(home)
  if (!flags.json) {
    say(`This removes for good:\n${places.map((p) => `  ${p}`).join('\n')}`)
    if (status) say(`The platform runs (supervisor pid ${status.pid}) and is stopped first.`)
  }
  if (flags.yes !== true && !(await confirmed(flags))) throw NotConfirmed({ home })
  const lock = tryLockFile(paths.lock)
  if (!lock) throw InUse({ home, pid: lastHolder(paths.lock) })
  // Half of a home is none.
  process.on('SIGINT', () => say('a removal that has begun goes on to its end'))
  const running = await supervisorStatus({ paths })
  const tell = (text: string) => (flags.json ? undefined : say(text))
  if (running) {
    tell('stopping the platform')
    const { pids, ms } = await stopPlatform({ paths }, running)
    tell(`stopped ${pids.length} processes in ${duration(ms)}`)
  }
  tell('removing the files')
  const { removed, left } = removeHome(home)
  lock.release()
  if (flags.json) return printJson({ stopped: running !== undefined, removed, left })
  say(`removed ${removed.length === 1 ? removed[0] : `${removed.length} places`}`)
  if (left.length > 0) say(`left, since they are not the platform's:\n${left.map((p) => `  ${p}`).join('\n')}`)
  say('left for other homes: the cache with PostgreSQL and compiled code, and for root the user akko')
}

async function confirmed(flags: Flags): Promise<boolean> {
  if (flags.json || !process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question('Go on? (yes/no) ')).trim())
  } finally {
    terminal.close()
  }
}
