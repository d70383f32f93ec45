// AKKO on a real Kubernetes: one `helm install` of the core profile, then what holds on one machine holds here, and what is lost comes back.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#demo/random'
import { startCluster, type TestCluster } from '#test/cluster/cluster'
import { builtImages } from '#test/cluster/images'
import { admitTraefik, type Ingress, startIngress } from '#test/cluster/ingress'
import { LACKING, SUITES } from '#test/cluster/lacking'
import {
  allReady,
  deploy,
  exec,
  givePolicy,
  importPlatformImages,
  jobLog,
  NAMESPACE,
  OWN_POLICY,
  OWN_ROLE,
  psql,
  startS3,
  VALUES,
} from '#test/cluster/platform'
import { allKinds, changed, settled } from '#test/cluster/release'

const ROOT = resolve(import.meta.dirname, '../..')
const say = (line: string) => console.log(line)
const INIT_JOBS = ['postgres-init', 'postgres-data-init', 'storage-init', 'polaris-init', 'keycloak-clients', 'bootstrap-admin']

let cluster: TestCluster
let ingress: Ingress

beforeAll(async () => {
  cluster = await startCluster(say)
  await importPlatformImages(cluster, say)
  await admitTraefik(cluster, say)
  await startS3(cluster)
  await deploy(cluster)
  say(`everything ready ${(await allReady(cluster, say)).toFixed(0)} s after helm returned`)
  ingress = await startIngress(cluster, NAMESPACE)
}, 1_800_000)

afterAll(async () => {
  await ingress?.stop()
  await cluster?.stop()
}, 1_200_000)

/** Programs of ours in the cluster's network, which know the hosts of the release. */
const inside = (args: readonly string[], env: Record<string, string> = {}, timeoutMs = 600_000) =>
  cluster.run(
    ingress.resolving[0] as string,
    [...ingress.resolving.slice(1), process.execPath, '--disable-warning=ExperimentalWarning', ...args],
    {
      env,
      timeoutMs,
    },
  )

describe('the demo', () => {
  it('goes the way that it goes on one machine and gives the same numbers', async () => {
    const log = await jobLog(cluster, 'demo')
    expect(log).toContain(
      '487 of 507 fraudulent transactions found by behaviour (recall 96.1 %), 546 flagged (precision 89.2 %), of 100000',
    )
    const rows = log.split('\n').filter((line) => /^\d+\t/.test(line))
    expect(rows).toEqual(readFileSync(join(ROOT, 'test/golden/fraud-report.tsv'), 'utf8').trimEnd().split('\n'))
  })
})

describe('helm/scripts/smoke.sh', () => {
  it('finds everything well', async () => {
    const smoke = await cluster.run('bash', [join(ROOT, 'helm/scripts/smoke.sh'), '--namespace', NAMESPACE, '--json'])
    const checks = JSON.parse(smoke.stdout) as { name: string; ok: boolean; detail: string }[]
    expect(checks.filter((c) => !c.ok)).toEqual([])
    expect(checks.length).toBeGreaterThan(14)
    expect(smoke.code).toBe(0)
  })
})

describe('the strangers’ tests of one machine', () => {
  it('pass by other addresses, but for what the stand-ins lack', async () => {
    const doors = join(cluster.folder, 'doors.json')
    const report = join(cluster.folder, 'strangers.json')
    const wrote = await inside([join(ROOT, 'test/cluster/doors.ts'), NAMESPACE, ingress.ca, doors])
    expect(wrote.code, wrote.stderr).toBe(0)
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    await inside([vitest, 'run', '--project=strangers', '--reporter=json', `--outputFile=${report}`, ...SUITES], {
      AKKO_TEST_DOORS: doors,
      AKKO_TEST_HOME: 'elsewhere',
    })
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[]
    }
    const results = testResults.flatMap((file) => file.assertionResults)
    const failed = results.filter((r) => r.status !== 'passed')
    say(`strangers' tests on the cluster: ${results.length - failed.length} passed, ${failed.length} lacking`)
    // A test that is on the list must fail: the list does not outlive its reasons.
    expect(failed.map((r) => r.fullName).sort(), failed.map((r) => r.failureMessages[0]).join('\n')).toEqual(Object.keys(LACKING).sort())
    expect(results.length).toBeGreaterThan(25)
  }, 900_000)
})

