// 1 KiB objects by an S3 client, beside a bare file: written and synced with its folder, read back.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createFigure, inTurn } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { Secret } from '#kit/secret'
import { SHARED_BUCKET } from '#platform/names'
import { createS3Objects } from '#wire/s3/objects'

const COUNT = 150

export const storageSuite: Suite = async ({ env, scratch }) => {
  const body = randomBytes(1024)
  const access = {
    endpoint: env.AKKO_S3_ENDPOINT as string,
    region: env.AKKO_S3_REGION as string,
    accessKeyId: env.AKKO_S3_ACCESS_KEY as string,
    secretAccessKey: new Secret(env.AKKO_S3_SECRET_KEY as string),
  }
  const objects = createS3Objects(access, { attempts: 1 })
  const key = (n: number) => `bench/${n}`
  const dir = join(scratch, 'files')
  mkdirSync(dir)
  const file = (n: number) => join(dir, String(n))
  const write = async (n: number) => {
    const handle = await open(file(n), 'wx')
    await handle.write(body)
    await handle.sync()
    await handle.close()
    const folder = await open(dir)
    await folder.sync()
    await folder.close()
  }
  const getWhole = async (n: number) => {
    const found = await objects.get(SHARED_BUCKET, key(n))
    if (!found || !body.equals(await buffer(found.body))) throw new Error(`${key(n)} gave other bytes`)
  }
  const [put, written] = await inTurn(COUNT, (n) => objects.put(SHARED_BUCKET, key(n), body), write)
  const [get, read] = await inTurn(COUNT, getWhole, (n) => readFile(file(n)))
  return [
    createFigure({ name: 'PUT 1 KiB', unit: 'ms', ours: put, floor: written, against: 'file write, fsync, fsync of the folder' }),
    createFigure({ name: 'GET 1 KiB', unit: 'ms', ours: get, floor: read, against: 'file read' }),
  ]
}
