// Reports as people publish and read them: curl sends, a real Chromium shows, and what a report's script can do there is nothing in its reader's name.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeFindings } from '#test/cockpit/browser'
import { platform, run } from '#test/support/platform'
import { startTrustingBrowser, type TrustingBrowser } from '#test/support/trusting-browser'

const AUTHOR = 'analyst@demo'
const READER = 'admin@demo' // who may do everything, and whose session a script would like to have
const docs = () => platform().origin('docs')

let chromium: TrustingBrowser
let page: Page
let dir: string

/** Everything in it writes what came of it into `window.outcomes`, under its name. */
const SCRIPT = `
window.outcomes = { origin: self.origin };
const note = (name, attempt) => Promise.resolve().then(attempt).then((v) => 'answer ' + v, (e) => e.name).then((v) => { outcomes[name] = v });
const here = '/api/reports/attempt';
window.done = Promise.all([
  note('cookie', () => document.cookie),
  note('storage', () => localStorage.length),
  note('database', () => new Promise((ok, no) => { const r = indexedDB.open('x'); r.onsuccess = () => ok('open'); r.onerror = () => no(r.error) })),
  note('fetch', () => fetch(here, { credentials: 'include' }).then((r) => r.status)),
  note('remove', () => fetch(here, { method: 'DELETE', credentials: 'include' }).then((r) => r.status)),
  note('elsewhere', () => fetch('https://akko.localhost/').then((r) => r.status)),
  note('xhr', () => new Promise((ok, no) => { const x = new XMLHttpRequest(); x.withCredentials = true; x.onload = () => ok(x.status); x.onerror = () => no(new TypeError()); x.open('GET', here); x.send() })),
  note('beacon', () => new Promise((ok, no) => { const i = new Image(); i.onload = () => ok('shown'); i.onerror = () => no(new TypeError()); i.src = here })),
  note('script', () => new Promise((ok, no) => { const s = document.createElement('script'); s.onload = () => ok('ran'); s.onerror = () => no(new TypeError()); s.src = here; document.head.append(s) })),
  note('frame', () => new Promise((ok) => { const f = document.createElement('iframe'); f.src = '/'; f.onload = () => { let seen; try { seen = f.contentDocument && f.contentDocument.title } catch (e) { seen = e.name } ok(String(seen)) }; document.body.append(f) })),
  note('form', () => { const f = document.createElement('form'); f.method = 'post'; f.action = here; document.body.append(f); f.submit(); return 'sent' }),
  note('window', () => (window.open('/') ? 'opened' : 'none')),
  note('parent', () => (parent === window ? 'none' : parent.document.title)),
  note('top', () => { if (top === window) return 'none'; top.location = 'about:blank'; return 'went' }),
  note('worker', () => navigator.serviceWorker.register('app.js').then(() => 'registered')),
]);`
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Attempt</title><link rel="stylesheet" href="look.css">
<h1>Figures</h1><script src="app.js"></script><script type="module" src="module.js"></script></html>`

/** By name, as curl resolves `*.localhost`; the answer's body and its status. */
async function curl(user: string, method: string, path: string, ...args: string[]): Promise<{ status: number; body: string }> {
  const { AKKO_TOKEN, CURL_CA_BUNDLE } = await platform().env(user)
  const { stdout, stderr } = await run('curl', [
    ...['-sS', '--cacert', CURL_CA_BUNDLE as string, '-X', method, '-H', `authorization: Bearer ${AKKO_TOKEN}`, '-w', '\n%{http_code}'],
    ...args,
    docs() + path,
  ])
  const at = stdout.lastIndexOf('\n')
  if (at < 0) throw new Error(stderr)
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akko-report-'))
  for (const [name, text] of Object.entries({
    'index.html': PAGE,
    'app.js': SCRIPT,
    'module.js': 'document.querySelector("h1").textContent = "Figures of the module"',
    'look.css': 'h1 { color: rgb(1, 2, 3) }',
  }))
    writeFileSync(join(dir, name), text)
  execFileSync('tar', ['c', '-f', join(tmpdir(), 'akko-report.tar'), '-C', dir, '.'])
  chromium = await startTrustingBrowser((await platform().env()).AKKO_CA_FILE as string)
  page = await (await chromium.browser.newContext()).newPage()
})

afterAll(async () => {
  await chromium?.close()
  rmSync(dir, { recursive: true, force: true })
  rmSync(join(tmpdir(), 'akko-report.tar'), { force: true })
})

describe('a report', () => {
  it('is published by curl: a page, and a folder as its next version', async () => {
    const html = ['-H', 'content-type: text/html', '--data-binary', '<h1>first</h1>']
    expect(await curl(AUTHOR, 'PUT', '/api/reports/attempt?title=Attempt', ...html)).toMatchObject({ status: 201 })
    const folder = ['-H', 'content-type: application/x-tar', '--data-binary', `@${join(tmpdir(), 'akko-report.tar')}`]
    const second = await curl(AUTHOR, 'PUT', '/api/reports/attempt', ...folder)
    expect([second.status, JSON.parse(second.body)]).toMatchObject([200, { latest: 2, author: AUTHOR }])
    expect((await curl('viewer@demo', 'GET', '/api/reports/attempt')).status).toBe(404)
    expect((await curl('viewer@demo', 'PUT', '/api/reports/attempt', ...html)).status).toBe(403)
    expect((await curl('viewer@demo', 'PUT', '/api/reports/mine', ...html)).status).toBe(403)
  })

  it('is read after a login, from an accessible list, light and dark', async () => {
    await page.goto(`${docs()}/`)
    await page.waitForURL(/\/realms\/akko\//)
    await page.fill('input[name=username]', READER)
    await page.fill('input[name=password]', 'admin-demo')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${docs()}/`)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeFindings(page)).toEqual([])
    }
    await page.getByRole('link', { name: 'Attempt' }).click()
    await page.getByRole('heading', { name: 'Attempt' }).waitFor()
    await reportFrame()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeFindings(page)).toEqual([])
    }
  })

  it('shows its own files', async () => {
    const frame = await reportFrame()
    await frame.getByRole('heading', { name: 'Figures of the module' }).waitFor()
    expect(await frame.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe('rgb(1, 2, 3)')
  })

  it('has a script that can do nothing as its reader, in the frame', async () => {
    expect(await outcomes(await reportFrame())).toEqual({ ...NOTHING, parent: 'SecurityError', top: 'SecurityError' })
    expect(page.url()).toBe(`${docs()}/r/attempt`)
    await stillThere()
  })

  it('has a script that can do nothing as its reader, opened by itself', async () => {
    const address = (await reportFrame()).url()
    const alone = await page.context().newPage()
    await alone.goto(address)
    expect(await outcomes(alone.mainFrame())).toEqual({ ...NOTHING, parent: 'answer none', top: 'answer none' })
    await alone.close()
    await stillThere()
  })

  it('goes with its removal', async () => {
    expect((await curl(AUTHOR, 'DELETE', '/api/reports/attempt')).status).toBe(204)
    expect((await page.goto(`${docs()}/r/attempt`))?.status()).toBe(404)
  })
})

/** What comes of each attempt. */
const NOTHING = {
  origin: 'null',
  cookie: 'SecurityError',
  storage: 'SecurityError',
  database: 'SecurityError',
  fetch: 'TypeError',
  remove: 'TypeError',
  elsewhere: 'TypeError',
  xhr: 'TypeError',
  beacon: 'TypeError',
  script: 'TypeError',
  frame: 'answer null',
  form: 'answer sent',
  window: 'answer none',
  worker: 'SecurityError',
}

async function reportFrame(): Promise<Frame> {
  const handle = await page.locator('iframe').elementHandle()
  const frame = await handle?.contentFrame()
  if (!frame) throw new Error('the page holds no frame')
  await frame.waitForLoadState()
  return frame
}

const outcomes = (frame: Frame) => frame.evaluate('window.done.then(() => window.outcomes)')

async function stillThere(): Promise<void> {
  const { status, body } = await curl(AUTHOR, 'GET', '/api/reports/attempt')
  expect([status, JSON.parse(body)]).toMatchObject([200, { latest: 2, title: 'Attempt', readers: [] }])
}
