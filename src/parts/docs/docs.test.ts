// Publishing and reading, over a real PostgreSQL and the real storage.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packTar, type TarEntry } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { LINK_SECONDS, openLink, signLink } from '#parts/docs/links'
import { MAX_BYTES, ORIGIN, startDocs, type TestDocs } from '#parts/docs/test-docs'

const ADA = 'ada:akko-analyst'
const EMIL = 'emil:akko-engineer'
const VERA = 'vera:akko-viewer'
const ADMIN = 'root:akko-admin'
const HTML = 'text/html'
const TAR = 'application/x-tar'

let docs: TestDocs
beforeAll(async () => {
  docs = await startDocs()
})
afterAll(async () => {
  await docs?.close()
})

const put = (slug: string, body: string | Uint8Array, as = ADA, type = HTML, query = '') =>
  docs.call('PUT', `/api/reports/${slug}${query}`, { as, type, body })
const code = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code
const linkOf = async (slug: string, as = ADA, version = '') => {
  const page = await docs.call('GET', `/r/${slug}${version}`, { as })
  return /src="(\/content\/[^"]+)"/.exec(await page.text())?.[1] as string
}
/** A folder as `tar` packs it. */
function folder(files: Readonly<Record<string, string>>, change: (dir: string) => void = () => {}): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), 'akko-report-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  change(dir)
  const archive = execFileSync('tar', ['c', '-C', dir, '.'])
  rmSync(dir, { recursive: true })
  return archive
}
const archive = (...entries: TarEntry[]) => packTar([{ header: { name: 'index.html', size: 2 }, body: 'ok' }, ...entries])

describe('a report', () => {
  it('stays its author’s, and is not that of an account which gets his name', async () => {
    const [before, after] = [`${ADA}:a1`, `${ADA}:b2`]
    expect((await put('passing', 'one', before)).status).toBe(201)
    expect((await put('passing', 'two', before)).status).toBe(200)
    const statusOf = async (method: string, as: string) => (await docs.call(method, '/api/reports/passing', { as })).status
    expect([await statusOf('GET', before), await statusOf('GET', after), await statusOf('DELETE', after)]).toEqual([200, 404, 404])
    expect(await code(await put('passing', 'three', after))).toBe('docs.slug_taken')
    const listed = (await (await docs.call('GET', '/api/reports', { as: after })).json()) as { reports?: { slug: string }[] }
    expect(JSON.stringify(listed)).not.toContain('passing')
    expect(await statusOf('DELETE', before)).toBe(204)
  })

  it('is published as a page, and every PUT is its next version; old ones stay readable', async () => {
    const first = await put('sales', '<h1>one</h1>', ADA, HTML, '?title=Sales%20of%20May')
    expect(first.status).toBe(201)
    expect(await first.json()).toMatchObject({ slug: 'sales', title: 'Sales of May', author: 'ada', latest: 1 })
    const second = await put('sales', '<h1>two</h1>')
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ title: 'Sales of May', latest: 2 })
    const read = async (version: string) => (await docs.call('GET', `/api/reports/sales/versions/${version}/files/`, { as: ADA })).text()
    expect([await read('1'), await read('2'), await read('latest')]).toEqual(['<h1>one</h1>', '<h1>two</h1>', '<h1>two</h1>'])
    const { versions } = (await (await docs.call('GET', '/api/reports/sales', { as: ADA })).json()) as { versions: { number: number }[] }
    expect(versions.map((v) => v.number)).toEqual([2, 1])
    for (const version of ['0', '3', '-1', '1e0', 'newest'])
      expect((await docs.call('GET', `/api/reports/sales/versions/${version}/files/`, { as: ADA })).status).toBe(404)
  })

  it('is published as a folder, with the types of its files and an index in each folder', async () => {
    expect((await put('folder', folder({ 'index.html': 'top', 'js/app.js': '1', 'a b/index.html': 'below' }), ADA, TAR)).status).toBe(201)
    const get = (path: string) => docs.call('GET', `/api/reports/folder/versions/latest/files/${path}`, { as: ADA })
    expect((await get('js/app.js')).headers.get('content-type')).toMatch(/^text\/javascript/)
    expect(await (await get('a%20b/')).text()).toBe('below')
    const missing = await get('js/other.js')
    expect([missing.status, await code(missing)]).toEqual([404, 'docs.no_such_file'])
    expect((await get('..%2f..%2fsales')).status).toBe(404)
  })

  it('numbers versions that are sent at once one after the other', async () => {
    const sent = await Promise.all(Array.from({ length: 4 }, (_, i) => put('race', `<p>${i}</p>`)))
    const won = sent.filter((a) => a.ok).length
    expect(sent.every((a) => a.ok || a.status === 409)).toBe(true)
    const { latest, versions } = (await (await docs.call('GET', '/api/reports/race', { as: ADA })).json()) as {
      latest: number
      versions: { number: number }[]
    }
    expect(latest).toBe(won)
    expect(versions.map((v) => v.number)).toEqual(Array.from({ length: won }, (_, i) => won - i))
  })

  it('goes with all its files when it is removed', async () => {
    await put('gone', folder({ 'index.html': 'x', 'more.txt': 'y' }), ADA, TAR)
    const link = await linkOf('gone')
    const before = await docs.keys()
    expect((await docs.call('DELETE', '/api/reports/gone', { as: ADA })).status).toBe(204)
    expect(before.length - (await docs.keys()).length).toBe(2)
    expect((await docs.call('GET', '/api/reports/gone', { as: ADA })).status).toBe(404)
    expect((await docs.call('GET', link)).status).toBe(403)
  })
})

