// akko storage ls, du, rm and presign.
import type { Flags } from '#cli/flags'
import { printJson, printTable } from '#cli/output'
import { below, inStorage, StorageUsage } from '#cli/storage/place'
import { bytesText, report } from '#cli/storage/progress'
import { defineError } from '#kit/errors'
import { credentialsOf, type S3Access } from '#wire/s3/client'
import { createS3Objects, type ObjectEntry, type S3Objects } from '#wire/s3/objects'
import { presignRequest } from '#wire/s3/sigv4'
import { encodePath } from '#wire/s3/uri'

const NoSuchObject = defineError('storage.no_such_object', 404, 'there is no object {key} in {bucket}', {
  hint: 'see `akko storage ls s3://{bucket}/`',
})
const HOUR = 3600
const WEEK = 7 * 24 * HOUR

/** Buckets, or what lies one level below a prefix, or, recursive, all of it. */
export async function list(access: S3Access, flags: Flags, at?: string): Promise<void> {
  const json = flags.json === true
  const objects = createS3Objects(access)
  if (at === undefined) {
    const names = await objects.buckets()
    if (json) printJson({ buckets: names })
    else for (const name of names) process.stdout.write(`s3://${name}/\n`)
    return
  }
  const { bucket, key: prefix } = inStorage(at, 'ls')
  const found = flags.recursive
    ? { prefixes: [], entries: await all(objects.entries(bucket, prefix)) }
    : await objects.level(bucket, prefix)
  if (json) return printJson({ prefixes: found.prefixes, objects: found.entries })
  printTable(
    ['MODIFIED', 'BYTES', 'KEY'],
    [
      ...found.prefixes.map((p) => ['', '', printable(p)]),
      ...found.entries.map((e) => [e.modified.replace(/\.\d+Z$/, 'Z'), String(e.size), printable(e.key)]),
    ],
    [1],
  )
}

export async function usage(access: S3Access, json: boolean, at?: string): Promise<void> {
  const { bucket, key: prefix } = inStorage(at, 'du')
  let [count, bytes] = [0, 0]
  for await (const { size } of createS3Objects(access).entries(bucket, prefix)) {
    count++
    bytes += size
  }
  if (json) printJson({ objects: count, bytes })
  else process.stdout.write(`${bytesText(bytes)} in ${count} ${count === 1 ? 'object' : 'objects'}\n`)
}

export async function remove(access: S3Access, flags: Flags, at?: string): Promise<void> {
  const { bucket, key } = inStorage(at, 'rm')
  const json = flags.json === true
  const objects = createS3Objects(access)
  if (key === '' && !flags.recursive) throw StorageUsage({ problem: 'rm takes a key, or --recursive' })
  if (!flags.recursive) await assertObject(objects, bucket, key)
  const doomed = flags.recursive ? await objects.list(bucket, below(key)) : [key]
  await objects.remove(bucket, doomed)
  if (json) printJson({ removed: doomed.length })
  else report(json, `removed ${doomed.length} ${doomed.length === 1 ? 'object' : 'objects'}`)
}

/** Storage removes what is not there without a word, and a folder is none of its objects. */
async function assertObject(objects: S3Objects, bucket: string, key: string): Promise<void> {
  // Keys come in their order: this one is the first of all that begin with it.
  const isThere = (await first(objects.entries(bucket, key)))?.key === key
  if (!isThere || key.endsWith('/')) {
    for await (const entry of objects.entries(bucket, below(key)))
      if (entry.key !== key) throw StorageUsage({ problem: `${key} is a folder: add --recursive` })
  }
  if (!isThere) throw NoSuchObject({ bucket, key })
}

async function first(entries: AsyncIterable<ObjectEntry>): Promise<ObjectEntry | undefined> {
  for await (const entry of entries) return entry
  return undefined
}

async function all(entries: AsyncIterable<ObjectEntry>): Promise<ObjectEntry[]> {
  const found: ObjectEntry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

/** An address that opens one object to everybody who has it, until it expires. */
export async function presign(access: S3Access, flags: Flags, at?: string): Promise<void> {
  const { bucket, key } = inStorage(at, 'presign')
  if (key === '') throw StorageUsage({ problem: 'presign takes s3://BUCKET/KEY' })
  const expires = typeof flags.expires === 'number' ? flags.expires : HOUR
  if (expires < 1 || expires > WEEK) throw StorageUsage({ problem: `--expires lies between 1 and ${WEEK} seconds` })
  const { endpoint, region } = access
  const url = presignRequest({
    method: 'GET',
    endpoint,
    path: `/${bucket}/${encodePath(key)}`,
    credentials: credentialsOf(access),
    region,
    service: 's3',
    now: new Date(),
    expires,
  })
  if (flags.json) printJson({ url, expires })
  else process.stdout.write(`${url}\n`)
}

/** A key may hold what would move a terminal's cursor. */
export function printable(key: string): string {
  return key.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
