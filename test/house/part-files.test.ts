// What a part takes: its own files, and the few elsewhere that may know it by name, each with its reason.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toggleOf } from '#chart/init'
import { jobs, services } from '#platform/registry'
import { importsOf, isTestFile, literalsOf, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES = services.map((s) => s.name)

interface Place {
  readonly files: RegExp
  /** All, unless said. */
  readonly names?: readonly string[]
  readonly because: string
}

const ELSEWHERE: readonly Place[] = [
  { files: /^src\/platform\/services\//, because: 'a declaration says whom it needs' },
  { files: /^src\/(runtime\/cells|cluster)\//, because: 'a composition hands its part the addresses of whom it calls' },
  { files: /^src\/platform\/audiences\.ts$/, because: 'declares for whom a token is' },
  { files: /^src\/platform\/demo\.ts$/, because: 'declares what the job of the demo needs' },
  { files: /^src\/platform\/service\.ts$/, names: ['identity', 'compute', 'governance'], because: 'layers' },
  {
    files:
      /^src\/(platform\/access|platform\/policy\/|runtime\/(policy|run-plan|remove-home)|runtime\/supervisor\/main|cli\/(commands\/(audit|policy)|policy\/view-as)\.ts)/,
    names: ['policy'],
    because: 'the word for it, the folder of its files, and a command',
  },
  { files: /^src\/runtime\/policy-things\.ts$/, names: ['catalog'], because: 'a kind of thing' },
  { files: /^src\/chart\/smoke\.ts$/, because: 'the smoke test asks each protocol at its part' },
  { files: /^src\/chart\/values\.ts$/, names: ['governance'], because: 'a profile' },
  { files: /^src\/runtime\/audit\.ts$/, names: ['postgresql'], because: 'where records are kept' },
  { files: /^src\/runtime\/postgres-people\.ts$/, names: ['postgresql-data'], because: 'gives people logins there' },
  { files: /^src\/runtime\/ensure-context\.ts$/, names: ['storage', 'catalog', 'identity'], because: 'clients of the kinds of resources' },
  { files: /^src\/(runtime\/tokens|cli\/as-user)\.ts$/, names: ['identity'], because: 'asks for tokens' },
  { files: /^src\/(runtime\/people-admin|cli\/commands\/user)\.ts$/, names: ['identity'], because: 'people are its' },
  {
    files: /^src\/runtime\/(buckets|user-keys|storage-upkeep)\.ts$/,
    names: ['storage'],
    because: 'makes buckets for people and keeps the store, as its administrator',
  },
  { files: /^src\/runtime\/(home|move-home|remove-home)\.ts$/, names: ['logs'], because: 'a folder of a home' },
  { files: /^src\/(cli\/cockpit-build|runtime\/cockpit-dist)\.ts$/, names: ['cockpit'], because: 'the folder of the browser app' },
  { files: /^src\/cli\/bench\//, names: ['catalog', 'engine', 'identity', 'sql'], because: 'suites' },
  { files: /^src\/cli\/table\/dropped\.ts$/, names: ['catalog'], because: 'has dropped tables back, which it alone knows of' },
  { files: /^src\/cli\/demo\.ts$/, names: ['postgresql-data'], because: 'a client of the demo' },
  { files: /^src\/cli\/(main|commands\/test)\.ts$/, names: ['sql', 'cockpit'], because: 'a command, and a stage of tests' },
  { files: /^src\/cli\/commands\/(doctor|plan-cluster)\.ts$/, names: ['alerts', 'logs'], because: 'words of their tables' },
  { files: /^src\/parts\/gateway\//, names: ['cockpit', 'sql'], because: 'a client of the realm, and what a person is told of statements' },
  { files: /^src\/parts\/identity\//, names: ['search'], because: "a parameter of Keycloak's API" },
  { files: /^src\/parts\/cockpit\//, names: ['identity', 'policy'], because: 'an encoding of HTTP, and a kind of thing' },
  { files: /^src\/parts\/sql\//, names: ['catalog', 'engine', 'identity', 'postgresql'], because: 'words of SQL, Iceberg and Trino' },
  { files: /^src\/wire\//, names: ['catalog', 'identity', 'sql'], because: 'words of Iceberg and Trino' },
  { files: /^src\/ensure\/kinds\//, names: ['catalog'], because: 'a kind of resource, and a field of others' },
  { files: /^cockpit\/src\//, names: ['catalog', 'cockpit', 'search', 'sql'], because: 'words of SQL, pages and icons' },
]

const files = ['src', 'cockpit/src']
  .flatMap((room) => sourcesBelow(join(ROOT, room)))
  .filter((path) => !isTestFile(path) && !path.endsWith('/fixture.ts'))
  .map((path) => ({ file: relative(ROOT, path), texts: literalsOf(path) }))

/** Its declaration, its folder, its pod and its composition. */
const isOwn = (file: string, name: string) =>
  file === `src/platform/services/${name}.ts` ||
  [`src/parts/${name}/`, `src/cluster/${name}/`].some((folder) => file.startsWith(folder)) ||
  (file.startsWith('src/runtime/cells/') && file.endsWith(`/${name}.ts`))

/** `name in file`, where it is a text by itself or in a placeholder of declarations. */
const mentions = NAMES.flatMap((name) =>
  files
    .filter(({ file, texts }) => !isOwn(file, name) && texts.some((text) => text === name || new RegExp(`%\\{\\w+ ${name}\\}`).test(text)))
    .map(({ file }) => ({ name, file })),
)
const allows = ({ files, names }: Place, mention: { name: string; file: string }) =>
  files.test(mention.file) && (names?.includes(mention.name) ?? true)

describe('a part is known by name', () => {
  it('to its own files, and elsewhere for a reason', () => {
    expect(mentions.length).toBeGreaterThan(0)
    expect(mentions.filter((m) => !ELSEWHERE.some((place) => allows(place, m))).map(({ name, file }) => `${name} in ${file}`)).toEqual([])
  })

  it.each(ELSEWHERE.flatMap((place) => (place.names ?? ['']).map((name) => [name, String(place.files), place] as const)))(
    'reason for %s in %s is one',
    (name, _, place) => {
      expect(mentions.some((m) => place.files.test(m.file) && (name === '' || m.name === name))).toBe(true)
    },
  )

  it('docs, the model of a part, is imported, declared and asked for nowhere else than CONTRIBUTING says', () => {
    const imported = /^#(parts|cluster)\/docs\/|^#platform\/services\/docs$/
    const known = files.flatMap(({ file }) => {
      if (isOwn(file, 'docs')) return []
      const path = join(ROOT, file)
      const named = mentions.some((m) => m.name === 'docs' && m.file === file) || /\bAUDIENCE\.docs\b/.test(readFileSync(path, 'utf8'))
      return named || importsOf(path).some(({ spec }) => imported.test(spec)) ? [file] : []
    })
    expect(known.sort()).toEqual([
      'src/platform/audiences.ts', // tokens are for it
      'src/platform/registry.ts', // its import and its place
      'src/platform/services/identity.ts', // its client of the realm, and who gets tokens for it
      'src/runtime/policy.ts', // its kinds of things
    ])
    const row = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('| a part of one machine'))
    expect(known.filter((file) => !row?.includes(`\`${file}\``))).toEqual([])
  })
})

it('templates of the chart know no job by its toggle', () => {
  const folder = join(ROOT, 'helm/akko/charts/akko-common/templates')
  const templates = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  expect(templates.length).toBeGreaterThan(0)
  const toggles = jobs.map((job) => toggleOf(job))
  expect(toggles.filter((toggle) => templates.some((text) => text.includes(`"${toggle}"`) || text.includes(`${toggle}.`)))).toEqual([])
})
