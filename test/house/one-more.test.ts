// What CONTRIBUTING says one more costs, tried: a copy of the house with another PostgreSQL server, another kind of resource that has a Secret,
// and another part of one machine; each its own files and one line (a part two, in one file), and nothing else.
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importsOf } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')

const SERVER = `
import { postgresAlerts } from '#platform/alerts'
import { postgresJob } from '#platform/jobs'
import { secretName } from '#platform/names'
import { postgresWorkload } from '#platform/postgres-workload'
import { defineService } from '#platform/service'

const SERVER = 'ledger'

export const ledger = defineService({
  name: SERVER,
  title: 'PostgreSQL (ledger)',
  layer: 'data',
  machine: {
    cell: SERVER,
    ports: { main: 5434 },
    clients: { protocol: 'PostgreSQL', at: 'port' },
    alerts: postgresAlerts(SERVER),
    postgres: { folder: 'ledger', sharedBuffersMb: 64 },
  },
  cluster: postgresWorkload(SERVER, '1Gi'),
  needs: [],
  jobs: [postgresJob(SERVER, { name: 'ledger-init', title: 'Its databases', toggle: 'akko-init.ledger.enabled' })],
  resources: () => [
    { kind: 'role', server: SERVER, name: 'ledger', secret: secretName.role(SERVER, 'ledger') },
    { kind: 'seal', server: SERVER, name: 'books', secret: 'ledger.seal.books' },
  ],
})
`

const KIND = `
import { defineKind } from '#ensure/kind'
import { randomSecret } from '#platform/secret-objects'

declare module '#platform/resources' {
  interface ResourceKinds {
    seal: { readonly server: Server; readonly name: string; readonly secret: string }
  }
}

export const sealKind = defineKind<'seal', object>({
  kind: 'seal',
  id: ({ name }) => name,
  after: [],
  secretSpec: ({ name, secret }) => randomSecret(secret, { sealOf: name }),
  read: async () => ({}),
  diff: () => [],
  create: async () => {},
  update: async () => {},
})
`

const PART = `
import { defineService } from '#platform/service'

export const clock = defineService({
  name: 'clock',
  title: 'The time',
  layer: 'data',
  hosts: ['clock'],
  machine: {
    cell: 'edge',
    ports: { main: 8091 },
    clients: { protocol: 'HTTPS', at: 'host' },
    signIn: { takes: [] },
  },
  needs: ['gateway'],
})
`

const CLOCK = `
import { createApi } from '#kit/api'
import { createApiPart } from '#kit/api-part'
import type { Log } from '#kit/log'

export const createClock = (listen: { readonly host: string; readonly port: number }, log: Log) =>
  createApiPart({ name: 'clock', listen, log, open: async () => createApi({ log, health: async () => ({ healthy: true, version: '1' }) }) })
`

const COMPOSITION = `
import { createLog } from '#kit/log'
import { createClock } from '#parts/clock/index'
import type { Compose } from '#runtime/composition'
import { HOST, port } from '#runtime/machine'

export const compose: Compose = async ({ machine }) => createClock({ host: HOST, port: port(machine, 'clock') }, createLog('clock'))
`

const ASK = `
import { chartFiles, restoreServers } from '#chart/index'
import { SITE } from '#chart/model'
import { initDeclaration } from '#chart/init'
import { secretSpecs } from '#chart/secrets'
import { resourceId } from '#ensure/kinds'
import { postgresServices, resourcesOf } from '#platform/registry'
import { createCellContext } from '#runtime/composition'
import { loadMachine } from '#runtime/home'
import { serversOf } from '#runtime/postgres'
import { createRoutes } from '#runtime/routes'
import { createRunPlan } from '#runtime/run-plan'
import { createFileSecretStore } from '#runtime/secrets'

const machine = loadMachine(process.argv[2], { portOffset: { value: Number(process.argv[3]), flag: 'tested' } })
const provider = { kind: 'system', version: '17.1', major: 17, bin: '/usr/bin', env: {}, extensions: {}, reason: '' }
const plan = createRunPlan(machine, {
  postgres: { provider, runAs: undefined, changes: [] },
  cellUser: undefined,
  code: { root: process.cwd(), node: process.execPath },
})
const { compose } = await import('./src/runtime/cells/edge/clock.ts')
const part = await compose(createCellContext(machine, createFileSecretStore(machine.paths.secrets)))
await part.start()
const health = await part.health()
await part.stop()

console.log(JSON.stringify({
  servers: postgresServices().map((s) => s.name),
  prepared: serversOf(machine).map((s) => s.server),
  cells: plan.cells.map(({ name, args, control }) => ({ name, args, control: control.kind })),
  nodes: plan.nodes.map(({ name, cell, url }) => ({ name, cell, url })),
  routes: createRoutes(machine).hosts.filter((h) => h.label === 'clock'),
  health,
  resources: resourcesOf(SITE).map(resourceId),
  secrets: secretSpecs(SITE),
  job: initDeclaration().jobs.find((j) => j.job === 'ledger-init'),
  restored: JSON.parse(restoreServers()).map((s) => s.name),
  files: Object.keys(chartFiles()),
}))
`

