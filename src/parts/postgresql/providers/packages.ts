// PostgreSQL from the distribution's packages, unpacked into a folder: no root, no dpkg state, no default cluster, no upgrade under a running server.

import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeError } from '#kit/errors'
import { inTurn } from '#kit/file-lock'
import { own } from '#kit/own'
import { inspect, LEAST_MAJOR, listOrEmpty, type Progress, type Provider } from '#parts/postgresql/provider'
import { type Apt, createApt, parseOsRelease } from '#parts/postgresql/providers/apt'
import { unpackAll } from '#parts/postgresql/providers/debs'
import { compilePgvector } from '#parts/postgresql/providers/pgvector'
import { has, run } from '#parts/postgresql/run'

/** Marker that is written last: a folder without it is half done. */
const COMPLETE = '.akko-complete'

export interface PackagesOptions {
  /** `${XDG_CACHE_HOME:-~/.cache}/akko`, or a folder that the service user can reach. */
  readonly cacheDir: string
  readonly need: readonly string[]
  readonly progress: Progress
}

/** Extension -> its package for one major; pgvector's package does not exist in every suite. */
const PACKAGES: Readonly<Record<string, (major: number) => string>> = {
  postgis: (major) => `postgresql-${major}-postgis-3`,
  vector: (major) => `postgresql-${major}-pgvector`,
  pgaudit: (major) => `postgresql-${major}-pgaudit`,
}

/** Whether this machine is of the Debian family. */
export async function packagesPossible(): Promise<boolean> {
  const { family } = parseOsRelease()
  return family && (await has('apt-get')) && (await has('dpkg'))
}

/** A complete folder of an earlier run, else a new one. Needs the package mirror only in the second case. */
export async function packagesProvider(options: PackagesOptions): Promise<Provider> {
  const { codename } = parseOsRelease()
  const arch = (await run('dpkg', ['--print-architecture'])).trim()
  const root = join(options.cacheDir, 'postgresql')
  const prefix = `${codename}-${arch}-`
  const found = await complete(root, prefix, options)
  if (found) return found
  mkdirSync(root, { recursive: true, mode: 0o755 })
  return inTurn(
    join(root, '.lock'),
    () => options.progress('another akko is unpacking PostgreSQL; waiting for it'),
    async () => {
      const made = await complete(root, prefix, options)
      if (made) return made
      await unpack(root, prefix, arch, options)
      const provider = await complete(root, prefix, options)
      if (!provider) throw new Error(`the folder in ${root} was completed and is not usable`)
      return provider
    },
  )
}

async function complete(root: string, prefix: string, { need }: PackagesOptions): Promise<Provider | undefined> {
  const names = listOrEmpty(root)
    .filter((n) => n.startsWith(prefix) && existsSync(join(root, n, COMPLETE)))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  for (const name of names) {
    const folder = join(root, name)
    const bin = binOf(folder)
    if (!bin) continue
    const env = packagesEnv(folder)
    const facts = await inspect(bin, env, need).catch(() => undefined)
    if (facts) return { kind: 'packages', ...facts, bin, env, reason: `the distribution's packages, unpacked in ${folder}` }
  }
  return undefined
}

