// Images for the cluster of the tests: AKKO's own, built by the script that users run, and stand-ins for upstream's, since no image registry is asked.
// Each is built once per hash of what goes into it and kept as an archive that `ctr images import` takes.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OWN_TAG } from '#platform/images'
import { buildah, builderEnv, machineSettings, need, run } from '#test/cluster/images/builder'
import { cacheRoot } from '#test/support/judges'

export interface BuiltImage {
  /** As containerd names it: docker.io/library/akko-postgres:2026.11, docker.io/akko-test/keycloak:test. */
  readonly ref: string
  /** A docker-archive. */
  readonly archive: string
}

const ROOT = resolve(import.meta.dirname, '../..')
const SCRIPT = join(ROOT, 'helm/scripts/build-images.sh')
/** In Docker's format an image has one id, in the store and in its archive. */
const BUILD = ['--pull=never', '--format', 'docker']

/** Builds what is missing of `akko-*` (docker/) and `akko-test/*` (test/cluster/images/). */
export async function builtImages(names: readonly string[], say: (line: string) => void): Promise<BuiltImage[]> {
  const done: BuiltImage[] = []
  for (const name of names) done.push(await built(name, say))
  return done
}

/** What a public base is called in the tests: docker.io/library/debian:12.12-slim is akko-test/debian-12. */
export function testBase(ref: string): string {
  const [, repository, major] = /^(?:docker\.io\/)?(?:library\/)?([^:]+):(\d+)/.exec(ref) ?? []
  if (repository?.startsWith('akko-')) return repository
  if (repository === 'debian') return `akko-test/debian-${major}`
  if (repository === 'node') return 'akko-test/node'
  if (repository === 'trinodb/trino') return 'akko-test/trino'
  throw new Error(`no test base stands in for ${ref}: add it to testBase in test/cluster/images.ts`)
}

interface Recipe {
  readonly ref: string
  readonly dockerfile: string
  readonly context: string
  /** ARG -> the image that stands in. */
  readonly bases: ReadonlyMap<string, BuiltImage>
  readonly hash: string
}

const known = new Map<string, Promise<BuiltImage>>()

function built(name: string, say: (line: string) => void): Promise<BuiltImage> {
  const before = known.get(name)
  if (before) return before
  const image = make(name, say)
  known.set(name, image)
  image.catch(() => known.delete(name))
  return image
}

async function make(name: string, say: (line: string) => void): Promise<BuiltImage> {
  const recipe = await recipeOf(name, say)
  const folder = join(cacheRoot(), 'cluster/images')
  mkdirSync(folder, { recursive: true })
  const stem = join(folder, `${name.replace('/', '-')}-${recipe.hash}`)
  const image = { ref: recipe.ref, archive: `${stem}.tar` }
  if (existsSync(image.archive)) return image
  await withTurn(join(folder, `.${name.replace('/', '-')}.turn`), async () => {
    if (existsSync(image.archive)) return
    need('buildah')
    const began = Date.now()
    say(`building ${name} ...`)
    rmSync(`${stem}.log`, { force: true })
    for (const base of recipe.bases.values()) await stored(base)
    const fresh = `${stem}.${process.pid}`
    await (name.startsWith('akko-test/') ? buildForTests(recipe, fresh, `${stem}.log`) : buildOwn(name, recipe, fresh, `${stem}.log`))
    renameSync(join(fresh, 'image.tar'), image.archive)
    rmSync(fresh, { recursive: true, force: true })
    forgetOlder(folder, `${name.replace('/', '-')}-`, image.archive)
    const seconds = (Date.now() - began) / 1000
    writeFileSync(`${stem}.json`, JSON.stringify({ ref: image.ref, seconds, archiveBytes: statSync(image.archive).size }))
    say(`${name}: ${seconds.toFixed(0)} s, archive ${(statSync(image.archive).size / 1e6).toFixed(0)} MB`)
  })
  return image
}

/** One of AKKO's own, by the script that users run. */
async function buildOwn(name: string, recipe: Recipe, folder: string, log: string): Promise<void> {
  const bases = [...recipe.bases].flatMap(([arg, base]) => ['--base', `${arg}=${base.ref}`])
  const options = ['--builder', 'buildah', ...bases, '--save', folder, '--sbom', folder, name, '--', ...BUILD, ...machineSettings()]
  await run(SCRIPT, options, log)
  renameSync(join(folder, `${name}.tar`), join(folder, 'image.tar'))
  renameSync(join(folder, `${name}.spdx.json`), log.replace(/log$/, 'spdx.json'))
}

/** What is in one of AKKO's own images, as SPDX 2.3: made with the image, or of the archive where that is older than its list. */
export async function sbomOf(name: string): Promise<string> {
  const [image] = await builtImages([name], () => {})
  const { ref, archive } = image as BuiltImage
  const file = archive.replace(/tar$/, 'spdx.json')
  if (!existsSync(file)) {
    await stored({ ref, archive })
    const env = { ...builderEnv(), BUILDER: 'buildah' }
    const list = execFileSync(join(ROOT, 'helm/scripts/sbom.sh'), [ref, name, OWN_TAG], { env, maxBuffer: 1 << 26 })
    writeFileSync(`${file}.${process.pid}`, list)
    renameSync(`${file}.${process.pid}`, file)
  }
  return file
}