interface Answer {
  readonly servers: readonly string[]
  readonly prepared: readonly string[]
  readonly cells: readonly { readonly name: string; readonly args: readonly string[]; readonly control: string }[]
  readonly nodes: readonly { readonly name: string; readonly cell: string; readonly url?: string }[]
  readonly routes: readonly object[]
  readonly health: object
  readonly resources: readonly string[]
  readonly secrets: readonly { readonly name: string }[]
  readonly job: { readonly secrets: object; readonly secretEnv: object; readonly env: object }
  readonly restored: readonly string[]
  readonly files: readonly string[]
}

describe('one more of each', () => {
  let dir: string
  let answer: Answer

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'akko-one-more-'))
    mkdirSync(join(dir, 'src'))
    for (const room of ['kit', 'wire', 'platform', 'ensure', 'chart', 'parts', 'runtime'])
      cpSync(join(ROOT, 'src', room), join(dir, 'src', room), { recursive: true })
    cpSync(join(ROOT, 'package.json'), join(dir, 'package.json'))
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
    const add = (file: string, text: string, list: string, line: string) => {
      writeFileSync(join(dir, file), text)
      appendFileSync(join(dir, list), `${line}\n`)
    }
    const servers = 'src/platform/services/postgresql-servers.ts'
    add('src/platform/services/ledger.ts', SERVER, servers, "export { ledger } from '#platform/services/ledger'")
    add('src/ensure/kinds/seal.ts', KIND, 'src/ensure/kinds/index.ts', "export { sealKind as seal } from '#ensure/kinds/seal'")
    mkdirSync(join(dir, 'src/parts/clock'))
    writeFileSync(join(dir, 'src/parts/clock/index.ts'), CLOCK)
    writeFileSync(join(dir, 'src/runtime/cells/edge/clock.ts'), COMPOSITION)
    writeFileSync(join(dir, 'src/platform/services/clock.ts'), PART)
    const registry = join(dir, 'src/platform/registry.ts')
    const lines = readFileSync(registry, 'utf8').replace(/^ {2}docs,$/m, '  docs,\n  clock,')
    writeFileSync(registry, `import { clock } from '#platform/services/clock'\n${lines}`)
    writeFileSync(join(dir, 'ask.ts'), ASK)
    const run = [join(dir, 'home'), String(10_000 + (process.pid % 20_000))]
    answer = JSON.parse(execFileSync(process.execPath, ['ask.ts', ...run], { cwd: dir, encoding: 'utf8' })) as Answer
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('a PostgreSQL server is started, prepared, backed up and in the chart', () => {
    expect(answer.servers).toContain('ledger')
    expect(answer.prepared).toContain('ledger')
    const cell = answer.cells.find(({ name }) => name === 'ledger')
    expect(cell).toMatchObject({ control: 'postgres', args: ['-D', expect.stringMatching(/\/ledger(\/|$)/)] })
    expect(answer.nodes).toEqual(expect.arrayContaining(['ledger', 'ledger-init'].map((name) => expect.objectContaining({ name }))))
    expect(answer.restored).toContain('ledger')
    expect(answer.files).toEqual(
      expect.arrayContaining(
        ['charts/akko-ledger/Chart.yaml', 'charts/akko-init/files/ledger-init.json'].map((file) => expect.stringContaining(file)),
      ),
    )
    expect(answer.secrets).toContainEqual(expect.objectContaining({ name: 'akko-ledger-superuser', type: 'kubernetes.io/basic-auth' }))
    expect(answer.job).toMatchObject({
      secretEnv: { AKKO_POSTGRESQL_PASSWORD: { secret: 'akko-ledger-superuser', key: 'password' } },
      env: { AKKO_LEDGER_ADDRESS: 'akko-ledger:5432' },
    })
  })

  it('a part of one machine is in the plan of its cell, behind the gateway, and composed by its name', () => {
    expect(answer.nodes).toContainEqual({ name: 'clock', cell: 'edge', url: expect.stringMatching(/^https:\/\/clock\.akko\.localhost:/) })
    expect(answer.routes).toMatchObject([{ label: 'clock', name: 'clock', upstream: { host: '127.0.0.1' } }])
    expect(answer.health).toEqual({ healthy: true, version: '1' })
  })

  it('a kind of resource has the Secret that it says, which its job may read', () => {
    expect(answer.resources).toContain('seal books')
    expect(answer.secrets).toContainEqual({
      name: 'akko-ledger-seal-books',
      literals: { sealOf: 'books' },
      generate: { value: { bytes: 32, as: 'base64url' } },
    })
    expect(answer.job).toMatchObject({ secrets: { names: ['akko-ledger-role-ledger', 'akko-ledger-seal-books'], keeps: true } })
  })

  it('the registry names no PostgreSQL server itself', () => {
    const listed = importsOf(join(ROOT, 'src/platform/services/postgresql-servers.ts')).map((i) => i.spec)
    expect(listed.length).toBeGreaterThan(0)
    const known = importsOf(join(ROOT, 'src/platform/registry.ts')).map((i) => i.spec)
    expect(known.filter((spec) => listed.includes(spec))).toEqual([])
  })
})
