// Judges and engines written in Go, each built once from its pinned module version into the cache.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceNamed } from '#platform/registry'
import { cacheRoot } from '#test/support/judges'

/** The Kubernetes that charts are rendered and judged for. */
export const KUBERNETES_VERSION = '1.34'
/** Those that the chart runs. */
const OPA_VERSION = serviceNamed('policy').cluster?.image.tag
const OAUTH2_PROXY_VERSION = serviceNamed('gateway').cluster?.image.tag
const [MAJOR, MINOR] = KUBERNETES_VERSION.split('.') as [string, string]
const HELM_VERSION = 'v3.22.0'

// A helm from `go install` says that it is another version and renders for Kubernetes 1.20 unless it is told.
const HELM_FLAGS = [
  ['helm.sh/helm/v3/internal/version.version', HELM_VERSION],
  ['helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor', MAJOR],
  ['helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor', MINOR],
  ['helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor', MAJOR],
  ['helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor', MINOR],
].map(([name, value]) => `-X ${name}=${value}`)

const TOOLS = {
  helm: { module: `helm.sh/helm/v3/cmd/helm@${HELM_VERSION}`, flags: HELM_FLAGS },
  kubeconform: { module: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0', flags: [] },
  'kube-score': { module: 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0', flags: [] },
  opa: { module: `github.com/open-policy-agent/opa@v${OPA_VERSION}`, flags: [] },
  /** A registry of images, and a client of it. */
  crane: { module: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1', flags: [] },
  'oauth2-proxy': { module: `github.com/oauth2-proxy/oauth2-proxy/v7@${OAUTH2_PROXY_VERSION}`, flags: [] },
  versitygw: { module: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0', flags: [] },
} as const satisfies Record<string, { module: string; flags: readonly string[] }>

export type GoTool = keyof typeof TOOLS

/** Path of the binary; builds it when the cache has none of this version. Throws when there is no Go. */
export function goTool(name: GoTool): string {
  const { module, flags } = TOOLS[name]
  return built(name, [module, ...flags].join('\n'), module, (work) => {
    execFileSync('go', ['install', '-trimpath', '-ldflags', ['-s -w', ...flags].join(' '), module], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...goEnvironment(), GOBIN: work },
    })
    return readdirSync(work)[0] as string
  })
}

/** The cache's binary of this recipe; `build` makes it in the folder that it is given and returns its file's name there. */
export function built(name: string, recipe: string, source: string, build: (work: string) => string): string {
  const bin = join(cacheRoot(), 'bin')
  const file = join(bin, name)
  const stamp = join(bin, `.${name}`)
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe) return file
  needGo(`nothing here can be judged without ${name}, which is built by Go (1.26 or newer) from ${source}`)
  mkdirSync(bin, { recursive: true })
  const work = mkdtempSync(join(bin, 'build-'))
  try {
    renameSync(join(work, build(work)), file)
    writeFileSync(stamp, recipe)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return file
}

export function goToolVersion(name: GoTool): string {
  return TOOLS[name].module.split('@v')[1] ?? ''
}

/** Those of the chart's tests. */
/** Throws with `why` when there is no Go. */
export function needGo(why: string): void {
  if (spawnSync('go', ['version']).status !== 0) throw new Error(`GO IS MISSING: ${why}`)
}

/** Go's environment for a build of ours: its caches below the tests', static binaries, no other Go fetched. */
export function goEnvironment(): Record<string, string | undefined> {
  const cache = join(cacheRoot(), 'go')
  return {
    GOCACHE: join(cache, 'build'),
    GOMODCACHE: join(cache, 'mod'),
    ...process.env,
    GOFLAGS: '-buildvcs=false',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  }
}

export function ensureGoTools(say: (line: string) => void): void {
  for (const name of ['helm', 'kubeconform', 'kube-score', 'opa', 'crane'] as const) {
    say(`${name} ...`)
    goTool(name)
  }
}
