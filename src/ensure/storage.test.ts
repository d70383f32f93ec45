// What an ensured key opens, and what it does not.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEnsureContext } from '#ensure/context'
import { apply } from '#ensure/engine'
import { applyKey } from '#ensure/single'
import { createMemoryStore } from '#ensure/test-laws'
import { type StorageLawServer, startStorageLawServer } from '#ensure/test-servers'
import { Secret } from '#kit/secret'
import type { Resource } from '#platform/resources'
import { createS3Client } from '#wire/s3/client'
import type { Pairs } from '#wire/s3/uri'

const LIST: Pairs = [['list-type', '2']]

let server: StorageLawServer
beforeAll(async () => {
  server = await startStorageLawServer()
})
afterAll(() => server.stop())

it('opens its own bucket as declared, and no other', async () => {
  const secrets = createMemoryStore()
  const context = createEnsureContext({ ...server.endpoints, secrets })
  const buckets: Resource[] = ['mine', 'shared', 'theirs'].map((name) => ({ kind: 'bucket', name }))
  await apply(buckets, context)
  const report = await applyKey(
    {
      kind: 'key',
      name: 'worker',
      secret: 'key.worker',
      buckets: [
        { name: 'mine', mode: 'write' },
        { name: 'shared', mode: 'read' },
      ],
    },
    context,
  )
  expect(report.outcome).toBe('created')
  const [accessKeyId = '', secretAccessKey = ''] = ((await secrets.get('key.worker')) as Secret).reveal().split(':')
  const s3 = server.endpoints.s3
  const access = { endpoint: s3?.endpoint ?? '', region: s3?.region ?? '', accessKeyId, secretAccessKey: new Secret(secretAccessKey) }
  const client = createS3Client(access, { attempts: 1 })
  const status = async (method: string, path: string, pairs: Pairs = []) => {
    const answer = await client.send({ method, path, pairs, ...(method === 'PUT' ? { body: 'x' } : {}) })
    await answer.text()
    return answer.status
  }
  expect(await status('PUT', '/mine/a')).toBe(200)
  expect(await status('GET', '/mine/a')).toBe(200)
  expect(await status('GET', '/mine', LIST)).toBe(200)
  expect(await status('PUT', '/shared/a')).toBe(403)
  expect(await status('GET', '/shared', LIST)).toBe(200)
  expect(await status('GET', '/theirs', LIST)).toBe(403)
  expect(await status('PUT', '/theirs/a')).toBe(403)
})

it('says what is wrong when the administrator is not let in', async () => {
  const s3 = server.endpoints.s3
  if (!s3) throw new Error('the storage has an endpoint')
  const wrong = { ...s3, root: { ...s3.root, secretAccessKey: new Secret('wrong') } }
  const context = createEnsureContext({ s3: wrong, secrets: createMemoryStore() })
  const [report] = await apply([{ kind: 'bucket', name: 'never' }], context)
  expect(report).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('SignatureDoesNotMatch') })
})
