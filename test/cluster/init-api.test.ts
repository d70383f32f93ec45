// The program of akko-init against a live API server, with exactly the rights that the chart gives it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretObject } from '#platform/secret-objects'
import { CHART, type Manifest, parse, template } from '#test/chart/helm'
import type { Result } from '#test/cluster/daemons'
import { type ControlPlane, NET, startControlPlane } from '#test/cluster/kubernetes'
import { goTool } from '#test/support/go-tools'

const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cluster/init/main.ts')
const decoded = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString('utf8')
const json = (value: unknown) => JSON.stringify(value)

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane((line) => process.stdout.write(`${line}\n`))
})
afterAll(async () => {
  await plane?.stop()
})

/** The account that resources of every kind are ensured by here: the chart's own, for the names of a list of the test's own. */
const JOB = 'akko-storage-init'

/** A namespace with the chart's own accounts and rights; runs the program as one of them. `names` are what JOB may read instead of its own. */
async function room(namespace: string, { values = [], names }: { values?: readonly string[]; names?: readonly string[] } = {}) {
  await plane.kubectl(['create', 'namespace', namespace])
  const manifests = parse(await template(['--namespace', namespace, ...values]))
  const rights = manifests.filter(
    (m) => ['akko-secrets', JOB].includes(m.metadata.name) && /^(ServiceAccount|Role|RoleBinding)$/.test(m.kind),
  )
  expect(rights.length).toBe(6)
  for (const rule of rights.find((m) => m.kind === 'Role' && m.metadata.name === JOB)?.rules ?? [])
    if (names && rule.resourceNames) rule.resourceNames = names
  await plane.kubectl(['apply', '-n', namespace, '-f', '-'], json({ apiVersion: 'v1', kind: 'List', items: rights }))
  const dir = (account: string) => join(plane.folder, 'accounts', namespace, account)
  for (const account of ['akko-secrets', JOB]) {
    mkdirSync(dir(account), { recursive: true })
    const files = {
      namespace,
      'ca.crt': readFileSync(join(plane.folder, 'pki/ca.crt'), 'utf8'),
      token: await plane.kubectl(['create', 'token', account, '-n', namespace]),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir(account), name), text)
  }
  const inputs = (name: string, key: string): string => {
    const found = manifests.find((m: Manifest) => m.kind === 'ConfigMap' && m.metadata.name.startsWith(name) && m.data[key])
    const file = join(dir(JOB), `${name}.json`)
    writeFileSync(file, found?.data[key])
    return file
  }
  return {
    init: (account: string, args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
      plane.run(process.execPath, [MAIN, ...args], {
        env: {
          ...process.env,
          KUBERNETES_SERVICE_HOST: NET.node,
          KUBERNETES_SERVICE_PORT: '6443',
          AKKO_SERVICE_ACCOUNT_DIR: dir(account),
          ...env,
        },
      }),
    file: (value: unknown): string => {
      const file = join(dir(JOB), `${Math.random().toString(36).slice(2)}.json`)
      writeFileSync(file, json(value))
      return file
    },
    secretsFile: inputs('akko-secrets', 'secrets.json'),
    storageFile: inputs('akko-storage-init', 'resources.json'),
    secret: async (name: string): Promise<Manifest> =>
      JSON.parse(await plane.kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json'])),
    secrets: async (): Promise<Map<string, Manifest>> => {
      const { items } = JSON.parse(await plane.kubectl(['get', 'secrets', '-n', namespace, '-o', 'json'])) as { items: Manifest[] }
      return new Map(items.map((s) => [s.metadata.name, s]))
    },
    give: (name: string, texts: Record<string, string>) =>
      plane.kubectl(
        ['create', '-n', namespace, '-f', '-'],
        json({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: texts }),
      ),
    kubectl: (...args: string[]) => plane.kubectl([...args, '-n', namespace]),
  }
}

const wrote = (results: readonly Result[]) => results.flatMap((r) => r.stdout.split('\n').filter((l) => l.startsWith('created')))

describe('secrets', () => {
  it('writes each missing Secret once, though two do it at the same time, and touches none afterwards', async () => {
    const r = await room('fresh')
    const both = await Promise.all([r.init('akko-secrets', ['secrets', r.secretsFile]), r.init('akko-secrets', ['secrets', r.secretsFile])])
    expect(both.map((b) => b.code + b.stderr)).toEqual(['0', '0'])
    const secrets = await r.secrets()
    expect(wrote(both).sort()).toEqual([...secrets.keys()].map((n) => `created  Secret ${n}`).sort())
    const tls = await r.secret('akko-tls')
    expect([tls.type, Object.keys(tls.data).sort()]).toEqual(['kubernetes.io/tls', ['ca.crt', 'tls.crt', 'tls.key']])
    expect(tls.metadata.labels['app.kubernetes.io/part-of']).toBe('akko')

    const identities = JSON.parse(decoded((await r.secret('akko-storage-identities')).data['identities.json'])).identities
    const trino = await r.secret('akko-storage-key-trino')
    expect(identities.find((i: Manifest) => i.name === 'trino').credentials).toEqual([
      { accessKey: decoded(trino.data['access-key']), secretKey: decoded(trino.data['secret-key']) },
    ])
    const again = await r.init('akko-secrets', ['secrets', r.secretsFile])
    expect(again.stdout.trim()).toBe(`${secrets.size} Secrets: 0 created, ${secrets.size} left as they were`)
    expect(await r.secrets()).toEqual(secrets)
  })

  it('may read what it names and nothing else of the namespace', async () => {
    const r = await room('named')
    await r.give('akko-postgresql-superuser', { password: 'x' })
    await r.give('somebodys-own', { password: 'x' })
    const may = async (account: string, verb: string, name: string) => {
      const who = `--as=system:serviceaccount:named:${account}`
      return (await plane.run('kubectl', ['auth', 'can-i', verb, `secrets/${name}`, '-n', 'named', who])).stdout.trim()
    }
    expect(await may('akko-secrets', 'get', 'akko-postgresql-superuser')).toBe('yes')
    expect(await may('akko-secrets', 'get', 'somebodys-own')).toBe('no')
    expect(await may(JOB, 'get', 'akko-storage-key-trino')).toBe('yes')
    expect(await may(JOB, 'update', 'akko-storage-key-trino')).toBe('yes')
    for (const name of ['somebodys-own', 'akko-postgresql-superuser', 'akko-identity-client-trino'])
      expect(await may(JOB, 'get', name)).toBe('no')
    // Not by can-i alone: the program itself, told to read another's.
    const file = r.file([{ kind: 'key', name: 'thing', secret: 'somebodys.own', buckets: [] }])
    await r.give('akko-somebodys-own', { value: 'x' })
    const env = {
      AKKO_S3_ENDPOINT: 'http://127.0.0.1:9',
      AKKO_S3_REGION: 'x',
      AKKO_S3_ACCESS_KEY: 'x',
      AKKO_S3_SECRET_KEY: 'x',
      AKKO_S3_KEYS: 'preset',
    }
    const refused = await r.init(JOB, ['ensure', file], env)
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/failed +key thing: .*akko-somebodys-own.*forbidden/)
  })

  it('may do no more than read and create, and prints nothing of what it makes', async () => {
    const r = await room('rights')
    const done = await r.init('akko-secrets', ['secrets', r.secretsFile])
    expect(done.code).toBe(0)
    const made = [...(await r.secrets()).values()].flatMap(({ data }) => Object.entries(data))
    const secret = made.flatMap(([key, text]) => (/user|ca\.crt/.test(key) ? [] : [decoded(text as string)]))
    expect(secret.length).toBeGreaterThan(0)
    expect(secret.filter((text) => (done.stdout + done.stderr).includes(text))).toEqual([])
    for (const verb of ['list', 'update', 'patch', 'delete', 'watch']) {
      const { stdout } = await plane.run('kubectl', [
        'auth',
        'can-i',
        verb,
        'secrets',
        '-n',
        'rights',
        '--as=system:serviceaccount:rights:akko-secrets',
      ])
      expect(`${verb}: ${stdout.trim()}`).toBe(`${verb}: no`)
    }
  })

  it('takes a Secret that was there as it is, makes what follows from it, and names the key that it lacks', async () => {
    const r = await room('given')
    await r.give('akko-storage-key-trino', { 'access-key': 'MINE', 'secret-key': 'my-own' })
    await r.give('akko-postgresql-role-keycloak', { user: 'somebody' })
    const refused = await r.init('akko-secrets', ['secrets', r.secretsFile])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('akko-postgresql-role-keycloak lacks the key password')
    await r.kubectl('delete', 'secret', 'akko-postgresql-role-keycloak')
    expect((await r.init('akko-secrets', ['secrets', r.secretsFile])).code).toBe(0)
    expect(decoded((await r.secret('akko-storage-identities')).data['identities.json'])).toContain('"secretKey": "my-own"')
    expect(Object.keys((await r.secret('akko-storage-key-trino')).data)).toEqual(['access-key', 'secret-key'])

    // A key that was changed afterwards is no longer what the storage was told.
    await r.kubectl('delete', 'secret', 'akko-storage-key-trino')
    const stale = await r.init('akko-secrets', ['secrets', r.secretsFile])
    expect(stale.code).toBe(3)
    expect(stale.stderr).toContain('akko-storage-identities (identities.json) does not know the key or the buckets of trino')
  })

  it('asks for the keys of an S3 that is not its own, makes none of them, and tries them', async () => {
    const r = await room('preset', { values: ['-f', join(CHART, 'values-external-s3.yaml')] })
    const refused = await r.init('akko-secrets', ['secrets', r.secretsFile])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('akko-storage-root must be created first, with the keys access-key, secret-key')
    const keys = [...refused.stderr.matchAll(/akko-storage-(?:root|key-[a-z]+)/g)].map(([name]) => name)
    const declared = JSON.parse(readFileSync(r.storageFile, 'utf8')) as { kind: string; name: string }[]
    const of = (kind: string) => declared.filter((d) => d.kind === kind)
    expect(keys.sort()).toEqual(['akko-storage-root', ...of('key').map(({ name }) => `akko-storage-key-${name}`)].sort())
    // versitygw knows one key only.
    const root = { 'access-key': 'versity-root', 'secret-key': 'versity-root-secret' }
    for (const name of keys) await r.give(name, root)
    expect((await r.init('akko-secrets', ['secrets', r.secretsFile])).code).toBe(0)
    expect([...(await r.secrets()).keys()]).not.toContain('akko-storage-identities')

    const data = join(plane.folder, 'versity')
    mkdirSync(data)
    const address = '127.0.0.1:8333'
    plane.daemons.start('versitygw', plane.inside, [goTool('versitygw'), '--port', address, 'posix', data], {
      ROOT_ACCESS_KEY: root['access-key'],
      ROOT_SECRET_KEY: root['secret-key'],
    })
    const env = {
      AKKO_S3_ENDPOINT: `http://${address}`,
      AKKO_S3_REGION: 'us-east-1',
      AKKO_S3_ACCESS_KEY: root['access-key'],
      AKKO_S3_SECRET_KEY: root['secret-key'],
      AKKO_S3_KEYS: 'preset',
    }
    expect((await r.init(JOB, ['wait', `s3:///?endpoint=http://${address}`], env)).code).toBe(0)
    const first = await r.init(JOB, ['ensure', r.storageFile], env)
    const all = declared.length
    expect(first.stdout).toContain(`${all} resources: ${of('bucket').length} created, ${of('key').length} unchanged, 0 failed`)
    expect((await r.init(JOB, ['ensure', r.storageFile], env)).stdout).toMatch(new RegExp(`^${all} resources: ${all} unchanged, 0 failed`))
    await r.kubectl('delete', 'secret', 'akko-storage-key-rag', 'akko-storage-key-aden')
    await r.give('akko-storage-key-rag', { 'access-key': 'versity-root', 'secret-key': 'wrong' })
    const wrong = await r.init(JOB, ['ensure', r.storageFile], env)
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toMatch(/failed +key rag: the storage refuses its key for akko-rag/)
    expect(wrong.stdout).toMatch(/failed +key aden: there is no secret storage.key.aden/)
    await plane.daemons.stop('versitygw')
  })
})

