// System users of this machine: found by name, made when root needs one.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { defineError } from '#kit/errors'

const UserMissing = defineError('user.missing', 500, 'the system user {name} could not be made: {reason}', {
  blame: 'operator',
  hint: 'make it yourself: useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin {name}',
})

export interface SystemUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

/** Of /etc/passwd; never root. */
export function findUser(name: string): SystemUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid && uid !== '0' ? { uid: Number(uid), gid: Number(gid), name } : undefined
}

const NotSystem = defineError('user.not_system', 409, 'the user {name} of this machine can log in, so it is a person’s', {
  blame: 'operator',
  hint: 'rename that user: all that the platform keeps would be theirs',
})

/** Whether nobody can log in as this user. */
function isSystem(name: string): boolean {
  const shell = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${name}:`))
    ?.split(':')[6]
  return shell !== undefined && /\/(nologin|false)$/.test(shell)
}

/** The user, made without a home, a shell or a password where it is not there. By root only. @throws UserMissing, NotSystem */
export function ensureUser(name: string): SystemUser {
  const found = findUser(name)
  if (found && !isSystem(name)) throw NotSystem({ name })
  if (found) return found
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin']
  const { error, stderr } = spawnSync('useradd', [...options, name], { encoding: 'utf8' })
  const made = findUser(name) // also when another start made it meanwhile
  if (!made) throw UserMissing({ name, reason: error?.message ?? stderr.trim() })
  return made
}

/** The user of our own processes and of what they keep. */
const OWN_USER = 'akko'

/** As whom the cells run: root's give root up; everyone else's run as their starter (undefined). */
export function cellUser(): SystemUser | undefined {
  return process.getuid?.() === 0 ? ensureUser(OWN_USER) : undefined
}
