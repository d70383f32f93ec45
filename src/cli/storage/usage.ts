// akko storage usage: what each bucket holds, with what is kept beside the objects of now.
import type { Flags } from '#cli/flags'
import { printJson, printTable } from '#cli/output'
import { bytesText } from '#cli/storage/progress'
import { accepted, createS3Client, type S3Access, type S3Client, S3Refused } from '#wire/s3/client'
import { createS3Objects, type S3Objects } from '#wire/s3/objects'
import { encodePath, type Pairs } from '#wire/s3/uri'
import { many, parseXml } from '#wire/s3/xml'

interface Sum {
  readonly count: number
  readonly bytes: number
}

export interface BucketUsage {
  readonly bucket: string
  readonly objects: Sum
  /** Versions that are not the latest of their key; delete markers among them, of no bytes. Null where the key may not list them. */
  readonly olderVersions: Sum | null
  /** Uploads in parts that nobody has ended. Null where the key may not list them. */
  readonly unfinished: Sum | null
}

/** Of each bucket that the person's key opens. @throws S3Refused */
export async function bucketUsage(access: S3Access): Promise<BucketUsage[]> {
  const client = createS3Client(access)
  const all: BucketUsage[] = []
  const objects = createS3Objects(access)
  for (const bucket of await objects.buckets()) {
    const kept = (await ifAllowed(versions(client, bucket))) ?? { objects: await live(objects, bucket), olderVersions: null }
    all.push({ bucket, ...kept, unfinished: await ifAllowed(unfinished(client, bucket)) })
  }
  return all
}

export async function printUsage(access: S3Access, { json }: Flags): Promise<void> {
  const buckets = await bucketUsage(access)
  if (json) return printJson({ buckets })
  const cells = (sum: Sum | null) => (sum ? [String(sum.count), bytesText(sum.bytes)] : ['-', '-'])
  printTable(
    ['BUCKET', 'OBJECTS', 'BYTES', 'OLDER', 'BYTES', 'UNFINISHED', 'BYTES'],
    buckets.map((b) => [b.bucket, ...cells(b.objects), ...cells(b.olderVersions), ...cells(b.unfinished)]),
    [1, 2, 3, 4, 5, 6],
  )
}

async function ifAllowed<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof S3Refused && error.status === 403) return null
    throw error
  })
}

async function live(objects: S3Objects, bucket: string): Promise<Sum> {
  const all = sum()
  for await (const { size } of objects.entries(bucket)) all.add(size)
  return all.total()
}

type Page = Record<string, unknown>

/** One page of a listing after another, by the markers that each brings for the next. */
async function* pages(
  client: S3Client,
  what: string,
  path: string,
  pairs: Pairs,
  root: string,
  markers: Readonly<Record<string, string>>,
): AsyncGenerator<Page> {
  for (let marks: Pairs = []; ; ) {
    const answer = await accepted(what, await client.send({ method: 'GET', path, pairs: [...pairs, ...marks] }))
    const page: Page = parseXml(await answer.text(), root)
    yield page
    if (page.IsTruncated !== 'true') return
    marks = Object.entries(markers).flatMap(([name, field]) =>
      page[field] === undefined ? [] : [[name, decoded(String(page[field]))] as const],
    )
  }
}

const decoded = (name: string): string => decodeURIComponent(name.replaceAll('+', ' '))

async function versions(client: S3Client, bucket: string): Promise<Pick<BucketUsage, 'objects' | 'olderVersions'>> {
  const [now, older] = [sum(), sum()]
  const markers = { 'key-marker': 'NextKeyMarker', 'version-id-marker': 'NextVersionIdMarker' }
  const what = `list the versions in ${bucket}`
  for await (const page of pages(
    client,
    what,
    `/${bucket}`,
    [
      ['versions', ''],
      ['encoding-type', 'url'],
    ],
    'ListVersionsResult',
    markers,
  )) {
    for (const { IsLatest, Size } of many<{ IsLatest: string; Size: string }>(page.Version))
      (IsLatest === 'true' ? now : older).add(Number(Size))
    for (const _ of many(page.DeleteMarker)) older.add(0)
  }
  return { objects: now.total(), olderVersions: older.total() }
}

async function unfinished(client: S3Client, bucket: string): Promise<Sum> {
  const uploads = sum()
  const markers = { 'key-marker': 'NextKeyMarker', 'upload-id-marker': 'NextUploadIdMarker' }
  const what = `list the uploads in ${bucket}`
  for await (const page of pages(
    client,
    what,
    `/${bucket}`,
    [
      ['uploads', ''],
      ['encoding-type', 'url'],
    ],
    'ListMultipartUploadsResult',
    markers,
  ))
    for (const { Key, UploadId } of many<{ Key: string; UploadId: string }>(page.Upload)) {
      let bytes = 0
      const path = `/${bucket}/${encodePath(decoded(String(Key)))}`
      for await (const parts of pages(client, what, path, [['uploadId', String(UploadId)]], 'ListPartsResult', {
        'part-number-marker': 'NextPartNumberMarker',
      }))
        for (const { Size } of many<{ Size: string }>(parts.Part)) bytes += Number(Size)
      uploads.add(bytes)
    }
  return uploads.total()
}

function sum() {
  let [count, bytes] = [0, 0]
  return {
    add: (size: number) => {
      count++
      bytes += size
    },
    total: (): Sum => ({ count, bytes }),
  }
}
