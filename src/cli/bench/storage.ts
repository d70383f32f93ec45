// 1 KiB objects by an S3 client, beside a bare file: written and synced with its folder, read back.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AwsClient } from 'aws4fetch'
import { createFigure, inTurn } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { SHARED_BUCKET } from '#platform/names'

const COUNT = 150

export const storageSuite: Suite = async ({ env, scratch }) => {
  const body = randomBytes(1024)
  const client = new AwsClient({
    accessKeyId: env.AKKO_S3_ACCESS_KEY as string,
    secretAccessKey: env.AKKO_S3_SECRET_KEY as string,
    region: env.AKKO_S3_REGION as string,
    service: 's3',
    retries: 0,
  })
  const url = (n: number) => `${env.AKKO_S3_ENDPOINT}/${SHARED_BUCKET}/bench/${n}`
  const call = async (n: number, init: RequestInit): Promise<ArrayBuffer> => {
    const response = await client.fetch(url(n), init)
    if (!response.ok) throw new Error(`${init.method} ${url(n)} answered ${response.status}: ${await response.text()}`)
    return response.arrayBuffer()
  }
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
    if (!body.equals(Buffer.from(await call(n, { method: 'GET' })))) throw new Error(`${url(n)} gave other bytes`)
  }
  const [put, written] = await inTurn(COUNT, (n) => call(n, { method: 'PUT', body }), write)
  const [get, read] = await inTurn(COUNT, getWhole, (n) => readFile(file(n)))
  return [
    createFigure({ name: 'PUT 1 KiB', unit: 'ms', ours: put, floor: written, against: 'file write, fsync, fsync of the folder' }),
    createFigure({ name: 'GET 1 KiB', unit: 'ms', ours: get, floor: read, against: 'file read' }),
  ]
}
