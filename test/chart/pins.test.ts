// build-images.sh --pin against a real registry of this machine: digests are the registry's own, in one file that builds take.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goTool } from '#test/support/go-tools'
import { freePort } from '#test/support/postgres'

const run = promisify(execFile)
const SCRIPT = resolve(import.meta.dirname, '../../helm/scripts/build-images.sh')
const TAGS = { BASE: 'debian:12.12-slim', NODE_BASE: 'node:24' } as const

let folder: string
let registry: ChildProcess
let host: string
let pins: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'akko-pins-'))
  host = `127.0.0.1:${await freePort()}`
  pins = join(folder, 'bases.lock')
  registry = spawn(goTool('crane'), ['registry', 'serve', '--address', host], { stdio: 'ignore' })
  for (let left = 100; left > 0 && !(await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok; left--) await sleep(100)
  for (const tag of Object.values(TAGS)) await push(tag, tag)
})
afterAll(async () => {
  const ended = new Promise((done) => registry.once('exit', done))
  registry.kill()
  await ended
  rmSync(folder, { recursive: true, force: true })
})

/** An image of one small layer. */
async function push(tag: string, content: string): Promise<void> {
  writeFileSync(join(folder, 'content'), content)
  await run('tar', ['-C', folder, '-cf', join(folder, 'layer.tar'), 'content'])
  await run(goTool('crane'), ['append', '--new_layer', join(folder, 'layer.tar'), '--new_tag', `${host}/${tag}`])
}

const digest = async (tag: string) => (await run(goTool('crane'), ['digest', `${host}/${tag}`])).stdout.trim()

async function script(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await run('/bin/bash', [SCRIPT, '--pins', pins, ...args], { timeout: 60_000 })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const mirrored = (tags: Readonly<Record<string, string>> = TAGS) =>
  Object.entries(tags).flatMap(([arg, tag]) => ['--base', `${arg}=${host}/${tag}`])
const listed = async (image: string) =>
  (await script('--list')).out
    .split('\n')
    .find((line) => line.startsWith(`akko-${image} `))
    ?.replace(/^\S+ +/, '')

describe('build-images.sh --pin', () => {
  it('writes the digest that the registry has for each base, and builds take it', async () => {
    const done = await script(...mirrored(), '--pin', 'init', 'dbt')
    expect([done.code, done.err, done.out]).toEqual([0, '', `3 bases pinned in ${pins}\n`])
    const [base, node] = [`${host}/${TAGS.BASE}@${await digest(TAGS.BASE)}`, `${host}/${TAGS.NODE_BASE}@${await digest(TAGS.NODE_BASE)}`]
    expect(await listed('init')).toBe(`BASE=${base} NODE_BASE=${node}`)
    expect(await listed('dbt')).toBe(`BASE=${base}`)
    expect(await listed('cockpit')).toMatch(/^BASE=docker\.io\/library\/debian:\S+-slim NODE_BASE=docker\.io\/library\/node:\S+-slim$/)
  })

  it('stays with what was pinned when the tag moves, until it is pinned again; what it says of other images stays', async () => {
    const before = await listed('dbt')
    await push(TAGS.BASE, 'moved')
    expect(await listed('dbt')).toBe(before)
    expect((await script(...mirrored(), '--pin', 'dbt')).code).toBe(0)
    expect(await listed('dbt')).toBe(`BASE=${host}/${TAGS.BASE}@${await digest(TAGS.BASE)}`)
    expect(await listed('dbt')).not.toBe(before)
    expect(await listed('init')).toContain(`${before} `)
  })

  it('another base by --base wins over a pin', async () => {
    const { out } = await script('--base', 'dbt/BASE=elsewhere.example.org/debian:1', '--list')
    expect(out).toMatch(/^akko-dbt +BASE=elsewhere\.example\.org\/debian:1$/m)
  })

  it('writes nothing when a registry lacks a base, or is not reached', async () => {
    const before = readFileSync(pins, 'utf8')
    const lacking = await script(...mirrored({ ...TAGS, NODE_BASE: 'node:99' }), '--pin', 'init')
    expect([lacking.code, lacking.err.split('\n')[0]]).toEqual([1, `build-images: the registry ${host} has no ${host}/node:99 (404)`])
    const nobody = `127.0.0.1:${await freePort()}`
    const gone = await script('--base', `BASE=${nobody}/debian:1`, '--pin', 'dbt')
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining(`the registry ${nobody} cannot be reached for ${nobody}/debian:1`)])
    const floating = await script('--base', `BASE=${host}/debian`, '--pin', 'dbt')
    expect([floating.code, floating.err]).toEqual([1, expect.stringContaining('has no tag')])
    expect(readFileSync(pins, 'utf8')).toBe(before)
    expect(existsSync(`${pins}.unfinished`)).toBe(false)
  })

  it('refuses a pin of another base than the Dockerfile names today', async () => {
    const kept = readFileSync(pins, 'utf8')
    writeFileSync(pins, kept.replace(/^(dbt\/BASE) \S+/m, '$1 docker.io/library/debian:11'))
    const stale = await script('--list')
    expect([stale.code, stale.err]).toEqual([
      1,
      expect.stringMatching(/pins dbt\/BASE for docker\.io\/library\/debian:11, and its Dockerfile says .*\n {2}Pin again/),
    ])
    writeFileSync(pins, kept)
  })
})
