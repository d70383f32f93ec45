// As whom a person's programs run: a user id of his own below a declared range, by a record that only root writes. None of them is in /etc/passwd.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder } from '#kit/private-folder'
import type { ProgramsPlan } from '#runtime/plan'
import { NoUserLeft, PersonRefused } from '#runtime/supervisor/programs/errors'
import { recordedOwner } from '#runtime/supervisor/programs/owner'

export interface PersonUser {
  /** Absent: the supervisor's own user. */
  readonly uid?: number
  readonly folder: string
}

export interface PeopleUsers {
  /** The person's user, with a folder that is his alone. @throws PersonRefused, NoUserLeft */
  userOf(person: { readonly account: string; readonly name: string }): PersonUser
  /** All that were ever given out here. */
  all(): readonly number[]
}

export function createPeopleUsers({ users, folder }: Pick<ProgramsPlan, 'users' | 'folder'>): PeopleUsers {
  if (users.kind === 'owner') {
    return {
      all: () => [],
      userOf: ({ account, name }) => {
        if (account !== recordedOwner(users.file)) throw PersonRefused({ person: name, owner: users.name, file: users.file })
        makePrivateFolder(join(folder, 'owner'))
        return { folder: join(folder, 'owner') }
      },
    }
  }
  const { file, first, count } = users
  const given = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>) : [])

  const assign = (account: string): number => {
    const taken = new Set([...given.values(), ...idsOfTheMachine()])
    const start = createHash('sha256').update(`${file}\0${account}`).digest().readUInt32BE() % count
    for (let step = 0; step < Math.min(count, taken.size + 1); step++) {
      const uid = first + ((start + step) % count)
      if (!taken.has(uid)) return uid
    }
    throw NoUserLeft()
  }
  return {
    all: () => [...given.values()],
    userOf: ({ account }) => {
      let uid = given.get(account)
      if (uid === undefined) {
        uid = assign(account)
        given.set(account, uid)
        writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(given)), { mode: 0o600 })
        renameSync(`${file}.new`, file)
      }
      const own = join(folder, String(uid))
      makePrivateFolder(own, { uid, gid: uid })
      return { uid, folder: own }
    },
  }
}

/** Users and groups that have a name here: never a person's of ours. */
function idsOfTheMachine(): number[] {
  return ['/etc/passwd', '/etc/group'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => (line.includes(':') ? [Number(line.split(':')[2])] : [])),
  )
}

/** Ends every process of the user, also those that left their session or their parent. */
export function endAllOf(uid: number): void {
  for (let round = 0; round < 50; round++) {
    const pids = processesOf(uid)
    if (pids.length === 0) return
    for (const pid of pids) endQuietly(pid)
  }
}

export function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended meanwhile
  }
}

function processesOf(uid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const isZombie = /^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))
      return statSync(`/proc/${name}`).uid === uid && !isZombie ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
