// apt with private lists, a private cache and a private view of dpkg's state: reads the machine's sources and keys, changes nothing of it.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { listOrEmpty } from '#parts/postgresql/provider'
import { run } from '#parts/postgresql/run'

export interface Apt {
  /** Fetches the lists; a source that fails is passed over as long as one answers. */
  update(): Promise<void>
  /** All package names known. */
  names(): Promise<string[]>
  /** The packages and what they need beyond what the machine has; paths of the files. */
  download(packages: readonly string[]): Promise<string[]>
  /** These packages alone; paths of the files. */
  downloadOnly(packages: readonly string[]): Promise<string[]>
  /** Unpacks a source package of this suite or, on Debian 12, of the next; path of its folder. */
  source(name: string): Promise<string>
}

export interface OsRelease {
  readonly id: string
  readonly codename: string
  /** Debian or a descendant. */
  readonly family: boolean
}

export function parseOsRelease(text: string = readOsRelease()): OsRelease {
  const value = (key: string) => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? ''
  const id = value('ID')
  const like = `${id} ${value('ID_LIKE')}`.split(/\s+/)
  return { id, codename: value('VERSION_CODENAME') || 'unknown', family: like.includes('debian') || like.includes('ubuntu') }
}

function readOsRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
}

/** What must come from the folder even when the machine has it, so that nothing of it is upgraded under a running server. */
const OWN = /^Package: (postgresql|libpq|postgis|pgvector)/

export async function createApt(work: string): Promise<Apt> {
  const folder = join(work, 'apt')
  const archives = join(folder, 'archives')
  for (const d of ['lists/partial', 'archives/partial', 'sources.d', 'debs']) mkdirSync(join(folder, d), { recursive: true })
  const status = readFileSync('/var/lib/dpkg/status', 'utf8')
    .split(/\n\n+/)
    .filter((p) => !OWN.test(p))
    .join('\n\n')
  writeFileSync(join(folder, 'status'), status)
  const targets = await readTargets()
  await copySources(join(folder, 'sources.d'), targets)
  const options = [
    ...(userInfo().uid === 0 ? ['APT::Sandbox::User=root'] : []),
    `Dir::Etc::sourcelist=${folder}/none.list`,
    `Dir::Etc::sourceparts=${folder}/sources.d`,
    `Dir::State::status=${folder}/status`,
    `Dir::State::lists=${folder}/lists`,
    `Dir::Cache::archives=${archives}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::IndexTargets::deb::CNF::DefaultEnabled=false',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
  ].flatMap((o) => ['-o', o])
  const update = () => run('apt-get', ['-q', ...options, 'update']).then(() => {})
  return {
    update: async () => {
      const failure = await update().catch((error: unknown) => error)
      if (failure && listOrEmpty(join(folder, 'lists')).every((f) => !f.includes('_Packages'))) throw failure
    },
    names: async () => (await run('apt-cache', [...options, 'pkgnames'])).split('\n'),
    download: async (packages) => {
      await run('apt-get', ['-q', '-y', '--no-install-recommends', '--download-only', ...options, 'install', ...packages])
      return debsIn(archives)
    },
    downloadOnly: async (packages) => {
      await run('apt-get', ['-q', ...options, 'download', ...packages], { cwd: join(folder, 'debs') })
      return debsIn(join(folder, 'debs'))
    },
    source: async (name) => {
      const sources = join(folder, 'source')
      mkdirSync(sources, { recursive: true })
      for (const suite of sourceSuites()) {
        writeFileSync(join(folder, 'sources.d', 'akko-source.list'), sourceLines(targets, suite))
        const fetched = await update()
          .then(() => run('apt-get', ['-q', '--download-only', ...options, 'source', name], { cwd: sources }))
          .catch(() => undefined)
        if (fetched === undefined) continue
        return unpackSource(sources, name)
      }
      throw new Error(`no source package ${name} in ${sourceSuites().join(' or ')}`)
    },
  }
}

const debsIn = (folder: string) =>
  listOrEmpty(folder)
    .filter((f) => f.endsWith('.deb'))
    .map((f) => join(folder, f))

/** Without dpkg-dev: the upstream archive holds everything that is compiled. apt has checked its hash against the signed list. */
async function unpackSource(folder: string, name: string): Promise<string> {
  const archive = listOrEmpty(folder).find((f) => f.startsWith(`${name}_`) && /\.orig\.tar\.\w+$/.test(f))
  if (!archive) throw new Error(`the source package ${name} has no upstream archive`)
  const target = join(folder, name)
  mkdirSync(target, { recursive: true })
  await run('tar', ['-xf', join(folder, archive), '-C', target, '--strip-components=1'])
  return target
}

interface Target {
  readonly uri: string
  readonly release: string
  readonly component: string
  /** `file:line` of the machine's own sources. */
  readonly entry: string
}

async function readTargets(): Promise<Target[]> {
  const format = '$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)'
  const lines = (await run('apt-get', ['indextargets', '--format', format])).split('\n')
  return lines
    .filter((l) => l.startsWith('Packages|'))
    .map((l) => {
      const [, uri = '', release = '', component = '', entry = ''] = l.split('|')
      return { uri, release, component, entry }
    })
}

/** The machine's own source files that speak of its suite; all of them when none is recognised. */
async function copySources(to: string, targets: readonly Target[]): Promise<void> {
  const { codename } = parseOsRelease()
  const ofSuite = targets.filter((t) => t.release.startsWith(codename) || /^(old)*stable|^testing|^sid/.test(t.release))
  const files = new Set((ofSuite.length > 0 ? ofSuite : targets).map((t) => t.entry.replace(/:\d+$/, '')))
  for (const file of files) if (existsSync(file)) cpSync(file, join(to, basename(file)))
}

/** Debian 12 has no pgvector; the one of Debian 13 compiles there. */
function sourceSuites(): string[] {
  const { codename } = parseOsRelease()
  return codename === 'bookworm' ? ['trixie'] : [codename]
}

function sourceLines(targets: readonly Target[], suite: string): string {
  const { codename, id } = parseOsRelease()
  const keyring = `/usr/share/keyrings/${id}-archive-keyring.gpg`
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
  const mirrors = new Set(targets.filter((t) => t.release === codename).map((t) => t.uri))
  const components = new Set(targets.filter((t) => t.release === codename).map((t) => t.component))
  return [...mirrors].map((uri) => `deb-src ${signed}${uri} ${suite} ${[...components].join(' ')}\n`).join('')
}