async function buildForTests(recipe: Recipe, folder: string, log: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const bases = [...recipe.bases].flatMap(([arg, base]) => ['--build-arg', `${arg}=${base.ref}`])
  const options = [
    'build',
    '--pull=never',
    '--timestamp',
    '0',
    '--file',
    recipe.dockerfile,
    '--tag',
    recipe.ref,
    ...bases,
    ...machineSettings(),
  ]
  await run('buildah', [...options, recipe.context], log)
  await run('buildah', ['push', '--quiet', recipe.ref, `docker-archive:${join(folder, 'image.tar')}:${recipe.ref}`], log)
}

/** Makes sure that the builder's store holds just this image under its name; from the archive where it does not. */
export async function stored(image: BuiltImage): Promise<void> {
  const manifest = execFileSync('tar', ['-xOf', image.archive, 'manifest.json'], { encoding: 'utf8' })
  const id = (JSON.parse(manifest)[0].Config as string).replace(/^.*\/|\.json$/g, '')
  try {
    if (buildah('inspect', '--type', 'image', '--format', '{{.FromImageID}}', image.ref).trim() === id) return
  } catch {
    // nothing has that name: it is pulled
  }
  await run('buildah', ['pull', '--quiet', `docker-archive:${image.archive}`], image.archive.replace(/tar$/, 'log'))
}

async function recipeOf(name: string, say: (line: string) => void): Promise<Recipe> {
  const test = name.startsWith('akko-test/')
  const home = test ? join(ROOT, 'test/cluster/images', name.slice('akko-test/'.length)) : join(ROOT, 'docker', name.replace(/^akko-/, ''))
  const dockerfile = join(home, 'Dockerfile')
  if (!existsSync(dockerfile)) throw new Error(`no Dockerfile for the image ${name}: ${dockerfile} does not exist`)
  const text = readFileSync(dockerfile, 'utf8')
  const bases = new Map<string, BuiltImage>()
  for (const [, arg, ref] of text.split(/^FROM /m)[0]?.matchAll(/^ARG ([A-Z_]+)=(\S+)$/gm) ?? []) {
    bases.set(arg as string, await built(testBase(ref as string), say))
  }
  const fetch = join(home, 'fetch.ts')
  const context = existsSync(fetch) ? await ((await import(pathToFileURL(fetch).href)) as Fetch).artefacts(say) : ROOT
  const hash = createHash('sha256').update(text)
  for (const base of bases.values()) hash.update(basename(base.archive))
  // A folder of artefacts carries its revision in its name; of the repository, the files count.
  if (context !== ROOT) hash.update(basename(context))
  else for (const file of copiedFiles(text)) hash.update(file).update(contentOf(join(ROOT, file)))
  const ref = test ? `docker.io/${name}:test` : `docker.io/library/${name}:${OWN_TAG}`
  return { ref, dockerfile, context, bases, hash: hash.digest('hex').slice(0, 12) }
}

interface Fetch {
  artefacts(say: (line: string) => void): Promise<string>
}

/** What the Dockerfile copies out of the repository, file by file. */
function copiedFiles(dockerfile: string): string[] {
  const sources = [...dockerfile.matchAll(/^(?:COPY|ADD) (.+)$/gm)].flatMap(([, words]) => {
    const parts = (words as string).split(/\s+/)
    return parts.some((part) => part.startsWith('--from=')) ? [] : parts.filter((part) => !part.startsWith('--')).slice(0, -1)
  })
  const walk = (path: string): string[] => {
    if (/(^|\/)(node_modules|dist)$|\.test\.tsx?$/.test(path)) return []
    if (!statSync(join(ROOT, path)).isDirectory()) return [path]
    return readdirSync(join(ROOT, path), { withFileTypes: true }).flatMap((entry) =>
      entry.isSymbolicLink() ? [join(path, entry.name)] : walk(join(path, entry.name)),
    )
  }
  return sources
    .filter((source) => !source.includes('://'))
    .flatMap((source) => walk(source.replace(/\/$/, '')))
    .sort()
}

function contentOf(path: string): string | Buffer {
  try {
    return readlinkSync(path)
  } catch {
    return readFileSync(path)
  }
}

/** Archives of earlier inputs are of no use, and large; a young one may be on its way into a cluster. */
function forgetOlder(folder: string, prefix: string, keep: string): void {
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(prefix) || !/^[0-9a-f]{12}\.(tar|spdx\.json|log)$/.test(file.slice(prefix.length))) continue
    if (join(folder, file).startsWith(keep.replace(/tar$/, ''))) continue
    if (Date.now() - statSync(join(folder, file)).mtimeMs > 3_600_000) rmSync(join(folder, file))
  }
}

/** One build of an image at a time on this machine; the turn of a process that is gone is taken over. */
async function withTurn(turn: string, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      writeFileSync(turn, String(process.pid), { flag: 'wx' })
      break
    } catch {
      const holder = existsSync(turn) ? readFileSync(turn, 'utf8') : ''
      if (holder !== '' && !existsSync(`/proc/${holder}`)) rmSync(turn, { force: true })
      await new Promise((resume) => setTimeout(resume, 300))
    }
  }
  try {
    await work()
  } finally {
    rmSync(turn, { force: true })
  }
}