describe('the policy of its owner', () => {
  it('has a role of its own in the realm, and what he changes is in force at Trino; what he writes wrong is not', async () => {
    expect(await jobLog(cluster, 'keycloak-clients')).toMatch(new RegExp(`created .*${OWN_ROLE}`))
    const doors = join(cluster.folder, 'doors.json')
    const wrote = await inside([join(ROOT, 'test/cluster/doors.ts'), NAMESPACE, ingress.ca, doors])
    expect(wrote.code, wrote.stderr).toBe(0)
    const shown = async () => {
      const sql = 'SELECT DISTINCT full_name FROM iceberg.banking.customers WHERE customer_id = 1'
      const asked = await inside([join(ROOT, 'test/cluster/ask.ts'), doors, 'user@demo', sql])
      expect(asked.code, asked.stderr).toBe(0)
      return asked.stdout
    }
    expect(await shown()).toMatch(/^\[\[".\*\*\*"\]\]$/)
    const changed = OWN_POLICY.replace("name: substr({column}, 1, 1) || '***'", `name: "'a person'"`)
    expect(changed).not.toBe(OWN_POLICY)
    const began = Date.now()
    await givePolicy(cluster, changed)
    await expect.poll(shown, { timeout: 240_000, interval: 1000 }).toBe('[["a person"]]')
    say(`a changed policy is in force at Trino ${((Date.now() - began) / 1000).toFixed(0)} s after its ConfigMap was written`)
    await givePolicy(cluster, changed.replace('a person', 'nobody').replace('clear: true', 'clear: sometimes'))
    const refused = async () => await cluster.kubectl(['logs', '--namespace', NAMESPACE, 'deployment/akko-opa', '--container=policy'])
    await expect.poll(refused, { timeout: 240_000, interval: 1000 }).toContain('the policy is not put in force')
    expect(await shown()).toBe('[["a person"]]')
  }, 600_000)
})

describe('the init jobs', () => {
  const summaries = () => Promise.all(INIT_JOBS.map(async (job) => (await jobLog(cluster, job)).trim().split('\n').at(-1)))

  it('run again and change nothing', async () => {
    await deploy(cluster, 'akko-init.rerun=again')
    await allReady(cluster, say)
    for (const summary of await summaries()) expect(summary).toMatch(/^(\d+) resources: \1 unchanged, 0 failed/)
  }, 600_000)

  it('would do nothing, says `akko plan --cluster`', async () => {
    const plan = await inside([join(ROOT, 'src/cli/main.ts'), 'plan', '--cluster', '--namespace', NAMESPACE])
    expect(plan.code, plan.stdout + plan.stderr).toBe(0)
  }, 300_000)

  it('bring back what was dropped', async () => {
    await psql(cluster, 'postgresql-data', 'rag', 'DROP TABLE rag.embeddings; DROP EXTENSION vector')
    await psql(cluster, 'postgresql-data', 'geospatial', 'DROP EXTENSION pgaudit')
    const dropped = await inside([join(ROOT, 'test/cluster/drop.ts'), NAMESPACE])
    expect(dropped.code, dropped.stderr).toBe(0)
    const plan = await inside([join(ROOT, 'src/cli/main.ts'), 'plan', '--cluster', '--namespace', NAMESPACE])
    expect(plan.code, plan.stdout + plan.stderr).toBe(2)
    for (const word of ['vector', 'pgaudit', 'embeddings', 'akko-rag', 'telecom', 'mlflow']) expect(plan.stdout).toContain(word)
    await deploy(cluster, 'akko-init.rerun=repair')
    await allReady(cluster, say)
    expect(await psql(cluster, 'postgresql-data', 'rag', "SELECT '[1,2]'::vector <=> '[2,1]'::vector, count(*) FROM rag.embeddings")).toBe(
      '0.19999999999999996|0',
    )
    const after = await inside([join(ROOT, 'src/cli/main.ts'), 'plan', '--cluster', '--namespace', NAMESPACE])
    expect(after.code, after.stdout + after.stderr).toBe(0)
  }, 900_000)
})