describe('ensure', () => {
  let r: Awaited<ReturnType<typeof room>>
  let env: Record<string, string>
  let file: string
  const RESOURCES = [
    { kind: 'role', server: 'postgresql', name: 'thing', secret: 'postgresql.role.thing' },
    { kind: 'database', server: 'postgresql', name: 'thing', owner: 'thing' },
    { kind: 'bucket', name: 'things' },
    { kind: 'key', name: 'thing', secret: 'storage.key.thing', buckets: [{ name: 'things', mode: 'write' }] },
    { kind: 'principalRole', name: 'engines' },
    { kind: 'principal', name: 'thing', secret: 'catalog.principal.thing', roles: ['engines'] },
    { kind: 'realm', name: 'thing' },
    {
      kind: 'client',
      realm: 'thing',
      clientId: 'app',
      name: 'App',
      public: false,
      secret: 'identity.client.app',
      redirectUris: ['https://app.example.org/callback'],
      audiences: ['app'],
      flows: ['code'],
    },
  ]
  const events = async () => (JSON.parse(await r.kubectl('get', 'events.events.k8s.io', '-o', 'json')) as { items: Manifest[] }).items

  beforeAll(async () => {
    r = await room('ensured', { names: RESOURCES.flatMap((x) => ('secret' in x && x.secret ? [secretObject(x.secret)] : [])) })
    file = r.file(RESOURCES)
    plane.daemons.start('servers', plane.inside, [process.execPath, join(import.meta.dirname, 'init-servers.ts')])
    for (let left = 300; ; left--) {
      const line = readFileSync(plane.daemons.logFile('servers'), 'utf8')
        .split('\n')
        .find((l) => l.startsWith('{"AKKO'))
      if (line) {
        env = { ...JSON.parse(line), AKKO_S3_KEYS: 'iam', AKKO_JOB: 'akko-thing-1', AKKO_JOB_UID: '00000000-0000-0000-0000-000000000001' }
        break
      }
      if (left === 0) throw new Error(readFileSync(plane.daemons.logFile('servers'), 'utf8'))
      await sleep(200)
    }
  })
  afterAll(() => plane.daemons.stop('servers'))

  it('says what it would do, and does nothing', async () => {
    const plan = await r.init(JOB, ['ensure', '--plan', '--json', file], env)
    expect(plan.code).toBe(2)
    expect(JSON.parse(plan.stdout)).toMatchObject({ checked: RESOURCES.length, failed: [], unavailable: [] })
    expect(JSON.parse(plan.stdout).changes.length).toBe(RESOURCES.length)
    expect((await r.secrets()).size).toBe(0)
    expect(await events()).toEqual([])
  })

  it('makes all true, though two do it at the same time, and tells it as an event of the Job', async () => {
    const both = await Promise.all([r.init(JOB, ['ensure', file], env), r.init(JOB, ['ensure', file], env)])
    expect(both.map((b) => `${b.code} ${b.stderr}${b.code ? b.stdout : ''}`)).toEqual(['0 ', '0 '])
    expect([...(await r.secrets()).keys()].sort()).toEqual([
      'akko-catalog-principal-thing',
      'akko-identity-client-app',
      'akko-postgresql-role-thing',
      'akko-storage-key-thing',
    ])
    expect(Object.keys((await r.secret('akko-storage-key-thing')).data).sort()).toEqual(['access-key', 'secret-key'])
    const told = (await events()).map((e) => [e.type, e.reason, e.regarding.kind, e.regarding.name, /^8 resources: /.test(e.note)])
    expect(told).toEqual([
      ['Normal', 'Ensured', 'Job', 'akko-thing-1', true],
      ['Normal', 'Ensured', 'Job', 'akko-thing-1', true],
    ])
    expect(await r.kubectl('get', 'events', '--field-selector', 'involvedObject.kind=Job,involvedObject.name=akko-thing-1')).toContain(
      'Ensured',
    )
  })

  it('changes nothing the second time', async () => {
    const before = await r.secrets()
    const again = await r.init(JOB, ['ensure', file], env)
    expect(again.stdout).toMatch(/^8 resources: 8 unchanged, 0 failed \(\d+ ms\)\n$/)
    expect((await r.init(JOB, ['ensure', '--plan', file], env)).code).toBe(0)
    expect(await r.secrets()).toEqual(before)
  })

  it('makes good what was lost, and only that', async () => {
    const lost = decoded((await r.secret('akko-catalog-principal-thing')).data.credential)
    await r.kubectl('delete', 'secret', 'akko-catalog-principal-thing')
    expect((await r.init(JOB, ['ensure', '--plan', file], env)).code).toBe(2)
    const again = await r.init(JOB, ['ensure', file], env)
    expect(again.stdout).toMatch(
      /^updated +principal thing: the stored credentials do not open it\n8 resources: 1 updated, 7 unchanged, 0 failed/,
    )
    expect(decoded((await r.secret('akko-catalog-principal-thing')).data.credential)).not.toBe(lost)
    expect((await r.init(JOB, ['ensure', '--plan', file], env)).code).toBe(0)
  })

  it('fails with the names of what failed, does the rest, and writes no password anywhere', async () => {
    const broken = { ...env, AKKO_POSTGRESQL_PASSWORD: 'not-this-one' }
    const failed = await r.init(JOB, ['ensure', file], broken)
    expect(failed.code).toBe(1)
    expect(failed.stdout).toMatch(/failed +role postgresql\/thing: password authentication failed/)
    expect(failed.stdout).toMatch(/8 resources: 6 unchanged, 2 failed/)
    const warning = (await events()).find((e) => e.type === 'Warning')
    expect(warning.reason).toBe('EnsureFailed')
    expect(failed.stdout + json(await events())).not.toContain('not-this-one')
    const key = await r.secret('akko-storage-key-thing')
    expect(json(await events())).not.toContain(decoded(key.data['secret-key']))
  })
})

