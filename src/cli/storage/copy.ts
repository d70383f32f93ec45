// Files into storage and out of it, one or whole folders; a download is in place only when it is whole.
import { createReadStream, createWriteStream, type Dirent } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { below, type Place, StorageUsage } from '#cli/storage/place'
import { defineError } from '#kit/errors'
import { accepted, type S3Client, S3Refused } from '#wire/s3/client'
import type { S3Objects } from '#wire/s3/objects'
import { type UploadOptions, uploadSlices, uploadStream } from '#wire/s3/upload'
import { encodePath } from '#wire/s3/uri'

export const OutsideFolder = defineError('storage.outside_folder', 400, 'the key {key} would be written outside the folder {folder}', {
  hint: 'copy it by itself, with the name of a file to write',
})

const NoSuchFile = defineError('storage.no_such_file', 404, 'there is no file or folder {path}', {
  hint: 'a place in storage begins with s3://',
})

export interface Storage {
  readonly client: S3Client
  readonly objects: S3Objects
}

export interface Copied {
  readonly files: number
  readonly bytes: number
}

export interface CopyOptions extends UploadOptions {
  readonly recursive: boolean
}

/** Counts what it did. Throws S3Refused. */
export async function copy(storage: Storage, from: Place, to: Place, options: CopyOptions): Promise<Copied> {
  if (from.kind === 'object' && to.kind === 'object') return between(storage, from, to, options)
  if (to.kind === 'object') return upload(storage, from, to, options)
  if (from.kind === 'object') return download(storage, from, to, options)
  throw StorageUsage({ problem: 'one of the two places must be s3://BUCKET/KEY' })
}

export type InStorage = Extract<Place, { kind: 'object' }>

async function upload({ client }: Storage, from: Place, to: InStorage, options: CopyOptions): Promise<Copied> {
  let bytes = 0
  const onBytes = (count: number) => {
    bytes += count
    options.onBytes?.(count)
  }
  if (from.kind === 'stream') {
    if (to.key === '' || to.key.endsWith('/')) throw StorageUsage({ problem: 'what comes from a stream needs a whole key' })
    await uploadStream(client, to, process.stdin, { ...options, onBytes })
    return { files: 1, bytes }
  }
  const { path } = from as Extract<Place, { kind: 'file' }>
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? NoSuchFile({ path }, error) : error
  })
  if (!found.isDirectory()) {
    const key = to.key === '' || to.key.endsWith('/') ? to.key + basename(path) : to.key
    const size = await uploadFile(client, path, { ...to, key }, options)
    return { files: 1, bytes: size }
  }
  if (!options.recursive) throw StorageUsage({ problem: `${path} is a folder: add --recursive` })
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((f) => f.isFile()).map(pathOf)
  for (const file of files) bytes += await uploadFile(client, file, { ...to, key: below(to.key) + keyOf(path, file) }, options)
  return { files: files.length, bytes }
}

/** Bytes. */
export async function uploadFile(client: S3Client, path: string, to: InStorage, options: UploadOptions): Promise<number> {
  const { size } = await stat(path)
  await uploadSlices(client, to, size, (start, end) => createReadStream(path, { start, end: end - 1 }), options)
  return size
}

async function open({ objects }: Storage, { bucket, key }: InStorage): Promise<Readable> {
  const found = await objects.get(bucket, key)
  if (!found) throw new S3Refused(`read s3://${bucket}/${key}`, 404, '')
  return found.body
}

/** Bytes. The file is in place only when it is whole. */
export async function downloadFile(storage: Storage, from: InStorage, path: string, options: UploadOptions): Promise<number> {
  return toFile(await open(storage, from), path, options)
}

async function download(storage: Storage, from: InStorage, to: Place, options: CopyOptions): Promise<Copied> {
  if (to.kind === 'stream') return { files: 1, bytes: await pour(await open(storage, from), process.stdout, options) }
  const folder = (to as Extract<Place, { kind: 'file' }>).path
  if (!options.recursive) {
    const intoFolder = folder.endsWith(sep) || (await isFolder(folder))
    const path = intoFolder ? inside(folder, from.key.split('/').at(-1) ?? '') : folder
    return { files: 1, bytes: await downloadFile(storage, from, path, options) }
  }
  let [files, bytes] = [0, 0]
  for await (const { key } of storage.objects.entries(from.bucket, below(from.key))) {
    if (key.endsWith('/')) continue
    bytes += await downloadFile(storage, { ...from, key }, inside(folder, key.slice(below(from.key).length)), options)
    files++
  }
  return { files, bytes }
}

/** Within the storage itself: no byte travels. */
async function between({ client, objects }: Storage, from: InStorage, to: InStorage, { recursive }: CopyOptions): Promise<Copied> {
  const one = (source: string, key: string) => copyObject(client, { ...from, key: source }, { ...to, key })
  if (!recursive) {
    const size = await sizeOf(client, from)
    await one(from.key, to.key === '' || to.key.endsWith('/') ? to.key + basename(from.key) : to.key)
    return { files: 1, bytes: size }
  }
  let [files, bytes] = [0, 0]
  for await (const { key, size } of objects.entries(from.bucket, below(from.key))) {
    await one(key, below(to.key) + key.slice(below(from.key).length))
    files++
    bytes += size
  }
  return { files, bytes }
}

export async function copyObject(client: S3Client, from: InStorage, to: InStorage): Promise<void> {
  const headers = { 'x-amz-copy-source': `/${from.bucket}/${encodePath(from.key)}` }
  const answer = await client.send({ method: 'PUT', path: `/${to.bucket}/${encodePath(to.key)}`, headers })
  ;(await accepted(`copy s3://${from.bucket}/${from.key}`, answer)).body.resume()
}

/** Bytes. Throws S3Refused. */
async function sizeOf(client: S3Client, { bucket, key }: InStorage): Promise<number> {
  const answer = await client.send({ method: 'HEAD', path: `/${bucket}/${encodePath(key)}` })
  answer.body.resume()
  return Number((await accepted(`read s3://${bucket}/${key}`, answer)).headers['content-length'])
}

async function toFile(body: Readable, path: string, options: UploadOptions): Promise<number> {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.part-${process.pid}`
  try {
    const bytes = await pour(body, createWriteStream(unfinished), options)
    await rename(unfinished, path)
    return bytes
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function pour(body: Readable, to: NodeJS.WritableStream, { onBytes }: UploadOptions): Promise<number> {
  let bytes = 0
  body.on('data', (data: Buffer) => {
    bytes += data.length
    onBytes?.(data.length)
  })
  await pipeline(body, to, { end: to !== process.stdout })
  return bytes
}

/** A key may hold `..`, which is a name in storage and a way out in a folder. */
export function inside(folder: string, name: string): string {
  const path = join(folder, name)
  if (name === '' || name.includes('\0') || relative(folder, path).split(sep)[0] === '..') throw OutsideFolder({ key: name, folder })
  return path
}

const pathOf = (file: Dirent) => join(file.parentPath, file.name)
const keyOf = (folder: string, path: string) => relative(folder, path).split(sep).join('/')

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
