// Run after every `npm install`: completes package-lock.json with the optional packages of other platforms that npm left out
// (some are not in the registry, some are skipped while installing) and that `npm ci` then misses (EUSAGE).
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optional?: boolean
  dev?: boolean
  optionalDependencies?: Record<string, string>
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'wasi']
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32']

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }
const added: string[] = []
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[key] || !platform) continue
    lock.packages[key] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true }
    added.push(name)
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`)
process.stderr.write(added.length > 0 ? `added to the lock: ${added.join(', ')}\n` : 'the lock is complete\n')

/** `@biomejs/cli-linux-x64-musl` -> linux, x64, musl; undefined for packages of no platform. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[-/]/)
  const system = SYSTEMS.find((s) => words.includes(s))
  const processor = PROCESSORS.find((p) => words.some((w) => w === p || w.startsWith(`${p}-`) || (p === 'arm' && /^arm(v\d)?$/.test(w))))
  if (!system && !processor) return undefined
  return {
    ...(system && system !== 'wasi' ? { os: [system] } : {}),
    ...(processor ? { cpu: [processor] } : {}),
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
  }
}
