// The scripts beside the chart: shellcheck, what they refuse and how, and that what they would hand to helm is something that helm takes.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretName } from '#platform/names'
import { services } from '#platform/registry'
import { secretRef } from '#platform/secret-objects'
import { parse, template } from '#test/chart/helm'
import { goTool } from '#test/support/go-tools'
import { shellcheck } from '#test/support/judges'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const SCRIPTS = join(ROOT, 'helm/scripts')
const all = readdirSync(SCRIPTS).filter((f) => f.endsWith('.sh'))

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder with what every machine has, and nothing that the scripts must look for. */
let bare: string
beforeAll(() => {
  bare = mkdtempSync(join(tmpdir(), 'akko-path-'))
  for (const tool of ['bash', 'env', 'basename', 'dirname', 'sed', 'awk', 'sort', 'tail', 'cat', 'wc'])
    symlinkSync(
      ['/usr/bin', '/bin'].map((d) => join(d, tool)).find((f) => readdirSync(f.slice(0, f.lastIndexOf('/'))).includes(tool)) ?? '',
      join(bare, tool),
    )
})
afterAll(() => rmSync(bare, { recursive: true, force: true }))

async function script(
  name: string,
  args: readonly string[],
  path = `${process.env.PATH}:${resolve(goTool('helm'), '..')}`,
): Promise<Ended> {
  const env = { HOME: bare, PATH: path, KUBECONFIG: join(bare, 'no-such-file') }
  try {
    const { stdout, stderr } = await run('/bin/bash', [join(SCRIPTS, name), ...args], { env, timeout: 30_000 })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

describe('shellcheck', () => {
  it.each([...all.map((f) => join('helm/scripts', f)), 'docker/postgres/initdb/10-akko.sh'])('has nothing against %s', async (file) => {
    const { stdout } = await run(shellcheck(), ['--external-sources', '--source-path=SCRIPTDIR', join(ROOT, file)]).catch((e) => e)
    expect(stdout).toBe('')
    const text = readFileSync(join(ROOT, file), 'utf8')
    if (text.startsWith('#!/usr/bin/env bash')) expect(text).toContain('\nset -euo pipefail\n')
  })

  it('would say something', async () => {
    const file = join(bare, 'bad.sh')
    writeFileSync(file, '#!/bin/sh\nrm $1\n')
    await expect(run(shellcheck(), [file])).rejects.toMatchObject({ stdout: expect.stringContaining('SC2086') })
  })
})

describe('arguments', () => {
  const MINE = ['k3d-create.sh', 'deploy.sh', 'smoke.sh', 'restore.sh', 'uninstall.sh']

  it.each(MINE)('%s says how it is called, without a cluster', async (name) => {
    const { code, out } = await script(name, ['--help'], bare)
    expect(code).toBe(0)
    expect(out).toContain(`${name} [options]`)
  })

  it.each([
    ...MINE.map((name) => [name, ['--nonsense'], 'unknown argument --nonsense'] as const),
    ['k3d-create.sh', ['--agents', 'many'], '--agents wants a number from 0 to 20, not many'],
    ['k3d-create.sh', ['--https', '70000'], '--https wants a number from 1 to 65535, not 70000'],
    ['k3d-create.sh', ['--http', '8443', '--https', '8443'], 'the same port'],
    ['k3d-create.sh', ['--name', 'No Name'], '--name wants lower-case letters'],
    ['k3d-create.sh', ['--name'], '--name wants a value'],
    ['deploy.sh', ['--values'], '--values wants a value'],
    ['deploy.sh', ['--context', '--dry-run'], '--context wants a value'],
    ['deploy.sh', ['--profile', 'everything'], '--profile is core, full or governance, not everything'],
    ['deploy.sh', ['--profile', 'aden-standalone'], 'the profile aden-standalone holds nothing yet'],
    ['deploy.sh', ['--timeout', 'soon'], '--timeout wants seconds, not soon'],
    ['uninstall.sh', ['--namespace'], '--namespace wants a value'],
    ['smoke.sh', ['--context'], '--context wants a value'],
    ['restore.sh', [], 'what shall be restored?'],
    ['restore.sh', ['everything'], 'nothing to restore that is called everything'],
    ['restore.sh', ['database', 'postgresql'], 'database wants a server and a name'],
    ['restore.sh', ['database', 'oracle', 'banking'], 'there is no server oracle'],
    ['restore.sh', ['--into', 'other', 'storage'], '--into is for a database'],
  ] as const)('%s %j is refused in two lines', async (name, args, words) => {
    const { code, out, err } = await script(name, args, bare)
    expect([code, out]).toEqual([64, ''])
    expect(err).toContain(words)
    expect(err).toMatch(/^[^\n]+\n {2}[^\n]+\n$/)
  })

  it('a values file that is not there is refused with those that are', async () => {
    const { code, err } = await script('deploy.sh', ['--values', 'nothere'], bare)
    expect(code).toBe(1)
    expect(err).toMatch(/values-nothere\.yaml\n {2}.*values-dev\.yaml.*values-ha\.yaml/)
  })
})

describe('what must be there', () => {
  it.each([
    ['k3d-create.sh', 'docker is not there'],
    ['deploy.sh', 'helm is not there'],
    ['uninstall.sh', 'helm is not there'],
    ['smoke.sh', 'kubectl is not there'],
  ])('%s on a machine without it: %s', async (name, words) => {
    const { code, err } = await script(name, [], bare)
    expect(code).toBe(1)
    expect(err).toContain(words)
    expect(err.trimEnd().split('\n')).toHaveLength(2)
  })
})

describe('k3d-create.sh --dry-run', () => {
  it('prints the one command, with the ports and without a k3d', async () => {
    const { out } = await script('k3d-create.sh', ['--name', 'lake', '--agents', '2', '--https', '8443', '--dry-run'], bare)
    expect(out).toMatch(/^k3d cluster create lake --image rancher\/k3s:v1\.\d+\.\d+-k3s1 --servers 1 --agents 2 /)
    expect(out).toContain('--port 80:80@loadbalancer --port 8443:443@loadbalancer')
    expect(out).not.toContain('--disable') // k3s' Traefik is the controller that the chart expects
    expect(out.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('deploy.sh --dry-run', () => {
  const command = async (...args: string[]) => (await script('deploy.sh', ['--dry-run', ...args], bare)).out.trimEnd()

  it('is one helm upgrade --install, whose arguments helm takes', async () => {
    const line = await command(
      '--profile',
      'full',
      '--domain',
      'lake.example.org',
      '--values',
      'dev',
      '--',
      '--set',
      'akko-ollama.enabled=false',
    )
    expect(line).toMatch(/^helm upgrade --install akko \S+ /)
    expect(line.split('\n')).toHaveLength(1)
    const render = line.replace(/^helm upgrade --install/, `${goTool('helm')} template --api-versions traefik.io/v1alpha1`)
    const { stdout } = await run('/bin/bash', ['-c', render], { maxBuffer: 1 << 26 })
    const names = parse(stdout).map((m) => `${m.kind}/${m.metadata.name}`)
    expect(names).toContain('Deployment/akko-jupyterhub')
    expect(names).not.toContain('StatefulSet/akko-ollama')
    expect(names).not.toContain('CronJob/akko-backup-postgres') // of values-dev.yaml
    expect(stdout).toContain('lake.example.org')
  })

  it('says profile, namespace, release and context as they were given', async () => {
    expect(await command()).not.toContain('tags.')
    expect(await command('--profile', 'governance')).toContain('--set tags.governance=true')
    const line = await command('--namespace', 'two', '--release', 'second', '--context', 'kind-akko', '--timeout', '60')
    for (const word of ['--install second ', '--namespace two', '--kube-context kind-akko', '--timeout 60s']) expect(line).toContain(word)
  })

  it('quotes what a shell would split', async () => {
    expect(await command('--', '--set', 'a=b c')).toContain('a=b\\ c')
  })
})

describe('names that scripts say', () => {
  it('are those of the declarations', () => {
    expect(readFileSync(join(SCRIPTS, 'deploy.sh'), 'utf8')).toContain(`secret='${secretRef(secretName.user('admin')).secret}'`)
  })

  it('restore.sh reads every declared server of databases from restore.json, and no other', async () => {
    const declared = services.flatMap((s) => (s.cluster?.cnpg ? [s.name] : []))
    expect(declared.length).toBeGreaterThan(0)
    const { out } = await script('restore.sh', ['--help'], bare)
    expect(out).toContain(`SERVER is ${declared.join(', ')}\n`)
    const backup = parse(await template([])).find((m) => m.metadata.name === 'akko-backup-postgres' && m.kind === 'CronJob')
    const env = backup.spec.jobTemplate.spec.template.spec.containers[0].env.map((e: { name: string }) => e.name)
    const servers = JSON.parse(readFileSync(join(SCRIPTS, 'restore.json'), 'utf8')) as { name: string; password: string }[]
    expect(servers.map((s) => s.name)).toEqual(declared)
    expect(servers.filter((s) => !env.includes(s.password))).toEqual([])
  })

  it('every script writes a text into JSON by the same function, whatever is in the text', async () => {
    const texts = ['plain', '"quoted"', 'back\\slash', 'two\nlines', 'tab\tand\u0001', "it's", 'größe €', '$HOME `id` $(id)', '']
    const { stdout } = await run('/bin/bash', ['-c', 'source "$0"; json_list "$@"', join(SCRIPTS, 'lib.sh'), ...texts])
    expect(JSON.parse(stdout)).toEqual(texts)
  })

  it('smoke.sh reads the texts at the top of smoke.json', async () => {
    const parsed = JSON.parse(readFileSync(join(SCRIPTS, 'smoke.json'), 'utf8')) as { from: string; s3Consumer: string }
    for (const name of ['from', 's3Consumer'] as const) {
      const { stdout } = await run('sed', ['-nE', `s/^ "${name}": "([^"]*)",?$/\\1/p`, join(SCRIPTS, 'smoke.json')])
      expect(stdout.trim()).toBe(parsed[name])
    }
  })
})