async function unpack(root: string, prefix: string, arch: string, { need, progress }: PackagesOptions): Promise<void> {
  const work = join(root, `.${prefix}${process.pid}`)
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true, mode: 0o755 })
  try {
    progress('reading the package lists')
    const apt = await createApt(work)
    await apt.update()
    const major = await chooseMajor(apt, need)
    const names = new Set(await apt.names())
    const wanted = need.flatMap((n) => own(PACKAGES, n)?.(major) ?? []).filter((n) => names.has(n))
    const python = [`postgresql-plpython3-${major}`].filter((n) => names.has(n))
    progress(`downloading PostgreSQL ${major} with ${wanted.map((w) => w.replace(`postgresql-${major}-`, '')).join(', ')}`)
    const debs = await apt.download([`postgresql-${major}`, ...wanted, ...python])
    const tree = join(work, 'tree')
    progress(`unpacking ${debs.length} packages`)
    await unpackAll(debs, tree)
    postInstall(tree, major)
    const version = readVersion(debs, major)
    if (need.includes('vector') && !wanted.includes(`postgresql-${major}-pgvector`)) {
      await compilePgvector({ apt, tree, major, progress, env: packagesEnv(tree) }).catch((error: unknown) =>
        progress(`pgvector stays unavailable: ${describeError(error)}`),
      )
    }
    await assertLibraries(tree, major)
    writeFileSync(join(tree, COMPLETE), `${new Date().toISOString()} ${arch} ${version}\n`, { flush: true })
    const target = join(root, `${prefix}${version}`)
    rmSync(target, { recursive: true, force: true })
    renameSync(tree, target)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The highest major of the suite that has most of what is needed as a package. */
async function chooseMajor(apt: Apt, need: readonly string[]): Promise<number> {
  const names = new Set(await apt.names())
  const majors = [...names].flatMap((n) => /^postgresql-(\d+)$/.exec(n)?.[1] ?? []).map(Number)
  const score = (major: number) => need.filter((n) => names.has(own(PACKAGES, n)?.(major) ?? '')).length
  const best = majors.filter((m) => m >= LEAST_MAJOR).sort((a, b) => score(b) - score(a) || b - a)[0]
  if (best === undefined) {
    const had = majors.length > 0 ? majors.join(', ') : 'none'
    throw new Error(`the distribution has no PostgreSQL ${LEAST_MAJOR} or newer (it has: ${had})`)
  }
  return best
}

/** What the packages' own scripts would do: PostGIS' control file is an alternative. */
function postInstall(tree: string, major: number): void {
  const extensions = join(tree, `usr/share/postgresql/${major}/extension`)
  for (const file of listOrEmpty(extensions)) {
    const plain = file.replace(/-3\.control$/, '.control')
    if (plain !== file && !existsSync(join(extensions, plain))) copyFileSync(join(extensions, file), join(extensions, plain))
  }
}

/** `15.20-0+deb12u1` of the server's own package, as a folder name. */
function readVersion(debs: readonly string[], major: number): string {
  const file = debs.map((d) => d.split('/').at(-1) ?? '').find((d) => d.startsWith(`postgresql-${major}_`))
  if (!file) throw new Error(`the package postgresql-${major} was not downloaded`)
  return decodeURIComponent(file.split('_')[1] ?? String(major)).replace(/[^\w.+~-]/g, '_')
}

/** Every library of the server and its extensions must be found, in the folder or on the machine. */
async function assertLibraries(tree: string, major: number): Promise<void> {
  if (!(await has('ldd'))) return
  const lib = join(tree, `usr/lib/postgresql/${major}/lib`)
  const files = [
    join(tree, `usr/lib/postgresql/${major}/bin/postgres`),
    ...listOrEmpty(lib)
      .filter((f) => /^(postgis.*|vector|pgaudit|plpgsql)\.so$/.test(f))
      .map((f) => join(lib, f)),
  ]
  const missing = (await run('ldd', files, { env: packagesEnv(tree) })).match(/^.*not found.*$/gm)
  if (missing) throw new Error(`libraries are missing: ${[...new Set(missing.map((m) => m.trim()))].join('; ')}`)
}

function binOf(folder: string): string | undefined {
  const root = join(folder, 'usr/lib/postgresql')
  return listOrEmpty(root)
    .map((major) => join(root, major, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')))
}

/** Libraries lie in usr/lib and its multiarch directory; blas and lapack in folders of their own. */
export function packagesEnv(folder: string): Record<string, string> {
  const libs = ['usr/lib', 'lib'].flatMap((lib) =>
    ['.', ...listOrEmpty(join(folder, lib)).filter((d) => /-linux-gnu/.test(d))]
      .flatMap((d) => ['.', 'blas', 'lapack'].map((sub) => join(folder, lib, d, sub)))
      .filter((d) => listOrEmpty(d).some((f) => f.includes('.so'))),
  )
  const data = { PROJ_LIB: 'usr/share/proj', PROJ_DATA: 'usr/share/proj', GDAL_DATA: 'usr/share/gdal' }
  return {
    LD_LIBRARY_PATH: libs.join(':'),
    ...Object.fromEntries(
      Object.entries(data)
        .map(([key, path]) => [key, join(folder, path)] as const)
        .filter(([, path]) => existsSync(path)),
    ),
  }
}

/** For `status`: when and from what a folder was made. */
export function packagesOrigin(folder: string): string {
  return readFileSync(join(folder, COMPLETE), 'utf8').trim()
}
