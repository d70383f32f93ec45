// Every kind against a real server of its protocol: the four laws.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '#ensure/kinds'
import { type AnyFixture, allLaws, fixturesOf, type LawServer, obeysTheLaws } from '#ensure/test-laws'
import { SERVERS, type ServerName } from '#ensure/test-servers'

const ROOT = join(import.meta.dirname, '../..')
const laws = await allLaws()

function prove(name: ServerName) {
  describe(name, () => {
    let server: LawServer
    beforeAll(async () => {
      server = await SERVERS[name]()
    })
    afterAll(() => server?.stop())
    obeysTheLaws(() => server, fixturesOf(laws, name) as unknown as readonly AnyFixture<LawServer>[])
  })
}

for (const name of Object.keys(SERVERS) as ServerName[]) prove(name)

it('every kind is under the laws', () => {
  expect(laws.map((l) => l.kind).sort()).toEqual(Object.keys(kinds).sort())
  const elsewhere = laws.flatMap((l) => (l.server === 'elsewhere' ? [l] : []))
  expect(elsewhere.length).toBeGreaterThan(0)
  for (const { kind, file } of elsewhere) expect(readFileSync(join(ROOT, file), 'utf8'), file).toContain(`kind: '${kind}'`)
})