describe('the backups', () => {
  const CRONJOBS = ['akko-backup-postgres', 'akko-backup-storage']
  const restore = (...args: string[]) =>
    cluster.run('bash', [join(ROOT, 'helm/scripts/restore.sh'), '--namespace', NAMESPACE, ...args], { timeoutMs: 600_000 })
  const bucket = async (...args: string[]) => {
    const looked = await inside([join(ROOT, 'test/cluster/bucket.ts'), NAMESPACE, 'akko-iceberg', ...args])
    expect(looked.code, looked.stderr).toBe(0)
    return JSON.parse(looked.stdout) as { objects: number; digest: string }
  }
  const firedBy = async (cronJob: string) => {
    const { items } = JSON.parse(await cluster.kubectl(['get', 'jobs', '--namespace', NAMESPACE, '--output=json'])) as {
      items: { metadata: { ownerReferences?: { kind: string; name: string }[] }; status: { succeeded?: number } }[]
    }
    const mine = items.filter((job) => job.metadata.ownerReferences?.some((o) => o.kind === 'CronJob' && o.name === cronJob))
    return mine.filter((job) => job.status.succeeded).length
  }

  it('are made at their time', async () => {
    const on = ['postgres', 'minio'].map((what) => `akko-init.backup.${what}.enabled=true`)
    const everyMinute = ['postgres', 'minio'].map((what) => `akko-init.backup.${what}.schedule=* * * * *`)
    await deploy(cluster, 'akko-init.rerun=repair', ...on, ...everyMinute)
    await expect
      .poll(async () => (await Promise.all(CRONJOBS.map(firedBy))).every((n) => n > 0), { timeout: 300_000, interval: 2000 })
      .toBe(true)
    await deploy(cluster, 'akko-init.rerun=repair', ...on)
    await allReady(cluster, say)
    const listed = await restore('list')
    expect(listed.code, listed.stderr).toBe(0)
    expect(listed.stdout).toMatch(/^databases:\n(\d{4}-\d\d-\d\dT\d{6}Z {2}\S+\n)+storage:\n(\d{4}-\d\d-\d\dT\d{6}Z\n)+$/)
  }, 900_000)

  it('give a database back, beside the one that is there', async () => {
    const done = await restore('--into', 'banking again', 'database', 'postgresql-data', 'banking')
    expect(done.code, done.stdout + done.stderr).toBe(0)
    say(`database: ${done.stdout.trim().split('\n').at(-1)}`)
    const facts =
      "SELECT count(*), sum(amount), (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()), (SELECT tableowner FROM pg_tables WHERE tablename = 'transactions') FROM transactions"
    const [there, again] = [
      await psql(cluster, 'postgresql-data', 'banking', facts),
      await psql(cluster, 'postgresql-data', 'banking again', facts),
    ]
    expect(there).toMatch(/^100000\|/)
    expect(again).toBe(there)
    const twice = await restore('--into', 'banking again', 'database', 'postgresql-data', 'banking')
    expect([twice.code, twice.stdout]).toEqual([1, expect.stringContaining('already exists')])
    expect(await psql(cluster, 'postgresql-data', 'banking again', facts)).toBe(there)
    const unknown = await restore('database', 'postgresql', 'nothing_like_it')
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringMatching(/no database nothing_like_it.*keycloak/)])
    await psql(cluster, 'postgresql-data', 'postgres', 'DROP DATABASE "banking again"')
  }, 600_000)

  it('give every object of a bucket back', async () => {
    const before = await bucket()
    expect(before.objects).toBeGreaterThan(10)
    expect((await restore('list')).stdout).toMatch(/storage:\n2/) // nothing is emptied that has no copy
    await bucket('empty')
    expect((await bucket()).objects).toBe(0)
    const done = await restore('storage', 'akko-iceberg')
    expect(done.code, done.stdout + done.stderr).toBe(0)
    say(`bucket: ${done.stdout.trim().split('\n').slice(-2).join('; ')}`)
    expect(await bucket()).toEqual(before)
    const unknown = await restore('--from', '2000-01-01T000000Z', 'storage')
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining('there is no copy 2000-01-01T000000Z; there are: 2')])
  }, 600_000)
})

