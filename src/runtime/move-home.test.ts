// Root's home of the earlier form is moved whole: by renames on one file system, by checked copies between two, and after an end at any step.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SystemUser } from '#kit/system-user'
import { moveHome } from '#runtime/move-home'

const cells: SystemUser = { uid: 65_531, gid: 65_531, name: 'cells' }
const FILES: Readonly<Record<string, string>> = {
  'config.yaml': 'portOffset: 1\n',
  'secrets/storage.root': 'id:secret',
  'ca/ca.pem': 'certificate',
  'objects/aa/bb/one': 'x'.repeat(300_000),
  'objects/aa/cc/two': 'y'.repeat(100),
  'logs/sql.log': '{}\n',
  'spool/left/over': 'z',
  'state/storage/data.mdb': 'index',
  'state/postgresql-provider.json': '{"kind":"packages"}\n',
  'state/plan.json': '{}',
  'state/trino-admin.properties': 'token',
}
/** Where each file is afterwards, when it is not at its own name below the data; undefined: gone. */
const ELSEWHERE: Readonly<Record<string, string | undefined>> = {
  'spool/left/over': undefined,
  'state/plan.json': undefined,
  'state/trino-admin.properties': undefined,
  'state/postgresql-provider.json': 'records/postgresql-provider.json',
}

describe.runIf(process.getuid?.() === 0).each([
  ['by renames', '/tmp'],
  ['between two file systems', '/dev/shm'],
])('a home is moved %s', (_, place) => {
  let home: string
  let top: string
  let data: string
  const progress = () => {}
  beforeEach(() => {
    home = mkdtempSync(join(place, 'akko-move-'))
    top = mkdtempSync('/tmp/akko-moved-')
    data = join(top, 'data')
    fill(home)
  })
  afterEach(() => {
    for (const path of [home, top]) rmSync(path, { recursive: true, force: true })
  })

  const expectMoved = () => {
    for (const [name, text] of Object.entries(FILES)) {
      if (name === 'config.yaml') continue
      const at = name in ELSEWHERE ? ELSEWHERE[name] : name
      if (at === undefined) expect(existsSync(join(data, name)), name).toBe(false)
      else expect(readFileSync(join(data, at), 'utf8'), at).toBe(text)
    }
    expect(readdirSync(home)).toEqual(['config.yaml'])
    expect(readdirSync(data).sort()).toEqual(['ca', 'logs', 'objects', 'records', 'secrets', 'state'])
    for (const name of ['secrets/storage.root', 'objects/aa/bb', 'objects/aa/bb/one', 'state/storage/data.mdb', 'state'])
      expect(statSync(join(data, name)), name).toMatchObject({ uid: cells.uid, gid: cells.gid })
    for (const name of ['logs', 'records', 'records/postgresql-provider.json', 'logs/sql.log'])
      expect(statSync(join(data, name)).uid, name).toBe(0)
    expect(statSync(join(data, 'records/postgresql-provider.json')).mode & 0o777).toBe(0o644)
  }

  it('with each thing its owner’s, and again without a change', () => {
    moveHome({ home, data, cells, progress })
    expectMoved()
    moveHome({ home, data, cells, progress })
    expectMoved()
  })

  it('when an earlier one ended while it copied', () => {
    mkdirSync(join(data, 'objects.moving/aa'), { recursive: true, mode: 0o711 })
    writeFileSync(join(data, 'objects.moving/aa/half'), 'of a file')
    moveHome({ home, data, cells, progress })
    expectMoved()
  })

  it('when an earlier one ended between the copy and its name, and after it', () => {
    mkdirSync(data, { mode: 0o711 })
    for (const name of ['objects', 'secrets']) {
      renameSync(join(home, name), join(home, `${name}.moved`))
      cpSync(join(home, `${name}.moved`), join(data, name === 'objects' ? 'objects.moving' : 'secrets'), { recursive: true })
    }
    for (const name of ['objects.moving', 'secrets']) chownAll(join(data, name))
    moveHome({ home, data, cells, progress })
    expectMoved()
  })

  it('and refused when both are there', () => {
    mkdirSync(join(data, 'objects'), { recursive: true, mode: 0o711 })
    expect(() => moveHome({ home, data, cells, progress })).toThrow(/both .*objects and .*objects are there/)
    expect(readFileSync(join(home, 'objects/aa/cc/two'), 'utf8')).toBe(FILES['objects/aa/cc/two'])
  })

  it('by processes that are killed again and again', async () => {
    for (let n = 0; n < 60; n++) {
      mkdirSync(join(home, 'objects/many', String(n)), { recursive: true })
      writeFileSync(join(home, 'objects/many', String(n), 'object'), `object ${n}`)
    }
    let delay = 100
    for (;;) {
      const child = mover(home, data)
      const code = await new Promise<number | null>((done) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), delay)
        child.once('exit', (c) => {
          clearTimeout(timer)
          done(c)
        })
      })
      delay *= 1.15
      if (code === 0) break
      expect(code).toBeNull() // killed, never refused
    }
    expectMoved()
    expect(readFileSync(join(data, 'objects/many/59/object'), 'utf8')).toBe('object 59')
    expect(readdirSync(join(data, 'objects/many'))).toHaveLength(60)
  })
})

function fill(home: string): void {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(home, name, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(join(home, name), text, { mode: 0o600 })
  }
}

function chownAll(path: string): void {
  execFileSync('chown', ['-R', `${cells.uid}:${cells.gid}`, path])
}

function mover(home: string, data: string): ChildProcess {
  const program = `import { moveHome } from '#runtime/move-home'
    const [home, data, cells] = process.argv.slice(1)
    moveHome({ home, data, cells: JSON.parse(cells), progress: () => {} })`
  return spawn(process.execPath, ['--input-type=module', '-e', program, home, data, JSON.stringify(cells)], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
