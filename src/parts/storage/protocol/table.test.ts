// Every header, parameter and element of Amazon's model over real HTTP: refused ones are refused and change nothing, harmless ones change
// no answer, served ones show.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { OPERATIONS, type Operation } from '#parts/storage/protocol/operations'
import { type Place, type Ruling, rulingsOf } from '#parts/storage/protocol/rulings'
import { type Bench, bases, ELSEWHERE, NEVER_SET, PROBES, WEBHOOK } from '#parts/storage/protocol/table-testing'
import { isServed } from '#parts/storage/routes'
import { RESOURCE_KINDS } from '#runtime/policy'
import { operationsOf } from '#test/support/s3-model'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const bench: Bench = { send }

beforeAll(async () => {
  storage = await startTestStorage(policy, { webhooks: { [WEBHOOK]: 'http://127.0.0.1:9/' } })
  await send({ method: 'PUT', path: '/lake' })
})
afterAll(() => storage.stop())

const members = (operation: Operation, place: Place, verdict: Ruling['verdict']) =>
  Object.entries(rulingsOf(operation, place)).filter(([, ruling]) => ruling.verdict === verdict)

/** The base request with one member more. */
function withMember(sent: Sent, place: Place, name: string, value: string): Sent {
  if (place === 'header') return { ...sent, headers: { ...sent.headers, [name.endsWith('-') ? `${name}x` : name]: value } }
  if (place === 'query') return { ...sent, path: `${sent.path}${sent.path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}` }
  return { ...sent, body: withElement(String(sent.body ?? ''), name, value) }
}

/** In the place of an element that is there, or as the last one of its parent. */
function withElement(body: string, name: string, value: string): string {
  const [root = '', ...rest] = name.split('/')
  const tag = rest.at(-1) ?? root
  const isInside = rest.slice(0, -1).every((outer) => body.includes(`<${outer}>`))
  if (isInside && new RegExp(`<${tag}>[^<]*</${tag}>`).test(body)) return body.replace(new RegExp(`<${tag}>[^<]*<`), `<${tag}>${value}<`)
  const parent = rest.at(-2)
  const element = (inner: string, tag: string) => `<${tag}>${inner}</${tag}>`
  if (isInside && parent && body.includes(`</${parent}>`)) return body.replace(`</${parent}>`, `${element(value, tag)}</${parent}>`)
  return (body || element('', root)).replace(`</${root}>`, `${rest.reduceRight(element, value)}</${root}>`)
}

/** What is stored: buckets, objects with their tags, uploads. */
async function everything(): Promise<string> {
  const texts = await Promise.all(['/', '/lake?list-type=2', '/lake?uploads='].map(async (path) => (await send({ path })).text))
  return texts.join('\n')
}

const plain = ({ status, text, headers }: Answer) => ({
  status,
  type: headers['content-type'],
  etag: headers.etag,
  text: text.replace(/<(UploadId|RequestId|LastModified|Initiated|CreationDate)>[^<]*/g, '<$1>'),
})

const served = OPERATIONS.filter((o) => isServed(o.name))

describe('the table of operations', () => {
  it("is the judges' model", () => {
    expect(readFileSync(new URL('operations.ndjson', import.meta.url), 'utf8')).toBe(operationsOf())
  })
  it('has a request for each operation that is served, and for no other', () => {
    expect(Object.keys(bases).sort()).toEqual(served.map((o) => o.name).sort())
  })
  it.each(OPERATIONS.filter((o) => !isServed(o.name)).map((o) => [o.name, o] as const))(
    'refuses %s by its name',
    async (name, operation) => {
      const before = await everything()
      const path = { service: '/', bucket: '/lake', object: '/lake/object' }[operation.on]
      const headers = Object.fromEntries(operation.needs.filter((n) => n.startsWith('x-amz-')).map((n) => [n, '/lake/object']))
      const query = operation.needs.filter((n) => !n.startsWith('x-amz-')).map((n) => (n.includes('=') ? n : `${n}=`))
      const answer = await send({
        method: operation.method,
        path: `${path}?${query.join('&')}`,
        headers,
        body: operation.method === 'PUT' ? '<x/>' : '',
      })
      expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' })
      // Two operations with one request: which of them, the answer cannot know.
      if (!name.startsWith('List')) expect(answer.text).toContain(name)
      expect(await everything()).toBe(before)
    },
  )
})

describe.each(served.map((o) => [o.name, o] as const))('%s', (name, operation) => {
  const base = () => bases[name]!(bench)

  it.each(['header', 'query', 'element'] as const)('refuses what it does not do: each %s by name, with nothing changed', async (place) => {
    const cases = [
      ...members(operation, place, 'refused').map(([member]) => [member, '1'] as const),
      ...Object.entries(rulingsOf(operation, place)).flatMap(([member, { values }]) => (values ? [[member, 'other'] as const] : [])),
      ...(place === 'header' ? [['x-amz-unheard-of', '1'] as const] : []),
      ...(place === 'query' ? [['unheard-of', '1'] as const] : []),
    ]
    const sent = await base()
    const before = await everything()
    for (const [member, value] of cases) {
      const answer = await send(withMember(sent, place, member, value))
      expect({ member, status: answer.status }).toEqual({ member, status: 501 })
      if (sent.method === 'HEAD') continue
      expect(answer.text).toContain(place === 'element' ? member.split('/').slice(0, 2).join('/') : member)
      if (place === 'header') expect(answer.text).toContain(`<Header>${member}</Header>`)
    }
    expect(await everything()).toBe(before)
  })

  it('answers as without what is harmless', async () => {
    const cases = (['header', 'query', 'element'] as const).flatMap((place) =>
      members(operation, place, 'harmless').flatMap(([member, { values = ['1'] }]) =>
        values.map((value) => [place, member, value] as const),
      ),
    )
    const answer = await send(await base())
    const without = plain(answer)
    expect([without.status < 300, answer.code]).toEqual(NEVER_SET[name] ? [false, NEVER_SET[name]] : [true, undefined])
    for (const [place, member, value] of [...cases, ['query', 'x-id', name] as const, ['header', 'x-amz-te', 'append-md5'] as const])
      expect({ member, ...plain(await send(withMember(await base(), place, member, value))) }).toEqual({ member, ...without })
  })

  it('does what it is asked for: a value of each shows', async () => {
    const cases = (['header', 'query', 'element'] as const).flatMap((place) =>
      members(operation, place, 'served').map(([member]) => [place, member] as const),
    )
    const shown: string[] = []
    for (const [place, member] of cases) {
      if (operation.needs.includes(member) || ELSEWHERE.has(member)) continue
      const probe = PROBES[`${name} ${member}`] ?? PROBES[member]
      if (!probe) throw new Error(`nothing shows that ${name} serves ${member}`)
      const sent = withMember(await (probe.base ? probe.base(bench) : base()), place, member, probe.value)
      const answer = await send(sent)
      await probe.shows({ answer, sent, bench, member, value: probe.value })
      shown.push(member)
    }
    expect(shown.length).toBeGreaterThanOrEqual(operation.name === 'ListBuckets' ? 0 : 1)
  })
})
