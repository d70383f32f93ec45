// By hand: `./akko run test/sql-groups/measure.ts [ROUNDS]`. What a dashboard's short query takes beside one analyst's six cross joins, by what is
// declared: 95th percentile, and how many times that of the same query alone. All in one run, the declarations in turn.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupsDeclaration } from '#parts/sql/groups/declaration'
import type { LakeFiles } from '#parts/sql/ports'
import { ask, columns, fixtureConnector, groupOfEach, startSql } from '#parts/sql/testing'
import { startTempEngine } from '#test/support/engine'

const JOINS = 6
const SHORT = 40
const ROUNDS = Number(process.argv[2] ?? 3)

const CROSS_JOIN = 'SELECT count(*) FROM lake.s.big AS a CROSS JOIN lake.s.big AS b WHERE a.x * b.x % 7 = 3'
const DASHBOARD = 'SELECT x % 10 AS k, count(*), sum(x) FROM lake.s.facts GROUP BY 1 ORDER BY 1'

const group = (name: string, hardConcurrencyLimit: number) => ({ name, hardConcurrencyLimit, maxQueued: 100 })
const split = (analysts: object): GroupsDeclaration => ({
  rootGroups: [{ ...group('analysts', 6), ...analysts }, group('dashboards', 4)],
  selectors: [{ user: 'analyst', group: 'analysts' }, { group: 'dashboards' }],
})

const DECLARED: Readonly<Record<string, GroupsDeclaration>> = {
  'nothing declared': groupOfEach(),
  'analysts: 2 at once': split({ hardConcurrencyLimit: 2 }),
  'analysts: maxCpuTime': split({ queryLimits: { maxCpuTime: '1h' } }),
  'analysts: givesWay': split({ givesWay: true }),
  'analysts: 2 at once, givesWay': split({ hardConcurrencyLimit: 2, givesWay: true }),
}

const engine = await startTempEngine({ maxConcurrent: 8, poolSize: 16, memoryLimitBytes: 1024 ** 3 })

/** A folder for each person, as on a platform. */
const files = {
  async open({ sub }, queryId) {
    const spool = join(engine.root, 'spool', sub, queryId)
    mkdirSync(spool, { recursive: true, mode: 0o700 })
    return { spool }
  },
  async release({ sub }, queryId) {
    rmSync(join(engine.root, 'spool', sub, queryId), { recursive: true, force: true })
  },
} as Pick<LakeFiles, 'open' | 'release'> as LakeFiles

const lake = fixtureConnector({
  s: {
    big: { columns: columns('x bigint'), sql: 'SELECT range AS x FROM range(1000000)' },
    facts: { columns: columns('x bigint'), sql: 'SELECT range AS x FROM range(100000)' },
  },
})

const as = (user: string) => ({ 'x-trino-user': user })

async function shortQueries(url: string): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < SHORT; i++) {
    const began = performance.now()
    const { error } = await ask(url, DASHBOARD, as('dashboard'))
    if (error) throw new Error(error.message)
    taken.push(performance.now() - began)
  }
  return taken
}

async function beside(url: string): Promise<number[]> {
  const ids = await Promise.all(
    Array.from({ length: JOINS }, async () => {
      const answer = await fetch(`${url}/v1/statement`, { method: 'POST', body: CROSS_JOIN, headers: as('analyst') })
      return ((await answer.json()) as { id: string }).id
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 3000)) // All that may run do.
  const taken = await shortQueries(url)
  await Promise.all(ids.map((id) => fetch(`${url}/v1/query/${id}`, { method: 'DELETE', headers: as('analyst') })))
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return taken
}

const percentile = (values: readonly number[], of: number) => [...values].sort((a, b) => a - b)[Math.ceil(of * values.length) - 1] as number

const figures = new Map(Object.keys(DECLARED).map((name) => [name, { alone: [] as number[], beside: [] as number[] }]))
try {
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, resourceGroups] of Object.entries(DECLARED)) {
      const sql = await startSql(
        { engine: engine.client, files, root: engine.root, close: async () => {} },
        { resourceGroups, connectors: { lake } },
      )
      await shortQueries(sql.url)
      figures.get(name)?.alone.push(...(await shortQueries(sql.url)))
      figures.get(name)?.beside.push(...(await beside(sql.url)))
      await sql.stop()
    }
} finally {
  await engine.stop()
}
for (const [name, { alone, beside }] of figures) {
  const [a, b] = [percentile(alone, 0.95), percentile(beside, 0.95)]
  process.stdout.write(`${name}: alone ${a.toFixed(1)} ms, beside ${JOINS} cross joins ${b.toFixed(1)} ms: ${(b / a).toFixed(1)} times\n`)
}