describe('who may', () => {
  beforeAll(async () => {
    await put('private', '<p>figures</p>')
  })
  const seenBy = async (as: string) => {
    const { reports } = (await (await docs.call('GET', '/api/reports', { as })).json()) as { reports: { slug: string }[] }
    const listed = reports.some((r) => r.slug === 'private')
    const page = (await docs.call('GET', '/r/private', { as })).status
    const file = (await docs.call('GET', '/api/reports/private/versions/1/files/', { as })).status
    const inList = (await (await docs.call('GET', '/', { as })).text()).includes('/r/private')
    return { listed, page, file, inList }
  }
  const YES = { listed: true, page: 200, file: 200, inList: true }
  const NO = { listed: false, page: 404, file: 404, inList: false }

  it('read: the author and an administrator, until others are named', async () => {
    expect([await seenBy(ADA), await seenBy(ADMIN), await seenBy(EMIL), await seenBy(VERA)]).toEqual([YES, YES, NO, NO])
  })
  it('read: who is named by name or by role, and no longer when no longer named', async () => {
    const share = (readers: string[]) => docs.call('PATCH', '/api/reports/private', { as: ADA, body: JSON.stringify({ readers }) })
    expect((await share(['user:emil', 'role:akko-viewer'])).status).toBe(200)
    expect([await seenBy(EMIL), await seenBy(VERA)]).toEqual([YES, YES])
    await share(['user:vera'])
    expect([await seenBy(EMIL), await seenBy(VERA)]).toEqual([NO, YES])
    const bad = await share(['everybody'])
    expect([bad.status, await code(bad)]).toEqual([400, 'docs.bad_readers'])
  })
  it('change, share and remove: a reader may not', async () => {
    const answers = [
      await put('private', 'mine', VERA),
      await docs.call('PATCH', '/api/reports/private', { as: VERA, body: JSON.stringify({ title: 'mine' }) }),
      await docs.call('DELETE', '/api/reports/private', { as: VERA }),
    ]
    expect(answers.map((a) => a.status)).toEqual([403, 403, 403])
    expect(await answers[2]?.text()).toContain('only its author and administrators may')
    expect((await docs.call('GET', '/api/reports/private', { as: ADA })).status).toBe(200)
  })
  it('a name that is taken by a report that one may not read: told as taken, and nothing of it', async () => {
    await put('taken', 'x', ADA)
    const taken = await put('taken', 'mine', EMIL)
    const text = await taken.text()
    expect([taken.status, JSON.parse(text).error.code]).toEqual([409, 'docs.slug_taken'])
    expect(text).not.toContain('ada')
    // Who may publish nothing is not told either that it is there.
    const [there, not] = [await put('taken', 'mine', VERA), await put('taken-not', 'mine', VERA)]
    expect([there.status, not.status]).toEqual([403, 403])
    expect(await there.text()).not.toContain('ada')
  })
  it('publish: not who sees filtered rows only, and nobody without a token', async () => {
    expect((await put('new', 'x', VERA)).status).toBe(403)
    for (const path of ['/', '/api/reports', '/r/private', '/api/reports/private/versions/1/files/']) {
      const answer = await docs.call('GET', path)
      expect([path, answer.status, await code(answer)]).toEqual([path, 401, 'access.not_authenticated'])
    }
    expect((await docs.call('PUT', '/api/reports/new', { type: HTML, body: 'x' })).status).toBe(401)
  })
  it('a silent authoriser denies', async () => {
    const silent = await startDocs({ authoriser: { decide: () => Promise.reject(new Error('out of order')) } })
    try {
      expect((await silent.call('PUT', '/api/reports/x', { as: ADMIN, type: HTML, body: 'x' })).status).toBe(403)
      expect(await (await silent.call('GET', '/api/reports', { as: ADMIN })).json()).toEqual({ reports: [] })
    } finally {
      await silent.close()
    }
  })
})