describe('akko plan --cluster', () => {
  const akko = (...args: string[]) =>
    plane.run(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'plan', '--cluster', ...args], { env: process.env })

  it('asks each init job once more beside it, and leaves the release as it was', async () => {
    await plane.kubectl(['create', 'namespace', 'planned'])
    await plane.helm(['install', 'akko', CHART, '-n', 'planned', '--no-hooks', '--set', 'global.ingress.enabled=false'])
    const release = async () => {
      const { items } = JSON.parse(await plane.kubectl(['get', 'jobs', '-n', 'planned', '-o', 'json'])) as { items: Manifest[] }
      return items.map((j) => [j.metadata.name, j.metadata.uid, j.metadata.generation])
    }
    const before = await release()
    expect(before.length).toBeGreaterThan(0)
    // There is no node here: nothing answers, the way out is named, and all that was made is gone again.
    const asked = akko('--namespace', 'planned', '--timeout', '10')
    let seen: Manifest[] = []
    for (let left = 200; left > 0 && seen.length < before.length; left--) {
      seen = (
        JSON.parse(await plane.kubectl(['get', 'jobs', '-n', 'planned', '-l', 'akko.io/plan', '-o', 'json'])) as { items: Manifest[] }
      ).items
      await sleep(100)
    }
    expect(seen.length).toBe(before.length)
    for (const { spec } of seen) {
      expect(spec.template.spec.containers[0].args.slice(0, 3)).toEqual(['ensure', '--plan', '--json'])
      expect(spec.template.spec.serviceAccountName).toBe(`akko-${spec.template.metadata.labels['akko.io/component']}`)
      expect(spec.template.metadata.labels['akko.io/component']).toBeTruthy()
    }
    const { code, stderr } = await asked
    expect(code).toBe(1)
    expect(stderr).toMatch(/the plan of akko-.* was not done after 10 s/)
    expect(stderr.trim().split('\n').length).toBe(2)
    expect(await release()).toEqual(before)
  })

  it('says where it looked when there is nothing', async () => {
    const { code, stderr } = await akko('--namespace', 'nowhere')
    expect([code, stderr.split('\n')[0]]).toEqual([1, 'akko: the namespace nowhere holds no init job of AKKO'])
  })
})
