// Copies of two storages that share no code, filled and restored by the AWS CLI: nothing is lost, nothing escapes, nothing is copied twice.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyStorage, restoreStorage } from '#cluster/init/copy-storage'
import { openStore } from '#cluster/init/store'
import { FOREIGN, startForeignS3 } from '#cluster/init/test-foreign-storage'
import { Secret } from '#kit/secret'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { judgeTool } from '#test/support/judges'
import { createS3Client, type S3Request } from '#wire/s3/client'

const run = promisify(execFile)
const say = () => {}

interface Case {
  readonly name: string
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string }
  /** Names that this storage takes, and that are no names of files. */
  readonly odd: readonly string[]
  start(): Promise<{ readonly endpoint: string; stop(): Promise<void> }>
}

const PLAIN = ['a.txt', 'deep/er/file with spaces & + ünïcode %41.txt', 'quo\'te"s;$(echo).csv', 'empty']

const cases: readonly Case[] = [
  {
    name: "the platform's own",
    key: { ...ROOT, region: REGION },
    odd: ['a.txt/below a file', 'two//slashes', '/first', 'marker/', '../../escape', 'x/../y', '.', `long/${'n'.repeat(300)}`],
    start: () => startTestStorage(createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)),
  },
  // Its objects are files themselves, so that the names it takes nearly all are.
  { name: 'a foreign one (versitygw)', key: FOREIGN, odd: ['marker/'], start: startForeignS3 },
]

