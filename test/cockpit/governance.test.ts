// The page Governance in a real Chromium, over its real API: what an administrator finds there, what anybody else does, and axe.
// biome-ignore-all lint/performance/useDomNodeTextContent: what a person sees is meant
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { axeFindings, launchBrowser, openPage, type View, type Watched } from '#test/cockpit/browser'
import { type Fixture, startFixture } from '#test/cockpit/fixture'
import { fitsWidth } from '#test/cockpit/in-page'

let fixture: Fixture
let browser: Browser
let open: Watched | undefined
beforeAll(async () => {
  fixture = await startFixture()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await fixture?.close()
})
afterEach(async () => {
  await open?.context.close()
  fixture.governs = true
})

async function visit(path: string, view: Partial<View> = {}): Promise<Page> {
  open = await openPage(browser, fixture.origin + path, view)
  return open.page
}
const calm = () => expect(open?.problems).toEqual([])
const OPENED = `/governance?${new URLSearchParams({ who: 'role:branch-clerk', table: 'iceberg/banking/transactions' })}`

describe('an administrator', () => {
  it('sees who sees what, and opens why, by the keyboard too; the address keeps it', async () => {
    const page = await visit('/governance')
    const cell = page.getByRole('button', { name: /^Why branch-clerk, banking.transactions: ?part: \d+ hidden$/ })
    await cell.focus()
    await page.keyboard.press('Enter')
    const why = page.getByRole('complementary', { name: 'Why' })
    await why.getByText('roles.branch-clerk.read.0').waitFor()
    expect(await why.innerText()).toMatch(/amount\s+clear/)
    expect(await why.innerText()).toMatch(/category\s+cannot be selected/)
    await page.reload()
    await why.getByRole('link', { name: 'clerks.yaml:4' }).click()
    const line = page.locator('li[aria-current=true]')
    await line.waitFor()
    expect(await line.innerText()).toContain('table: iceberg.banking.transactions')
    await page.goBack()
    await why.getByRole('button', { name: 'Close' }).click()
    await why.waitFor({ state: 'detached' })
    calm()
  })

  it('finds one of thousands: a table, a person; service accounts are marked', async () => {
    const page = await visit('/governance?tab=people')
    await page.getByText('1 to 50 of 5 006').waitFor()
    expect(await page.getByRole('navigation', { name: 'Governance' }).locator('[aria-current=page]').allInnerTexts()).toEqual(['People'])
    await page.getByRole('searchbox', { name: 'Find a person or a role' }).fill('superset')
    await page.getByRole('row', { name: /service-account-superset service account/ }).waitFor()
    await page.getByRole('searchbox').fill('clerk4999')
    await page
      .getByRole('row', { name: /clerk4999@demo/ })
      .getByRole('link', { name: 'access' })
      .click()
    await page.getByRole('columnheader', { name: 'clerk4999@demo' }).waitFor()
    await page.getByRole('searchbox', { name: 'Find a table' }).fill('banking.TRANSAC')
    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['banking.transactions'])
    calm()
  })

  it('reads the policy with its lines, and what a revision changed', async () => {
    const page = await visit('/governance?tab=rules')
    await page.getByText('Revision 1, in force: clerks see transactions').waitFor()
    await page.getByRole('link', { name: '0 with 1' }).click()
    await page.getByRole('heading', { name: 'From revision 0 to 1' }).waitFor()
    await page.getByText('read iceberg.banking.transactions').waitFor()
    calm()
  })

  it('reads who did what, or was refused', async () => {
    const page = await visit('/governance?tab=events&find=viewer%40demo')
    await page.getByText('no role of yours writes iceberg.banking.transactions').waitFor()
    expect(await page.getByRole('row').count()).toBe(4)
    calm()
  })
})

it('anybody else sees his own part alone', async () => {
  fixture.governs = false
  const page = await visit('/governance?tab=people')
  await page.getByRole('heading', { name: 'akko-user' }).waitFor()
  await page.getByRole('columnheader', { name: 'engineer@demo' }).waitFor()
  expect(await page.getByRole('columnheader').count()).toBe(2)
  expect(await page.getByRole('navigation', { name: 'Governance' }).count()).toBe(0)
  await page.getByRole('button', { name: /^Why engineer@demo, banking.transactions: ?clear$/ }).click()
  await page.getByRole('complementary', { name: 'Why' }).getByText('roles.akko-user.read.0').waitFor()
  calm()
})

describe('axe finds nothing serious', () => {
  for (const path of [OPENED, ...['people', 'roles', 'rules&against=0&revision=1', 'events'].map((tab) => `/governance?tab=${tab}`)])
    for (const [width, theme] of [
      [1440, 'dark'],
      [360, 'light'],
    ] as const)
      it(`${path} ${theme} ${width}`, async () => {
        const page = await visit(path, { width, theme })
        await page.getByRole('region').first().waitFor()
        await page.waitForTimeout(400)
        expect(await axeFindings(page)).toEqual([])
        expect(await fitsWidth(page)).toBe(true)
        calm()
      })
})
