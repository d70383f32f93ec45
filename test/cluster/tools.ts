// Servers of the test cluster, built once by Go from the pinned modules in go/ into the cache.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { goEnvironment, needGo } from '#test/support/go-tools'
import { cacheRoot } from '#test/support/judges'

export const CLUSTER_CACHE = join(cacheRoot(), 'cluster')
export const CLUSTER_BIN = join(CLUSTER_CACHE, 'bin')
const MODULES = resolve(import.meta.dirname, 'go')

interface Build {
  /** Folder below go/. */
  readonly module: string
  readonly package: string
  readonly flags?: readonly string[]
  /** Names under which the one binary is called. */
  readonly names?: readonly string[]
}

const BUILDS = {
  kubernetes: {
    module: 'kubernetes',
    package: '.',
    flags: kubernetesFlags(),
    names: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
  },
  pause: { module: 'pause', package: '.' },
  coredns: { module: 'coredns', package: '.' },
  // In Kubernetes' module, where nearly all of it is compiled already.
  'local-path-provisioner': { module: 'kubernetes', package: 'github.com/rancher/local-path-provisioner' },
  cnpg: { module: 'cnpg', package: 'github.com/cloudnative-pg/cloudnative-pg/cmd/manager' },
} as const satisfies Record<string, Build>

export type ClusterTool = keyof typeof BUILDS

export const CONTROL_PLANE_TOOLS: readonly ClusterTool[] = ['kubernetes', 'pause']
export const NODE_TOOLS: readonly ClusterTool[] = [...CONTROL_PLANE_TOOLS, 'coredns', 'local-path-provisioner', 'cnpg']

/** Without these the servers call themselves v0.0.0-master. */
function kubernetesFlags(): string[] {
  const version = moduleVersion('kubernetes', 'k8s.io/kubernetes')
  const [major, minor] = version.slice(1).split('.')
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((p) =>
    Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }).map(([k, v]) => `-X ${p}.${k}=${v}`),
  )
}

/** The version of `path` that the module in go/ requires. */
export function moduleVersion(module: string, path: string): string {
  const found = new RegExp(`^\\s*(?:require )?${path} (v\\S+)`, 'm').exec(readFileSync(join(MODULES, module, 'go.mod'), 'utf8'))
  if (!found) throw new Error(`go/${module}/go.mod does not require ${path}`)
  return found[1] as string
}

/** Path of a binary of this recipe, or undefined when the cache has none. */
function cached(name: ClusterTool): string | undefined {
  const file = join(CLUSTER_BIN, name)
  const stamp = join(CLUSTER_BIN, `.${name}`)
  return existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe(name) ? file : undefined
}

export function haveClusterTools(names: readonly ClusterTool[]): boolean {
  return names.every((name) => cached(name) !== undefined)
}

function recipe(name: ClusterTool): string {
  const build: Build = BUILDS[name]
  const hash = createHash('sha256').update(JSON.stringify(build))
  const dir = join(MODULES, build.module)
  for (const file of readdirSync(dir).sort()) hash.update(file).update(readFileSync(join(dir, file)))
  return hash.digest('hex')
}

/** Path of the binary; builds it when the cache has none of this recipe. Throws when there is no Go. */
export function clusterTool(name: ClusterTool, say: (line: string) => void = () => {}): string {
  const known = cached(name)
  if (known) return known
  const build: Build = BUILDS[name]
  needGo(`the test cluster's ${name} is built by Go (1.26 or newer) from ${build.package === '.' ? build.module : build.package}`)
  say(`building ${name} (Kubernetes takes minutes the first time) ...`)
  mkdirSync(CLUSTER_BIN, { recursive: true })
  const work = mkdtempSync(join(CLUSTER_BIN, 'build-'))
  const began = Date.now()
  try {
    const args = ['build', '-trimpath', '-ldflags', ['-s -w', ...(build.flags ?? [])].join(' '), '-o', join(work, name), build.package]
    const { status, stderr } = spawnSync('nice', ['go', ...args], {
      cwd: join(MODULES, build.module),
      env: goEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`go build of ${name} failed:\n${String(stderr).split('\n').slice(-15).join('\n')}`)
    renameSync(join(work, name), join(CLUSTER_BIN, name))
    for (const alias of build.names ?? []) {
      symlinkSync(name, join(work, alias))
      renameSync(join(work, alias), join(CLUSTER_BIN, alias))
    }
    writeFileSync(join(CLUSTER_BIN, `.${name}`), recipe(name))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  say(`${name} built in ${Math.round((Date.now() - began) / 1000)} s`)
  return join(CLUSTER_BIN, name)
}

export function ensureClusterTools(names: readonly ClusterTool[], say: (line: string) => void): void {
  for (const name of names) clusterTool(name, say)
}

/** Folder of a module's sources, whose content must have the given sum. */
export function moduleSources(path: string, version: string, sum: string): string {
  needGo(`the sources of ${path} come by Go's module proxy`)
  const out = execFileSync('go', ['mod', 'download', '-json', `${path}@${version}`], { env: goEnvironment(), cwd: '/', encoding: 'utf8' })
  const module = JSON.parse(out) as { Dir: string; Sum: string }
  if (module.Sum !== sum) throw new Error(`${path}@${version} has the sum ${module.Sum}, expected ${sum}`)
  return module.Dir
}
