// What the tests need beyond the platform: Python judges, a browser, a JVM with Trino's CLI and Keycloak's tools. Fetched once into the cache.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { whyNoCluster } from '#test/cluster/kubernetes'
import { CONTROL_PLANE_TOOLS, ensureClusterTools } from '#test/cluster/tools'
import { ensureGoTools, goTool } from '#test/support/go-tools'
import { ensureJudges, shellcheck } from '#test/support/judges'
import { ensureJvmJudges } from '#test/support/jvm'
import { ollamaBinary } from '#test/support/ollama'

/** Returns a line for each thing that could not be had; those tests cannot run. */
export async function prepareJudges(say: (line: string) => void): Promise<string[]> {
  const missing: string[] = []
  const attempt = (what: string, make: () => void) => {
    try {
      make()
    } catch (error) {
      missing.push(`${what}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  attempt('Python clients (python3 with venv and pip)', () => {
    say('Python clients ...')
    ensureJudges()
  })
  attempt('Chromium and psql', () => ensureDebianPackages(say))
  attempt('Ollama (Go)', () => {
    say('Ollama ...')
    ollamaBinary()
  })
  attempt('JVM clients (Java 17, Maven)', () => {
    say('JVM clients ...')
    ensureJvmJudges()
  })
  return missing
}

/** The chart's judges: helm, kubeconform, kube-score and OPA, built by Go; shellcheck from PyPI. */
export async function prepareChartJudges(say: (line: string) => void): Promise<string[]> {
  try {
    ensureGoTools(say)
    say('shellcheck ...')
    shellcheck()
    return []
  } catch (error) {
    return [
      `helm, kubeconform, kube-score, OPA (Go) and shellcheck (python3 with venv and pip): ${(error as Error).message.split('\n')[0]}`,
    ]
  }
}

/** A control plane of Kubernetes, and helm: built by Go. */
export async function prepareClusterTools(say: (line: string) => void): Promise<string[]> {
  try {
    const problem = whyNoCluster()
    if (problem) throw new Error(problem)
    say('helm ...')
    goTool('helm')
    ensureClusterTools(CONTROL_PLANE_TOOLS, say)
    return []
  } catch (error) {
    return [`a real Kubernetes (Linux, root, Go): ${(error as Error).message.split('\n')[0]}`]
  }
}

const PACKAGES: Readonly<Record<string, string>> = {
  chromium: 'chromium',
  certutil: 'libnss3-tools',
  psql: 'postgresql-client',
  ip: 'iproute2',
  'systemd-analyze': 'systemd',
  openssl: 'openssl',
  curl: 'curl',
  cc: 'build-essential',
  java: 'openjdk-17-jre-headless',
  mvn: 'maven',
}

function ensureDebianPackages(say: (line: string) => void): void {
  const wanted = Object.entries(PACKAGES).filter(([tool]) => !onPath(tool))
  if (wanted.length === 0) return
  const names = wanted.map(([, name]) => name)
  if (userInfo().uid !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(`install ${names.join(' ')} (not root, or no apt-get here)`)
  say(`apt-get install ${names.join(' ')} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function onPath(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0
}
