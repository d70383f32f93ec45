// The built cockpit in a real Chromium under its real policy: what a person does with it, and axe on every page.
// biome-ignore-all lint/performance/useDomNodeTextContent: what a person sees is meant
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { axeFindings, launchBrowser, openPage, type View, type Watched } from '#test/cockpit/browser'
import { type Fixture, startFixture } from '#test/cockpit/fixture'
import { clipboardText, fitsWidth, focusedClass, groundColour, longestFrame, paintAndShift } from '#test/cockpit/in-page'

let fixture: Fixture
let browser: Browser
let open: Watched | undefined

beforeAll(async () => {
  if (!existsSync(fileURLToPath(new URL('../../cockpit/dist/index.html', import.meta.url))))
    throw new Error('cockpit/dist is missing: run npm run build')
  fixture = await startFixture()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await fixture?.close()
})
afterEach(async () => {
  await open?.context.close()
  Object.assign(fixture, { scenario: 'healthy', silent: false, signedIn: true, refuseLive: false })
})

/** Opens a path; fails at the end of the test through `calm()` if the console complained. */
async function visit(path: string, view: Partial<View> = {}): Promise<Page> {
  open = await openPage(browser, fixture.origin + path, view)
  return open.page
}
const LIGHT = 'rgb(245, 245, 249)'
const DARK = 'rgb(10, 10, 20)'
const calm = () => expect(open?.problems).toEqual([])
const link = (q: string) => `/sql?${new URLSearchParams({ q })}`
const cell = (page: Page, row: number, column: number) =>
  page.locator(`[role=row][aria-rowindex="${row + 2}"] [role=gridcell][aria-colindex="${column + 1}"]`)

async function type(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(text)
}