describe('what is refused', () => {
  const refused: [string, string, number, string, () => Promise<string | Uint8Array> | string | Uint8Array, string?][] = [
    ['a name with a slash in it', 'a%2Fb', 400, 'docs.bad_slug', () => 'x'],
    ['a name in capitals', 'Sales', 400, 'docs.bad_slug', () => 'x'],
    ['a name of 65 letters', 'a'.repeat(65), 400, 'docs.bad_slug', () => 'x'],
    ['another form', 'bad', 415, 'docs.unknown_form', () => 'x', 'text/plain'],
    ['a page that is too large', 'bad', 413, 'docs.too_large', () => 'x'.repeat(MAX_BYTES + 1)],
    ['a folder without an index', 'bad', 400, 'docs.bad_archive', () => folder({ 'page.html': 'x' }), TAR],
    ['a folder that is too large', 'bad', 413, 'docs.too_large', () => folder({ 'index.html': 'x', 'a.bin': 'x'.repeat(MAX_BYTES) }), TAR],
    [
      'a symbolic link',
      'bad',
      400,
      'docs.bad_archive',
      () => folder({ 'index.html': 'x' }, (d) => symlinkSync('/etc/hostname', join(d, 'l'))),
      TAR,
    ],
    [
      'a hard link',
      'bad',
      400,
      'docs.bad_archive',
      () => archive({ header: { name: 'l', size: 0, type: 'link', linkname: 'index.html' } }),
      TAR,
    ],
    ['a path that climbs', 'bad', 400, 'docs.bad_archive', () => archive({ header: { name: 'a/../../x', size: 1 }, body: 'x' }), TAR],
    ['an absolute path', 'bad', 400, 'docs.bad_archive', () => archive({ header: { name: '/x', size: 1 }, body: 'x' }), TAR],
    ['a backslash', 'bad', 400, 'docs.bad_archive', () => archive({ header: { name: 'a\\x', size: 1 }, body: 'x' }), TAR],
    ['a file twice', 'bad', 400, 'docs.bad_archive', () => archive({ header: { name: './index.html', size: 1 }, body: 'x' }), TAR],
    ['what is no archive', 'bad', 400, 'docs.bad_archive', () => 'no archive at all '.repeat(100), TAR],
    [
      'an archive that ends too early',
      'bad',
      400,
      'docs.bad_archive',
      () => folder({ 'index.html': 'x'.repeat(5000) }).slice(0, 2000),
      TAR,
    ],
    [
      'more than 2,000 files',
      'bad',
      400,
      'docs.bad_archive',
      () => archive(...Array.from({ length: 2000 }, (_, i): TarEntry => ({ header: { name: `${i}`, size: 0 }, body: '' }))),
      TAR,
    ],
  ]
  it.each(refused)('%s', async (_, slug, status, expected, body, type = HTML) => {
    const before = await docs.keys()
    const answer = await put(slug, await body(), ADA, type)
    expect([answer.status, await code(answer)]).toEqual([status, expected])
    expect(await docs.keys()).toEqual(before)
  })
  it('a title that is too long, and one of nothing', async () => {
    for (const title of ['', 'x'.repeat(201)]) {
      const answer = await put('bad', 'x', ADA, HTML, `?title=${title}`)
      expect([answer.status, await code(answer)]).toEqual([400, 'docs.bad_title'])
    }
  })
  it.each([
    ['NUL', 'a%00b', 'a\0b'],
    ['half a surrogate pair', 'a%ED%A0%80b', 'a\ud800b'],
  ])('a title or a reader with %s, in the address and in the body', async (_, address, text) => {
    const { latest } = (await (await put('held', 'x', ADA, HTML, '?title=Held')).json()) as { latest: number }
    const change = (body: object) => docs.call('PATCH', '/api/reports/held', { as: ADA, body: JSON.stringify(body) })
    for (const answer of [await put('held', 'x', ADA, HTML, `?title=${address}`), await change({ title: text })])
      expect([answer.status, await code(answer)]).toEqual([400, 'docs.bad_title'])
    for (const answer of [await put('held', 'x', ADA, HTML, `?reader=user:${address}`), await change({ readers: [`user:${text}`] })])
      expect([answer.status, await code(answer)]).toEqual([400, 'docs.bad_readers'])
    const bytes = Buffer.concat([Buffer.from('{"title":"a'), Buffer.from([0xff]), Buffer.from('"}')])
    const latin = await docs.call('PATCH', '/api/reports/held', { as: ADA, body: bytes })
    expect([latin.status, await code(latin)]).toEqual([400, 'docs.bad_body'])
    expect(await (await docs.call('GET', '/api/reports/held', { as: ADA })).json()).toMatchObject({ title: 'Held', readers: [], latest })
    expect((await put('held', 'x', ADA, HTML, '?title=A+%C3%A9%20%F0%9F%98%80')).status).toBe(200)
    expect(await (await docs.call('GET', '/api/reports/held', { as: ADA })).json()).toMatchObject({ title: 'A é 😀' })
  })
  it('a fifth at once, until one of the others is through', async () => {
    const ends: (() => void)[] = []
    const slow = Array.from({ length: 4 }, (_, i) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new Uint8Array(10))
          ends.push(() => controller.close())
        },
      })
      return docs.call('PUT', `/api/reports/slow-${i}`, { as: ADA, type: HTML, body })
    })
    const refusal = async () => {
      const answer = await put('fifth', 'x')
      return [answer.status, answer.ok ? '' : await code(answer)]
    }
    await expect.poll(refusal).toEqual([503, 'docs.busy'])
    for (const end of ends) end()
    expect((await Promise.all(slow)).map((a) => a.status)).toEqual([201, 201, 201, 201])
    expect((await put('fifth', 'x')).ok).toBe(true)
  })
  it('leaves no file of a version that could not be recorded', async () => {
    const broken = await startDocs()
    try {
      await broken.pool.query('ALTER TABLE akko_docs.version RENAME TO elsewhere')
      const answer = await broken.call('PUT', '/api/reports/lost', { as: ADA, type: HTML, body: 'x' })
      expect(answer.status).toBe(500)
      expect(await answer.json()).toMatchObject({ error: { code: 'internal', message: 'internal error' } })
      expect(await broken.keys()).toEqual([])
      expect((await broken.call('GET', '/-/health')).status).toBe(200)
    } finally {
      await broken.close()
    }
  })
})

