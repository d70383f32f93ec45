// Everything in a bucket of the cluster's S3, as one digest of names and contents: `node test/cluster/bucket.ts NAMESPACE BUCKET [empty]`,
// run in the cluster's network. `empty` then deletes it.
import { createHash } from 'node:crypto'
import { openStore } from '#cluster/init/store'
import { secretName } from '#platform/names'
import { lookInto } from '#test/cluster/look'
import type { ObjectEntry } from '#wire/s3/objects'

const [namespace, bucket, empty] = process.argv.slice(2) as [string, string, string?]
const { read, addressOf } = lookInto(namespace)
const endpoint = `http://${addressOf('versitygw', 's3', 's3')}`
const [accessKeyId, secretAccessKey] = read(secretName.storageRoot).split(':') as [string, string]
const store = openStore({ AKKO_S3_ENDPOINT: endpoint, AKKO_S3_ACCESS_KEY: accessKeyId, AKKO_S3_SECRET_KEY: secretAccessKey })

const objects: ObjectEntry[] = []
for await (const object of store.entries(bucket)) objects.push(object)
const digest = createHash('sha256')
// By content: what came in parts has an ETag of its parts, and comes back in one.
for (const { key } of objects.sort((a, b) => (a.key < b.key ? -1 : 1))) {
  const content = createHash('sha256')
  for await (const chunk of (await store.get(bucket, key))?.body ?? []) content.update(chunk as Buffer)
  digest.update(`${key}\0${content.digest('hex')}\n`)
}
process.stdout.write(JSON.stringify({ objects: objects.length, digest: digest.digest('hex') }))

if (empty)
  await store.remove(
    bucket,
    objects.map(({ key }) => key),
  )