describe('home', () => {
  it('shows every part with its measurements, and says when they were true', async () => {
    const page = await visit('/')
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor()
    await page.getByText(/^Measured/).waitFor()
    expect(await page.getByRole('row', { name: /SQL engine \(Trino protocol\)/ }).innerText()).toMatch(/Up[\s\S]* ms/)
    calm()
  })

  it('follows the stream, turns unknown when it stops and recovers by itself', async () => {
    const page = await visit('/')
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor()
    fixture.scenario = 'troubled'
    await page.getByRole('heading', { name: '1 of 10 parts is down' }).waitFor({ timeout: 30_000 })
    fixture.refuseLive = true
    fixture.dropLive()
    await page.getByRole('heading', { name: 'The state is not known now' }).waitFor()
    await page.getByText(/last true/).waitFor()
    Object.assign(fixture, { refuseLive: false, scenario: 'healthy' })
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor({ timeout: 10_000 })
    expect(await page.getByText(/last true/).count()).toBe(0)
  })

  it('notices a stream that is open but silent', async () => {
    const page = await visit('/')
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor()
    fixture.silent = true
    await page.getByText(/No news from the platform; last true/).waitFor({ timeout: 12_000 })
    expect(await page.getByRole('heading', { name: 'All 10 parts are up' }).count()).toBe(0)
    calm()
  })

  it('opens a part by its address, and goes back', async () => {
    const page = await visit('/')
    await page.getByRole('link', { name: 'Object storage (S3)' }).click()
    expect(new URL(page.url()).pathname).toBe('/parts/storage')
    await page.getByRole('heading', { name: 'Object storage (S3)' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Recent activity' }).waitFor()
    await page.goto(`${fixture.origin}/parts/nothing`)
    await page.getByRole('heading', { name: 'No part is called nothing' }).waitFor()
    calm()
  })
})

describe('sql', () => {
  it('runs what a link brings only when told, and shows rows, types, NULL and cost', async () => {
    const page = await visit(
      link('SELECT id, NULL AS nothing, 9223372036854775807 AS big FROM iceberg.banking.transactions ORDER BY id LIMIT 5'),
    )
    await page.getByText('Results appear here').waitFor()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await cell(page, 4, 0).waitFor()
    expect(await cell(page, 4, 0).innerText()).toBe('5')
    expect(await cell(page, 0, 1).innerText()).toBe('NULL')
    expect(await cell(page, 0, 2).innerText()).toBe('9223372036854775807')
    expect(await page.getByRole('columnheader').first().innerText()).toMatch(/id\s+bigint/)
    await page.getByRole('tab', { name: 'Statistics' }).click()
    expect(new URL(page.url()).searchParams.get('view')).toBe('statistics')
    await page.getByText('Bytes scanned').waitFor()
    calm()
  })

  it('scrolls 100,000 rows with few elements and without long frames', async () => {
    const page = await visit('/sql')
    await type(page, 'SELECT * FROM iceberg.banking.transactions ORDER BY id')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Finished', { exact: true }).waitFor({ timeout: 30_000 })
    const grid = page.getByRole('grid')
    expect(await grid.getAttribute('aria-rowcount')).toBe('100001')
    await grid.focus()
    const longest = await longestFrame(page, 60, 6007)
    expect(longest).toBeLessThan(4000) // ms; ten times the aim, catches what draws every row
    expect(await page.getByRole('gridcell').count()).toBeLessThan(800)
    await page.keyboard.press('Control+End')
    await cell(page, 99_999, 0).waitFor()
    expect(await cell(page, 99_999, 0).innerText()).toBe('100000')
    calm()
  })

  it('underlines an error where the server says it is', async () => {
    const page = await visit('/sql')
    await type(page, 'SELECT 1;\nSELECT category, sum(amuont)\nFROM iceberg.banking.transactions GROUP BY 1')
    await page.keyboard.press('Control+Enter')
    await page.getByText('COLUMN_NOT_FOUND').waitFor()
    expect(await page.locator('.cm-lintRange-error').innerText()).toBe('amuont')
    await page
      .getByText(/Request id/)
      .first()
      .waitFor()
    calm()
  })

  it('runs several statements, and the selection alone', async () => {
    const page = await visit('/sql')
    await type(page, "SELECT 'a;b' AS first; USE banking.public; SELECT count(*) AS third FROM customers")
    await page.keyboard.press('Control+Shift+Enter')
    await page.getByRole('columnheader', { name: /third/ }).waitFor()
    expect(await cell(page, 0, 0).innerText()).toBe('5000')
    expect(await page.getByLabel('Schema of the session').inputValue()).toBe('public')
    await page.getByRole('button', { name: /^1 SELECT/ }).click()
    expect(await cell(page, 0, 0).innerText()).toBe('a;b')
    calm()
  })

  it('keeps what was prepared for the next run of its tab', async () => {
    const page = await visit('/sql')
    await type(page, 'PREPARE q FROM SELECT 42 AS answer')
    await page.keyboard.press('Control+Enter')
    await page.getByText('PREPARE done').waitFor()
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await type(page, 'EXECUTE q')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('columnheader', { name: /answer/ }).waitFor()
    expect(await cell(page, 0, 0).innerText()).toBe('42')
    calm()
  })

  it('shows progress and cancels', async () => {
    const page = await visit('/sql')
    await type(page, 'SELECT count(*) FROM range(90000000000) a(i) WHERE i % 7 = 3')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('progressbar').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Cancelled', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByRole('button', { name: /range\(90000000000\).*canceled/ }).waitFor()
    expect(await page.getByRole('progressbar').count()).toBe(0)
    calm()
  })

  it('completes what the server has: catalogue, schema, table, column', async () => {
    const page = await visit('/sql')
    await type(page, '')
    await page.keyboard.type('SELECT t.amo FROM ice')
    await page
      .locator('.cm-tooltip')
      .getByRole('option', { name: /^iceberg/ })
      .waitFor()
    await page.waitForTimeout(150)
    await page.keyboard.press('Tab')
    await page.keyboard.type('.ban')
    await page
      .locator('.cm-tooltip')
      .getByRole('option', { name: /^banking/ })
      .waitFor()
    await page.waitForTimeout(150)
    await page.keyboard.press('Tab')
    await page.keyboard.type('.trans')
    await page.getByRole('option', { name: /^transactions/ }).waitFor()
    await page.waitForTimeout(150)
    await page.keyboard.press('Tab')
    await page.keyboard.type(' t')
    await page.keyboard.press('Home')
    for (let i = 0; i < 'SELECT t.amo'.length; i++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Control+Space')
    await page.getByRole('option', { name: /^amount/ }).waitFor()
    await page.waitForTimeout(150)
    await page.keyboard.press('Enter')
    expect(await page.locator('.cm-content').innerText()).toBe('SELECT t.amount FROM iceberg.banking.transactions t')
    calm()
  })

  it('keeps tabs over a reload', async () => {
    const page = await visit('/sql')
    await type(page, 'SELECT 41 + 1 AS answer')
    await page.getByRole('button', { name: 'New query' }).click()
    await type(page, 'SELECT 2')
    await page.reload()
    await page.locator('.cm-content').waitFor()
    expect(await page.getByRole('tablist', { name: 'Queries' }).getByRole('tab').allInnerTexts()).toEqual([
      'SELECT 41 + 1 AS answer',
      'SELECT 2',
    ])
    expect(await page.locator('.cm-content').innerText()).toBe('SELECT 2')
    calm()
  })

  it('copies a result and a link', async () => {
    const page = await visit('/sql')
    await type(page, "SELECT 1 AS a, 'x,y' AS b")
    await page.keyboard.press('Control+Enter')
    await cell(page, 0, 0).waitFor()
    await page.getByRole('button', { name: 'Copy', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Copy as CSV' }).click()
    expect(await clipboardText(page)).toBe('a,b\r\n1,"x,y"\r\n')
    await page.getByRole('button', { name: 'Copy a link to this query' }).click()
    await page.getByText('Link to the query copied').waitFor()
    const shared = await clipboardText(page)
    expect(new URL(shared).searchParams.get('q')).toBe("SELECT 1 AS a, 'x,y' AS b")
    calm()
  })

  it('is worked by keyboard alone: panes, tree, sample', async () => {
    const page = await visit('/sql')
    await page.getByRole('treeitem', { name: /transactions/ }).waitFor()
    await page.keyboard.press('Alt+1')
    await page.locator('[role=tree]:focus').waitFor()
    await page.keyboard.press('t')
    expect(await page.getByRole('treeitem', { selected: true }).innerText()).toBe('transactions')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('treeitem', { name: /merchant/ }).waitFor()
    await page.keyboard.press('Control+Enter')
    await cell(page, 0, 0).waitFor()
    await page.keyboard.press('Alt+3')
    await page.locator('[role=grid]:focus').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Value of id' }).waitFor()
    await page.keyboard.press('Alt+2')
    await page.locator('.cm-content:focus').waitFor()
    expect(await focusedClass(page)).toContain('cm-content')
    calm()
  })
})

describe('frame', () => {
  it('finds tables by the palette and samples them', async () => {
    const page = await visit('/')
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('fraud_summary')
    await page.getByRole('option', { name: /iceberg.analytics.fraud_summary/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('columnheader', { name: /suspected/ }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/sql')
    calm()
  })

  it('goes to the login when the session ends, and comes back to the same place', async () => {
    const page = await visit('/sql?view=history')
    await page.getByText(/of the newest 200/).waitFor()
    fixture.signedIn = false
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.waitForURL(`${fixture.origin}/`)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    fixture.signedIn = true
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('tab', { name: 'History', selected: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('view')).toBe('history')
  })

  it('signs out and switches the theme', async () => {
    const page = await visit('/')
    const ground = () => groundColour(page)
    expect(await ground()).toBe(DARK)
    await page.getByRole('button', { name: 'Account of Emile Engineer' }).click()
    await page.getByRole('menuitemradio', { name: 'Light' }).click()
    await expect.poll(ground).toBe(LIGHT)
    await page.reload()
    await expect.poll(ground).toBe(LIGHT)
    await page.getByRole('button', { name: 'Account of Emile Engineer' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  })

  it('paints within a second and does not shift', async () => {
    const page = await visit('/')
    await page.getByRole('heading', { name: 'All 10 parts are up' }).waitFor()
    await page.waitForTimeout(500)
    const measured = await paintAndShift(page)
    expect(measured.paint).toBeLessThan(10_000) // ms; ten times the aim
    expect(measured.shift).toBeLessThan(0.1)
  })
})

describe('axe finds nothing serious', () => {
  const pages = [
    ['/', 'healthy'],
    ['/', 'troubled'],
    ['/', 'unreported'],
    ['/parts/sql', 'troubled'],
    [link('SELECT * FROM banking.public.customers LIMIT 50'), 'healthy'],
    ['/sql?view=history', 'healthy'],
  ] as const
  for (const [path, scenario] of pages)
    for (const [width, theme] of [
      [1440, 'dark'],
      [1440, 'light'],
      [720, 'light'],
      [360, 'dark'],
    ] as const)
      it(`${decodeURIComponent(path).slice(0, 24)} ${scenario} ${theme} ${width}`, async () => {
        fixture.scenario = scenario
        const page = await visit(path, { width, theme })
        await page.getByRole('main').waitFor()
        if (path.startsWith('/sql?q')) {
          await page.getByRole('button', { name: 'Run', exact: true }).click()
          await page.getByRole('grid').waitFor()
        }
        await page.waitForTimeout(400)
        expect(await axeFindings(page)).toEqual([])
        expect(await fitsWidth(page)).toBe(true)
        calm()
      })
})
