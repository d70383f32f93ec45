// Foreign clients written in Python, in venvs of pinned versions, made once into the cache.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where tests keep what they fetched: `${XDG_CACHE_HOME:-~/.cache}/akko`. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'akko')
}

/** Python of the judges: boto3, AWS CLI, pyiceberg, pyarrow, s3fs, trino, psycopg, duckdb with iceberg, authlib. */
export function judgePython(): string {
  return join(venv('requirements.txt'), 'bin', 'python')
}

/** A console script of the judges, e.g. `aws`. */
export function judgeTool(name: string): string {
  return join(venv('requirements.txt'), 'bin', name)
}

/** The Polaris CLI, in a venv of its own: its boto3 is another. */
export function polarisCli(): string {
  return join(venv('requirements-polaris.txt'), 'bin', 'polaris')
}

/** The linter of shell scripts, in a venv of its own: the chart's stage needs no other. */
export function shellcheck(): string {
  return join(venv('requirements-shell.txt'), 'bin', 'shellcheck')
}

/** Prometheus' own Python, which reads its text strictly. */
export function metricsPython(): string {
  return join(venv('requirements-metrics.txt'), 'bin', 'python')
}

/** DuckDB's Python with the generator of TPC-H: only its bench makes it. */
export function tpchPython(): string {
  return join(venv('requirements-tpch.txt'), 'bin', 'python')
}

/** Keycloak's admin client for Python. */
export function keycloakPython(): string {
  return join(venv('requirements-keycloak.txt'), 'bin', 'python')
}

/** dbt with its adapter for Trino. */
export function dbt(): string {
  return join(venv('requirements-dbt.txt'), 'bin', 'dbt')
}

/** SPDX's own reader of bills of materials, for the cluster stage. */
export function spdxTools(): string {
  return join(venv('requirements-sbom.txt'), 'bin', 'pyspdxtools')
}

/** The bin folder of a real Superset with its drivers (850 MB): only the cluster stage makes it. */
export function supersetBin(): string {
  return join(venv('requirements-superset.txt'), 'bin')
}

/** The hub's own Python, as its image has it: only the api stage makes it. */
export function hubPython(): string {
  return join(venv('../../docker/jupyterhub/requirements.txt'), 'bin', 'python')
}

/** Makes all venvs that are missing. Called once before the tests; throws with pip's words. */
export function ensureJudges(): void {
  judgePython()
  polarisCli()
  shellcheck()
  metricsPython()
  keycloakPython()
  dbt()
}

const made = new Map<string, string>()

function venv(requirements: string): string {
  const known = made.get(requirements)
  if (known) return known
  const file = resolve(import.meta.dirname, '../judges', requirements)
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  const dir = join(cacheRoot(), `judges-${hash}`)
  const marker = join(dir, '.complete')
  if (!existsSync(marker)) build(dir, file, marker)
  made.set(requirements, dir)
  return dir
}

function build(dir: string, requirements: string, marker: string): void {
  const turn = `${dir}.lock`
  mkdirSync(cacheRoot(), { recursive: true })
  for (;;) {
    try {
      mkdirSync(turn)
      break
    } catch {
      execFileSync('sleep', ['0.5'])
      if (existsSync(marker)) return
    }
  }
  try {
    rmSync(dir, { recursive: true, force: true })
    execFileSync('python3', ['-m', 'venv', dir], { stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync(join(dir, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    writeFileSync(marker, '')
  } finally {
    rmSync(turn, { recursive: true, force: true })
  }
}
