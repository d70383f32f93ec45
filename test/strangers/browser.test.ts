// A real Chromium that trusts the local authority logs in through the gateway, runs the fraud report and sees its rows. axe on each page.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineServices } from '#platform/registry'
import { axeFindings } from '#test/cockpit/browser'
import { platform } from '#test/support/platform'
import { startTrustingBrowser, type TrustingBrowser } from '#test/support/trusting-browser'

let chromium: TrustingBrowser
let page: Page
const problems: string[] = []
const cockpit = () => platform().origin('')
const allUp = () => page.getByRole('heading', { name: `All ${machineServices().length} parts are up` }).waitFor({ timeout: 30_000 })

beforeAll(async () => {
  chromium = await startTrustingBrowser((await platform().env()).AKKO_CA_FILE as string)
  page = await (await chromium.browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
})

afterAll(async () => {
  await chromium?.close()
})

describe('a browser', () => {
  it('is sent to our login page, which is accessible', async () => {
    await page.goto(`${cockpit()}/`)
    await page.waitForURL(/\/realms\/akko\//)
    expect(await page.evaluate('isSecureContext')).toBe(true)
    expect(await axeFindings(page)).toEqual([])
  })

  it('is told so when the password is wrong', async () => {
    await page.fill('input[name=username]', 'analyst@demo')
    await page.fill('input[name=password]', 'not-it')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(problems.splice(0).filter((p) => !/401|400/.test(p))).toEqual([])
  })

  it('logs in and sees every part up, live', async () => {
    await page.fill('input[name=username]', 'analyst@demo')
    await page.fill('input[name=password]', 'analyst-demo')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${cockpit()}/`)
    await allUp()
    expect(await axeFindings(page)).toEqual([])
  })

  it('runs a federated query and sees its rows, time and scanned bytes', async () => {
    const sql = `SELECT c.segment, count(*) AS transactions, sum(t.amount) AS amount
FROM iceberg.banking.transactions t
JOIN iceberg.banking.accounts a ON a.account_id = t.account_id
JOIN banking.public.customers c ON c.customer_id = a.customer_id
GROUP BY c.segment ORDER BY c.segment`
    await page.goto(`${cockpit()}/sql?${new URLSearchParams({ q: sql })}`)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('gridcell', { name: 'business', exact: true }).waitFor({ timeout: 30_000 })
    for (const segment of ['premium', 'retail', 'student']) await page.getByRole('gridcell', { name: segment, exact: true }).waitFor()
    await page
      .getByText(/\d+(\.\d+)? (ms|s)\b/)
      .first()
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  it('works at the width of a phone', async () => {
    await page.setViewportSize({ width: 360, height: 780 })
    await page.goto(`${cockpit()}/`)
    await allUp()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await axeFindings(page)).toEqual([])
  })

  it('never complained: no console error, no violation of the policy', () => {
    expect(problems).toEqual([])
  })

  it('finds 404 "not installed" for a part that is not here', async () => {
    const answer = await page.goto(`${platform().origin('lab')}/`)
    expect(answer?.status()).toBe(404)
    expect(await page.textContent('body')).toMatch(/not installed/)
  })

  it('logs out, and is asked again', async () => {
    await page.goto(`${cockpit()}/auth/logout`)
    await page.goto(`${cockpit()}/`)
    await page.waitForURL(/\/realms\/akko\//)
    expect(await page.locator('input[name=password]').count()).toBe(1)
  })
})
