// What CONTRIBUTING says one more costs, tried: a copy of the house with another PostgreSQL server and another kind of resource
// that has a Secret, each a file of its own and one line, and nothing else.
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

const ASK = `
import { chartFiles, restoreServers } from '#chart/index'
import { SITE } from '#chart/model'
import { initDeclaration } from '#chart/init'
import { secretSpecs } from '#chart/secrets'
import { resourceId } from '#ensure/kinds'
import { postgresServices, resourcesOf, startGraph } from '#platform/registry'

console.log(JSON.stringify({
  servers: postgresServices().map((s) => s.name),
  started: startGraph().map((n) => n.name),
  resources: resourcesOf(SITE).map(resourceId),
  secrets: secretSpecs(SITE),
  job: initDeclaration().jobs.find((j) => j.job === 'ledger-init'),
  restored: JSON.parse(restoreServers()).map((s) => s.name),
  files: Object.keys(chartFiles()),
}))
`

interface Answer {
  readonly servers: readonly string[]
  readonly started: readonly string[]
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
    for (const room of ['kit', 'wire', 'platform', 'ensure', 'chart'])
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
    writeFileSync(join(dir, 'ask.ts'), ASK)
    answer = JSON.parse(execFileSync(process.execPath, ['ask.ts'], { cwd: dir, encoding: 'utf8' })) as Answer
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('a PostgreSQL server is started, prepared, backed up and in the chart', () => {
    expect(answer.servers).toContain('ledger')
    expect(answer.started).toEqual(expect.arrayContaining(['ledger', 'ledger-init']))
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