describe('a report’s files', () => {
  it('open by the address that a page was given, without a token, as a page that is nobody’s', async () => {
    await put('open', folder({ 'index.html': 'page', 'app.js': '1' }), ADA, TAR)
    const link = await linkOf('open')
    for (const path of ['', 'app.js', 'missing.js']) {
      const answer = await docs.call('GET', link + path)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect([path, answer.status]).toEqual([path, path === 'missing.js' ? 404 : 200])
      expect(policy.split('; ')[0]).toBe('sandbox allow-scripts')
      expect(policy).toContain("connect-src 'none'")
      expect(policy).toContain(`script-src ${ORIGIN}${link}`)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    }
  })
  it('do not open by an address that was changed, of another version, or that has ended', async () => {
    await put('versions', 'one')
    await put('versions', 'two')
    const [one, two] = [await linkOf('versions', ADA, '/versions/1'), await linkOf('versions')]
    expect([await (await docs.call('GET', one)).text(), await (await docs.call('GET', two)).text()]).toEqual(['one', 'two'])
    const [payload, mac] = (one.split('/')[2] as string).split('.') as [string, string]
    const otherMac = (two.split('/')[2] as string).split('.')[1] as string
    for (const link of [`${payload}.${otherMac}`, `${payload}.${mac.slice(1)}`, payload, `${payload}.`, 'x'])
      expect((await docs.call('GET', `/content/${link}/`)).status).toBe(403)
    const key = new Secret('k')
    const signed = signLink(key, { report: 'r', version: 1 }, 0)
    expect(openLink(key, signed, (LINK_SECONDS - 1) * 1000)).toEqual({ report: 'r', version: 1 })
    expect(() => openLink(key, signed, LINK_SECONDS * 1000)).toThrow(/has ended/)
  })
})

describe('the pages', () => {
  it('escape what people wrote', async () => {
    await put('escape', 'x', ADA, HTML, `?title=${encodeURIComponent('"><script>alert(1)</script>')}`)
    for (const path of ['/', '/r/escape']) {
      const text = await (await docs.call('GET', path, { as: ADA })).text()
      expect(text).toContain('&lt;script&gt;')
      expect(text).not.toContain('<script>')
    }
  })
  it('answer errors in one envelope, with the request id of the caller’s trace', async () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736'
    const answer = await docs.call('GET', '/nothing', { headers: { traceparent: `00-${id}-00f067aa0ba902b7-01` } })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('x-request-id')).toBe(id)
    expect(await answer.json()).toEqual({
      error: { code: 'api.no_such_path', message: expect.stringContaining('/nothing'), requestId: id },
    })
  })
})
