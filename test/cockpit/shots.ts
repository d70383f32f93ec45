// Screenshots of every page, light and dark, wide and phone: `node test/cockpit/shots.ts <folder>`. To be looked at by a person.
import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { axeFindings, launchBrowser, openPage } from '#test/cockpit/browser'
import { startFixture } from '#test/cockpit/fixture'
import type { Scenario } from '#test/cockpit/fixture-status'

const folder = process.argv[2] ?? '/tmp/cockpit-shots'
const only = process.argv[3]
mkdirSync(folder, { recursive: true })

const SQL = `-- spending by category and city, per month
SELECT date_trunc('month', t.booked_at) AS month, t.category, c.city,
  count(*) AS transactions, sum(t.amount) AS amount
FROM iceberg.banking.transactions t
JOIN banking.public.customers c ON c.id = t.customer_id
WHERE t.amount > 10
GROUP BY 1, 2, 3
ORDER BY amount DESC`

interface Shot {
  readonly name: string
  readonly path: string
  readonly scenario?: Scenario
  act?(page: Page, wide: boolean): Promise<void>
}

const run = async (page: Page, wide: boolean) => {
  if (!wide) await page.getByRole('button', { name: 'Query', exact: true }).click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.waitForTimeout(1200)
}
const link = (q: string) => `/sql?${new URLSearchParams({ q })}`

const shots: readonly Shot[] = [
  { name: 'home', path: '/' },
  { name: 'home-troubled', path: '/', scenario: 'troubled' },
  { name: 'part', path: '/parts/sql', scenario: 'troubled' },
  { name: 'sql', path: link(SQL), act: run },
  { name: 'sql-error', path: link('SELECT category, sum(amuont)\nFROM iceberg.banking.transactions\nGROUP BY 1'), act: run },
  {
    name: 'sql-history',
    path: '/sql?view=history',
    act: async (page, wide) => {
      if (!wide) await page.getByRole('button', { name: 'Output', exact: true }).click()
    },
  },
  {
    name: 'sql-complete',
    path: link('SELECT t. FROM iceberg.banking.transactions t'),
    act: async (page, wide) => {
      if (!wide) return
      await page.locator('.cm-content').click()
      await page.keyboard.press('Control+Home')
      for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Control+Space')
      await page.waitForTimeout(700)
    },
  },
  {
    name: 'sql-running',
    path: link('SELECT count(*) FROM range(3000000000) a(i) WHERE i % 7 = 3'),
    act: async (page, wide) => {
      if (!wide) await page.getByRole('button', { name: 'Query', exact: true }).click()
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await page.waitForTimeout(1500)
    },
  },
  {
    name: 'sql-several',
    path: link(
      "USE iceberg.banking; SELECT kind, count(*) AS accounts, NULL AS nothing, '' AS blank FROM accounts GROUP BY 1;\nSELECT 1 AS one WHERE false",
    ),
    act: async (page, wide) => {
      if (!wide) await page.getByRole('button', { name: 'Query', exact: true }).click()
      await page.getByRole('button', { name: /Run all/ }).click()
      await page.waitForTimeout(1200)
      await page.getByRole('button', { name: /^2 SELECT/ }).click()
    },
  },
  {
    name: 'sql-plan',
    path: `${link(SQL)}&view=plan`,
    act: async (page, wide) => {
      if (!wide) await page.getByRole('button', { name: 'Output', exact: true }).click()
      else {
        await page.getByRole('tree').focus()
        for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
      }
      await page.waitForTimeout(600)
    },
  },
  {
    name: 'sql-statistics',
    path: link(SQL),
    act: async (page, wide) => {
      await run(page, wide)
      await page.getByRole('tab', { name: 'Statistics' }).click()
    },
  },
  {
    name: 'sql-chart',
    path: link(SQL),
    act: async (page, wide) => {
      await run(page, wide)
      await page.getByRole('tab', { name: 'Chart' }).click()
    },
  },
  {
    name: 'sql-line',
    path: link('SELECT booked_at::DATE AS day, sum(amount) AS amount FROM iceberg.banking.transactions GROUP BY 1'),
    act: async (page, wide) => {
      await run(page, wide)
      await page.getByRole('tab', { name: 'Chart' }).click()
    },
  },
  { name: 'governance', path: '/governance' },
  { name: 'governance-why', path: '/governance?who=role%3Abranch-clerk&table=iceberg%2Fbanking%2Ftransactions' },
  { name: 'governance-people', path: '/governance?tab=people' },
  { name: 'governance-roles', path: '/governance?tab=roles' },
  { name: 'governance-policy', path: '/governance?tab=rules&revision=1&against=0&at=clerks.yaml%3A4' },
  { name: 'governance-events', path: '/governance?tab=events' },
  {
    name: 'account',
    path: '/',
    act: async (page) => {
      await page.getByRole('button', { name: /Account of/ }).click()
      await page.waitForTimeout(400)
    },
  },
  {
    name: 'silent',
    path: '/',
    act: async (page) => {
      fixture.refuseLive = true
      fixture.dropLive()
      await page.waitForTimeout(2500)
      fixture.refuseLive = false
    },
  },
  {
    name: 'palette',
    path: '/',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('trans')
      await page.waitForTimeout(600)
    },
  },
]

const fixture = await startFixture()
const browser = await launchBrowser()
for (const shot of shots) {
  if (only && !shot.name.startsWith(only)) continue
  for (const [width, theme] of [
    [1440, 'dark'],
    [1440, 'light'],
    [360, 'dark'],
    [360, 'light'],
  ] as const) {
    fixture.scenario = shot.scenario ?? 'healthy'
    const { page, context, problems } = await openPage(browser, fixture.origin + shot.path, { width, theme })
    await page.waitForTimeout(900)
    await shot.act?.(page, width > 500)
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${folder}/${shot.name}-${width}-${theme}.png` })
    for (const problem of [...problems, ...(await axeFindings(page))]) console.log(`${shot.name} ${width} ${theme}: ${problem}`)
    await context.close()
  }
}
await browser.close()
await fixture.close()