describe('a notebook', () => {
  const python = (code: string) =>
    inside([join(ROOT, 'test/cluster/notebook.ts'), 'https://lab.akko.local', ingress.ca, 'analyst@demo', 'analyst-demo', code])

  beforeAll(async () => {
    await cluster.importImages(await builtImages(['akko-jupyterhub', 'akko-notebook'], say))
    await deploy(cluster, 'akko-init.rerun=repair', 'akko-jupyterhub.enabled=true')
    await allReady(cluster, say)
    ingress = await startIngress(cluster, NAMESPACE)
  }, 900_000)
  afterAll(() => deploy(cluster, 'akko-init.rerun=repair'), 300_000)

  it('runs Python for who signs in by the realm, as nobody special, and keeps their work when its pod is gone', async () => {
    const first = await python(
      "import os, duckdb; open('work.txt', 'w').write('kept'); print(os.getuid(), duckdb.connect().execute('SELECT 6 * 7').fetchone())",
    )
    expect([first.stderr, first.stdout, first.code]).toEqual(['', '10001 (42,)\n', 0])
    const second = await python("import os; print(open('work.txt').read(), os.path.exists('/var/run/secrets/kubernetes.io'))")
    expect([second.stderr, second.stdout, second.code]).toEqual(['', 'kept False\n', 0])
  }, 900_000)
})

describe('the release', () => {
  it('upgrades without change and changes nothing', async () => {
    const kinds = await allKinds(cluster)
    await deploy(cluster, 'akko-init.rerun=repair')
    await allReady(cluster, say)
    const before = await settled(cluster, kinds)
    await deploy(cluster, 'akko-init.rerun=repair')
    expect(changed(before, await settled(cluster, kinds)).filter((line) => !/akko-secrets/.test(line))).toEqual([])
  }, 600_000)

  it('comes back when pods are killed at random', async () => {
    const seed = Number(process.env.AKKO_CHAOS_SEED ?? Date.now() % 1_000_000)
    const random = createRandom(seed)
    say(`pods are drawn by AKKO_CHAOS_SEED=${seed}`)
    for (let round = 0; round < 3; round++) {
      const names = (
        await cluster.kubectl(['get', 'pods', '--namespace', NAMESPACE, '--field-selector=status.phase=Running', '--output=name'])
      )
        .trim()
        .split('\n')
      const victims = names.filter(() => random.chance(0.5))
      say(`killing ${victims.join(', ')}`)
      if (victims.length > 0) await cluster.kubectl(['delete', '--namespace', NAMESPACE, '--force', '--grace-period=0', ...victims])
      await allReady(cluster, say)
    }
    expect(
      await exec(
        cluster,
        'deployment/akko-cockpit',
        'node',
        '-e',
        "fetch('http://akko-trino:8080/v1/info').then(r=>r.json()).then(i=>console.log(i.starting))",
      ),
    ).toBe('false\n')
    expect(await psql(cluster, 'postgresql-data', 'banking', 'SELECT count(*) FROM transactions')).toBe('100000')
  }, 1_200_000)

  it('is uninstalled and installed again over what was kept, and converges', async () => {
    const script = (name: string, ...args: string[]) =>
      cluster.run('bash', [join(ROOT, 'helm/scripts', name), ...args], { timeoutMs: 900_000 })
    const gone = await script('uninstall.sh', '--yes')
    expect(gone.code, gone.stderr).toBe(0)
    expect(gone.stdout).toMatch(/data-akko-postgresql-0/)
    const back = await script('deploy.sh', ...VALUES.flatMap((file) => ['--values', file]))
    expect(back.code, back.stderr).toBe(0)
    await allReady(cluster, say)
    const log = await jobLog(cluster, 'demo')
    expect(log).toContain('487 of 507 fraudulent transactions found by behaviour')
    expect(log).not.toContain('rows by COPY')
  }, 1_200_000)
})
