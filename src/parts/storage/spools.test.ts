// Spools of one person that begin and end at the same time.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSpools, type Spools } from '#parts/storage/spools'

let root: string
let spools: Spools
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akko-spools-'))
  spools = openSpools(root)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('queries of one tenant that begin while others of his end have their folders', async () => {
  let made = 0
  const one = async () => {
    for (let round = 0; round < 1000; round++) {
      const id = `q${made++}`
      expect(existsSync(await spools.open(id, 'ana', 'ana'))).toBe(true)
      await spools.close(id)
    }
  }
  await Promise.all([one(), one(), one()])
  expect(readdirSync(root)).toEqual([])
})
