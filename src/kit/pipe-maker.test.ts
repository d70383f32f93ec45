// The pipes that scans are read through.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createPipeMaker } from '#kit/pipe-maker'

const dir = mkdtempSync(join(tmpdir(), 'akko-pipes-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('are named as asked and their owner’s alone, many at once', async () => {
  const { make } = createPipeMaker()
  const paths = Array.from({ length: 20 }, (_, i) => join(dir, ` ${i} $(touch x) "'\\`))
  await Promise.all(paths.map(make))
  for (const path of paths) {
    const stat = statSync(path)
    expect([stat.isFIFO(), stat.mode & 0o777]).toEqual([true, 0o600])
  }
})

it('that cannot be made are told, and the others are made all the same', async () => {
  const { make } = createPipeMaker()
  const taken = join(dir, 'taken')
  writeFileSync(taken, '')
  const made = await Promise.allSettled([taken, join(dir, 'no/such/folder'), join(dir, 'one'), join(dir, 'a\nb')].map(make))
  expect(made.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'rejected'])
  expect(statSync(taken).isFile()).toBe(true)
})

it('are made by a child that was begun before, and by no other', async () => {
  const children = () =>
    readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').match(/\d+/g) ?? [])
  const before = children()
  const { begin, make } = createPipeMaker()
  begin()
  const begun = children()
  expect(begun).toHaveLength(before.length + 1)
  begin()
  await make(join(dir, 'later'))
  expect(statSync(join(dir, 'later')).isFIFO()).toBe(true)
  expect(children()).toEqual(begun)
})
