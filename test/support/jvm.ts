// Judges that run on a JVM, fetched by Maven into the cache: Trino's CLI, and Keycloak with its admin tool.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheRoot } from '#test/support/judges'

export const KEYCLOAK_VERSION = '26.7.3'
export const TRINO_VERSION = '476'

const repository = () => join(cacheRoot(), 'm2')

/** The executable jar: `java -jar <it> --server ...`. */
export function trinoCli(): string {
  return artefact('io.trino', 'trino-cli', TRINO_VERSION, 'jar', 'executable')
}

/** Unpacked Keycloak; `bin/kcadm.sh` is its admin client. */
export function keycloakHome(): string {
  const dir = join(cacheRoot(), `keycloak-${KEYCLOAK_VERSION}`)
  if (existsSync(join(dir, 'bin/kcadm.sh'))) return dir
  const archive = artefact('org.keycloak', 'keycloak-quarkus-dist', KEYCLOAK_VERSION, 'tar.gz')
  mkdirSync(dir, { recursive: true })
  execFileSync('tar', ['xzf', archive, '-C', dir, '--strip-components=1'])
  return dir
}

export function ensureJvmJudges(): void {
  trinoCli()
  keycloakHome()
}

function artefact(group: string, name: string, version: string, packaging: string, classifier?: string): string {
  const file = join(
    repository(),
    ...group.split('.'),
    name,
    version,
    `${name}-${version}${classifier ? `-${classifier}` : ''}.${packaging}`,
  )
  if (existsSync(file)) return file
  const coordinate = [group, name, version, packaging, ...(classifier ? [classifier] : [])].join(':')
  execFileSync(
    'mvn',
    ['-B', '-q', `-Dmaven.repo.local=${repository()}`, 'dependency:get', '-Dtransitive=false', `-Dartifact=${coordinate}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  return file
}