describe.each(cases)('$name', ({ key, odd, start }) => {
  let server: Awaited<ReturnType<Case['start']>>
  let dir: string
  let env: Record<string, string>
  const contents = new Map([...PLAIN, ...odd].map((name) => [name, name.endsWith('/') || name === 'empty' ? '' : `content of ${name}`]))
  const aws = (...args: string[]) =>
    run(judgeTool('aws'), ['--endpoint-url', server.endpoint, ...args], {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        AWS_DEFAULT_REGION: key.region,
      },
    })
  const send = (request: S3Request) =>
    createS3Client(
      { endpoint: server.endpoint, region: key.region, accessKeyId: key.accessKeyId, secretAccessKey: new Secret(key.secretAccessKey) },
      { attempts: 1 },
    ).send(request)
  const put = async (path: string, body = '') => {
    const answer = await send({ method: 'PUT', path: `/${path}`, body })
    expect(answer.status).toBe(200)
    await answer.text()
  }
  const store = () => openStore(env)
  const copy = (minute: number, keep = 3) =>
    copyStorage({ store: store(), dir, keep, say, now: new Date(Date.UTC(2026, 10, 21, 4, minute)) })
  const dataOf = async (bucket: string) => {
    const found = new Map<string, string>()
    for await (const { key: name } of store().entries(bucket)) {
      const answer = await store().get(bucket, name)
      let text = ''
      for await (const chunk of answer?.body ?? []) text += chunk
      found.set(name, text)
    }
    return found
  }

  beforeAll(async () => {
    server = await start()
    dir = mkdtempSync(join(tmpdir(), 'akko-copies-'))
    env = {
      AKKO_S3_ENDPOINT: server.endpoint,
      AKKO_S3_REGION: key.region,
      AKKO_S3_ACCESS_KEY: key.accessKeyId,
      AKKO_S3_SECRET_KEY: key.secretAccessKey,
    }
    for (const bucket of ['lake', 'empty-one']) await put(bucket)
    const files = mkdtempSync(join(tmpdir(), 'akko-s3-in-'))
    for (const name of PLAIN) {
      mkdirSync(join(files, dirname(name)), { recursive: true })
      writeFileSync(join(files, name), contents.get(name) ?? '')
    }
    await aws('s3', 'sync', files, 's3://lake', '--content-type', 'text/csv')
    rmSync(files, { recursive: true })
    // The AWS CLI would fold these names.
    for (const name of odd)
      await store().put('lake', name, {
        size: Buffer.byteLength(contents.get(name) ?? ''),
        open: () => Readable.from([contents.get(name)]),
      })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  it('is copied whole, and nothing lands beside its folder', async () => {
    const done = await copy(0)
    expect(done.objects).toBe(contents.size)
    expect(readdirSync(dir)).toEqual(['2026-11-21T040000Z'])
    expect(readdirSync(done.folder).sort()).toEqual(['_manifest', '_other-names', 'empty-one', 'lake'])
    for (const name of PLAIN) expect(readFileSync(join(done.folder, 'lake', name), 'utf8')).toBe(contents.get(name))
    const lines = readFileSync(join(done.folder, '_manifest/lake.jsonl'), 'utf8').trim().split('\n')
    const manifest = lines.map((l) => JSON.parse(l) as { key: string; file: string; headers: Record<string, string> })
    expect(manifest.map((l) => l.key).sort()).toEqual([...contents.keys()].sort())
    for (const line of manifest) expect(readFileSync(join(done.folder, line.file), 'utf8')).toBe(contents.get(line.key))
    expect(readdirSync(join(done.folder, '_other-names')).sort()).toEqual(
      odd.map((name) => createHash('sha256').update(`lake/${name}`).digest('hex')).sort(),
    )
  })

  it('is copied again only where it changed; the rest shares its bytes with the copy before', async () => {
    await put('lake/a.txt', 'changed')
    const done = await copy(1)
    expect({ copied: done.copied, linked: done.linked }).toEqual({ copied: 1, linked: contents.size - 1 })
    const inode = (time: string, name: string) => statSync(join(dir, time, 'lake', name)).ino
    expect(inode('2026-11-21T040100Z', 'empty')).toBe(inode('2026-11-21T040000Z', 'empty'))
    expect(readFileSync(join(dir, '2026-11-21T040000Z/lake/a.txt'), 'utf8')).toBe('content of a.txt')
    expect(readFileSync(join(dir, '2026-11-21T040100Z/lake/a.txt'), 'utf8')).toBe('changed')
  })

  it('keeps so many copies, and throws an unfinished one away', async () => {
    mkdirSync(join(dir, '.unfinished-2026-11-21T030000Z/lake'), { recursive: true })
    await copy(2, 2)
    expect(readdirSync(dir).sort()).toEqual(['2026-11-21T040100Z', '2026-11-21T040200Z'])
  })

  it('leaves nothing that looks like a copy when the storage goes away meanwhile', async () => {
    const broken = store()
    const dying = { ...broken, get: () => Promise.reject(new Error('gone')) }
    await put('lake/a.txt', 'changed again')
    await expect(copyStorage({ store: dying, dir, keep: 3, say, now: new Date(Date.UTC(2026, 10, 21, 5)) })).rejects.toThrow('gone')
    expect(
      readdirSync(dir)
        .filter((n) => !n.startsWith('.unfinished-'))
        .sort(),
    ).toEqual(['2026-11-21T040100Z', '2026-11-21T040200Z'])
  })

  it('comes back from a copy: all names by restore-storage, names of files by `aws s3 sync` too', async () => {
    const last = join(dir, '2026-11-21T040200Z')
    const wanted = new Map([...contents, ['a.txt', 'changed']])
    await server.stop()
    server = await start()
    env = { ...env, AKKO_S3_ENDPOINT: server.endpoint }
    for (const bucket of ['lake', 'empty-one', 'synced']) await put(bucket)
    await expect(restoreStorage({ store: store(), dir, from: '2000-01-01T000000Z', say })).rejects.toThrow(/there are: 2026/)
    await expect(restoreStorage({ store: store(), dir, only: ['lakes'], say })).rejects.toThrow(/no bucket lakes; it has: empty-one lake/)
    expect(await restoreStorage({ store: store(), dir, say })).toBe(contents.size)
    expect(new Map([...(await dataOf('lake'))].sort())).toEqual(new Map([...wanted].sort()))
    const head = await send({ method: 'HEAD', path: '/lake/empty' })
    expect(head.headers['content-type']).toBe('text/csv')
    head.body.resume()

    await aws('s3', 'sync', join(last, 'lake'), 's3://synced')
    const synced = await dataOf('synced')
    expect([...synced.keys()].sort()).toEqual([...PLAIN].sort())
    for (const name of PLAIN) expect(synced.get(name)).toBe(wanted.get(name))
    expect(existsSync(join(dir, '..', 'escape'))).toBe(false)
  })
})
