// What another user could have laid in our place is refused: links, foreign folders, folders that others may enter.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callSocket, serve } from '#kit/http'
import { assertTrustedSocket, makePassage, makePrivateFolder } from '#kit/private-folder'

const root = process.getuid?.() === 0
const STRANGER = 65_533
const log = { debug() {}, info() {}, warn() {}, error() {} }

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akko-private-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('a private folder', () => {
  it('is made with 0700, and found again', () => {
    const path = join(dir, 'a/b')
    expect(makePrivateFolder(path)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(makePrivateFolder(path)).toBe(false)
  })

  it('is not a link, a file, or a folder that others may enter', () => {
    mkdirSync(join(dir, 'target'), { mode: 0o700 })
    symlinkSync(join(dir, 'target'), join(dir, 'link'))
    writeFileSync(join(dir, 'file'), '')
    mkdirSync(join(dir, 'open'))
    chmodSync(join(dir, 'open'), 0o750)
    expect(() => makePrivateFolder(join(dir, 'link'))).toThrow(/link is not a folder/)
    expect(() => makePrivateFolder(join(dir, 'file'))).toThrow(/file is not a folder/)
    expect(() => makePrivateFolder(join(dir, 'open'))).toThrow(/open can be entered by other users/)
  })

  it('does not lie where others may exchange it', () => {
    chmodSync(dir, 0o777)
    expect(() => makePrivateFolder(join(dir, 'mine'))).toThrow(/can be written by other users/)
    chmodSync(dir, 0o1777)
    expect(makePrivateFolder(join(dir, 'mine'))).toBe(true)
  })

  it.runIf(root)('of another user is refused, and so is one below it', () => {
    mkdirSync(join(dir, 'theirs'), { mode: 0o700 })
    chownSync(join(dir, 'theirs'), STRANGER, STRANGER)
    expect(() => makePrivateFolder(join(dir, 'theirs'))).toThrow(`belongs to the user with id ${STRANGER}`)
    expect(() => makePrivateFolder(join(dir, 'theirs/mine'))).toThrow(`belongs to the user with id ${STRANGER}`)
  })

  it.runIf(root)('is given by root to a user', () => {
    const path = join(dir, 'given')
    makePrivateFolder(path, { uid: STRANGER, gid: STRANGER })
    expect(statSync(path)).toMatchObject({ uid: STRANGER })
    expect(makePrivateFolder(path, { uid: STRANGER, gid: STRANGER })).toBe(false)
    expect(() => makePrivateFolder(path)).toThrow(`belongs to the user with id ${STRANGER}`)
  })
})

describe('a passage', () => {
  it('is this user’s, and others only pass through', () => {
    const path = join(dir, 'passage')
    makePassage(path)
    makePassage(path)
    expect(statSync(path).mode & 0o777).toBe(0o711)
    symlinkSync(path, join(dir, 'link'))
    expect(() => makePassage(join(dir, 'link'))).toThrow(/link is not a folder/)
  })
})

describe('a socket', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
  })
  const listen = async (path: string): Promise<string> => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((done) => server.listen(path, done))
    servers.push(server)
    return path
  }

  it('in a private folder of one’s own is trusted', async () => {
    expect(() => assertTrustedSocket(join(dir, 'nothing.sock'))).not.toThrow()
    const path = await listen(join(dir, 's.sock'))
    expect(() => assertTrustedSocket(path)).not.toThrow()
  })

  it('is refused where others may exchange it, and when it is a link', async () => {
    const path = await listen(join(dir, 's.sock'))
    symlinkSync(path, join(dir, 'link.sock'))
    expect(() => assertTrustedSocket(join(dir, 'link.sock'))).toThrow(/it is no socket/)
    chmodSync(dir, 0o777)
    expect(() => assertTrustedSocket(path)).toThrow(/its folder can be written by other users/)
    await expect(callSocket(path, { path: '/status' })).rejects.toMatchObject({ code: 'socket.refused' })
  })

  it.runIf(root)('of another user is refused in our folder; in a folder that root gave away it is that user’s', async () => {
    const path = await listen(join(dir, 's.sock'))
    chownSync(path, STRANGER, STRANGER)
    expect(() => assertTrustedSocket(path)).toThrow(`it belongs to the user with id ${STRANGER}`)
    mkdirSync(join(dir, 'given'), { mode: 0o700 })
    const given = await listen(join(dir, 'given/s.sock'))
    chownSync(join(dir, 'given'), STRANGER, STRANGER)
    chownSync(given, STRANGER, STRANGER)
    expect(() => assertTrustedSocket(given)).not.toThrow()
    chownSync(dir, STRANGER, STRANGER)
    expect(() => assertTrustedSocket(given)).toThrow(`its folder belongs to the user with id ${STRANGER}`)
  })

  it('is not served where others may enter', async () => {
    mkdirSync(join(dir, 'open'))
    chmodSync(join(dir, 'open'), 0o755)
    await expect(serve({ listen: { socket: join(dir, 'open/s.sock') }, log, handler: () => {} })).rejects.toThrow(
      /can be entered by other users/,
    )
  })
})
