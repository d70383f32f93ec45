// What goes over the wire, against a server that notes it; that signatures are right is for src/cluster/init and src/parts/storage.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { createS3Client, S3Refused } from '#wire/s3/client'
import { createS3Objects, type ObjectEntry } from '#wire/s3/objects'

interface Seen {
  readonly line: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Serves what `reply` says, with the number of the request; undefined hangs up. */
async function storage(reply: (n: number, seen: Seen) => { status: number; body?: string } | undefined) {
  const seen: Seen[] = []
  server = http.createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    const one = { line: `${req.method} ${req.url}`, headers: req.headers, body }
    seen.push(one)
    const answer = reply(seen.length, one)
    if (answer) res.writeHead(answer.status).end(answer.body ?? '')
    else req.socket.destroy()
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, access: { endpoint, region: 'us-east-1', accessKeyId: 'id', secretAccessKey: new Secret('secret') } }
}

it('leaves a name as it is', async () => {
  const { seen, access } = await storage(() => ({ status: 200 }))
  const objects = createS3Objects({ ...access, endpoint: `${access.endpoint}/below/` })
  for (const key of ['../../escape', 'x/../y', 'two//slashes', '/first', '.', 'a+b c%41?#']) await objects.put('lake', key, key)
  expect(seen.map((s) => s.line)).toEqual([
    'PUT /below/lake/../../escape',
    'PUT /below/lake/x/../y',
    'PUT /below/lake/two//slashes',
    'PUT /below/lake//first',
    'PUT /below/lake/.',
    'PUT /below/lake/a%2Bb%20c%2541%3F%23',
  ])
  expect(seen[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=.*host/,
  )
})

it('asks again while the storage is busy or hangs up, each time with the whole body', async () => {
  const { seen, access } = await storage((n) => (n === 1 ? { status: 503 } : n === 2 ? undefined : { status: 200 }))
  let opened = 0
  const body = { size: 5, open: () => Readable.from([`${++opened}five`]) }
  expect(await createS3Objects(access).put('lake', 'key', body)).toBe(true)
  expect(seen.map((s) => s.body)).toEqual(['1five', '2five', '3five'])
  expect(seen[0]?.headers).toMatchObject({ 'content-length': '5', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
})

it('asks as often as it may, and gives the last answer', async () => {
  const { seen, access } = await storage(() => ({ status: 500 }))
  expect((await createS3Client(access, { attempts: 1 }).send({ method: 'GET', path: '/' })).status).toBe(500)
  expect(seen).toHaveLength(1)
})

it('says what was refused, and why', async () => {
  const body = '<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>'
  const { seen, access } = await storage(() => ({ status: 403, body }))
  const failure = await createS3Objects(access)
    .get('lake', 'key')
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(S3Refused)
  expect(failure).toMatchObject({ status: 403, code: 'AccessDenied', what: 'read s3://lake/key' })
  expect((failure as Error).message).toBe('could not read s3://lake/key: status 403 AccessDenied not yours')
  expect(seen).toHaveLength(1)
})

it('tells an object that is there already, and one that is not there', async () => {
  const { access } = await storage((n) => ({ status: n === 1 ? 412 : 404 }))
  const objects = createS3Objects(access)
  expect(await objects.put('lake', 'key', '', { onlyNew: true })).toBe(false)
  expect(await objects.get('lake', 'key')).toBeUndefined()
  await expect(objects.put('lake', 'key', '')).rejects.toThrow('404')
})

it('fails when the storage is silent', async () => {
  const { access } = await storage(() => undefined)
  server?.removeAllListeners('request')
  const silent = createS3Client(access, { attempts: 1, silence: 50 })
  await expect(silent.send({ method: 'GET', path: '/' })).rejects.toThrow('silent for 0.05 s')
})

it('reads a listing page after page', async () => {
  const page = (key: string, next?: string) => `<ListBucketResult><EncodingType>url</EncodingType>
    <Contents><Key>${key}</Key><Size>3</Size><ETag>"e"</ETag><LastModified>t</LastModified></Contents>
    <IsTruncated>${next !== undefined}</IsTruncated>${next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}</ListBucketResult>`
  const { seen, access } = await storage((n) => ({ status: 200, body: n === 1 ? page('a%01b+c', 'n x') : page('d') }))
  const entries: ObjectEntry[] = []
  for await (const entry of createS3Objects(access).entries('lake', 'p/')) entries.push(entry)
  expect(entries.map((e) => e.key)).toEqual(['a\u0001b c', 'd'])
  expect(entries[0]).toEqual({ key: 'a\u0001b c', size: 3, etag: 'e', modified: 't' })
  expect(seen[1]?.line).toBe('GET /lake?list-type=2&encoding-type=url&prefix=p%2F&continuation-token=n%20x')
})
