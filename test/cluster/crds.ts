// Custom resources that profiles use, out of their Go modules, kept as one file in the cache.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLUSTER_CACHE, moduleSources, moduleVersion } from '#test/cluster/tools'

interface Source {
  readonly module: string
  readonly version: string
  readonly sum: string
  readonly folder: string
  readonly files: RegExp
}

/** Of CloudNativePG's module. */
export const CNPG_SUM = 'h1:HdOUWgFhta558uHfXeO/199qCApxaj5yi05x6nWNmgs='

const SOURCES: readonly Source[] = [
  {
    module: 'github.com/cloudnative-pg/cloudnative-pg',
    version: moduleVersion('cnpg', 'github.com/cloudnative-pg/cloudnative-pg'),
    sum: CNPG_SUM,
    folder: 'config/crd/bases',
    files: /\.yaml$/,
  },
  {
    module: 'github.com/cloudnative-pg/plugin-barman-cloud',
    version: 'v0.15.0',
    sum: 'h1:gNVytrzzYUE08wxLDrjfJqy1FPPSFkMe1OEr4s4pVI0=',
    folder: 'config/crd/bases',
    files: /\.yaml$/,
  },
  {
    module: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    folder: 'deploy/crds',
    files: /\.yaml$/,
  },
  {
    module: 'github.com/traefik/traefik/v3',
    version: 'v3.7.13',
    sum: 'h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=',
    folder: 'docs/content/reference/dynamic-configuration', // its other files are samples with Deployments
    files: /^traefik\.io_.*\.yaml$/,
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    folder: 'example/prometheus-operator-crd',
    files: /\.yaml$/,
  },
  {
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.4.1',
    sum: 'h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=',
    folder: 'config/crd/standard',
    files: /\.yaml$/,
  },
]

/** Path of a file with all of them; made when the cache has none of these versions. */
export function customResources(say: (line: string) => void = () => {}): string {
  const hash = createHash('sha256').update(JSON.stringify(SOURCES.map(({ files, ...s }) => [s, String(files)])))
  const file = join(CLUSTER_CACHE, `crds-${hash.digest('hex').slice(0, 12)}.yaml`)
  if (existsSync(file)) return file
  say('custom resources out of their modules ...')
  const documents = SOURCES.flatMap(({ module, version, sum, folder, files }) => {
    const dir = join(moduleSources(module, version, sum), folder)
    const names = readdirSync(dir).filter((name) => files.test(name) && !name.includes('kustomization'))
    if (names.length === 0) throw new Error(`${module}@${version} has no ${files} in ${folder}`)
    return names.map((name) => readFileSync(join(dir, name), 'utf8'))
  })
  mkdirSync(CLUSTER_CACHE, { recursive: true })
  writeFileSync(`${file}.part`, documents.join('\n---\n'))
  renameSync(`${file}.part`, file)
  return file
}
