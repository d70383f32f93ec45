// A Chromium for the cockpit's tests, with what every page is watched for: errors, policy violations.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** How every test starts it. */
export const CHROMIUM = {
  executablePath: process.env.AKKO_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch(CHROMIUM)
}

export interface View {
  readonly width: number
  readonly height: number
  readonly theme: 'dark' | 'light'
}

export interface Watched {
  readonly page: Page
  readonly context: BrowserContext
  /** Console errors, uncaught exceptions and violations of the Content-Security-Policy, in order. */
  readonly problems: string[]
}

export async function openPage(browser: Browser, url: string, view: Partial<View> = {}): Promise<Watched> {
  const { width = 1440, height = width < 500 ? 780 : 900, theme = 'dark' } = view
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto(url)
  return { page, context, problems }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Findings of axe at `serious` and above as readable lines; DevTools evaluation is not subject to the page's policy. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> }
    }
    return (await axe.run()).violations
  })
  return violations.flatMap((v) =>
    v.nodes.map((n) => `${v.impact} ${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 200)}`),
  )
}
