// Every page in a real Chromium: dark and light, wide and at 360 px, by keyboard; axe and the browser find nothing.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { escapeHtml, html } from '#parts/identity/pages/html'
import { COCKPIT_CALLBACK, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'
import { axeFindings, launchBrowser, openPage } from '#test/cockpit/browser'

let identity: TestIdentity
let browser: Browser

beforeAll(async () => {
  identity = await startTestIdentity({ origin: (port) => `http://127.0.0.1:${port}` })
  await seed(identity)
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await identity?.stop()
})

const loginUrl = (redirect = COCKPIT_CALLBACK) =>
  `${identity.issuer}/protocol/openid-connect/auth?client_id=cockpit&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(redirect)}`

const PKCE = `&code_challenge_method=S256&code_challenge=${'a'.repeat(43)}`

async function deviceLink(): Promise<string> {
  const body = new URLSearchParams({ client_id: 'cli', scope: 'openid' })
  const res = await fetch(`${identity.issuer}/protocol/openid-connect/auth/device`, { method: 'POST', body })
  return ((await res.json()) as { verification_uri_complete: string }).verification_uri_complete
}

async function check(page: Page, title: string): Promise<void> {
  expect(await page.textContent('h1')).toBe(title)
  expect(await axeFindings(page), title).toEqual([])
  const overflow = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
  expect(overflow, `${title} scrolls sideways`).toBe(false)
}

describe('the pages', () => {
  it.each([
    { theme: 'dark', width: 1200 },
    { theme: 'light', width: 360 },
  ] as const)('$theme at $width px', async (view) => {
    const { page, context, problems } = await openPage(browser, loginUrl(), { ...view, height: 740 })
    await check(page, 'Sign in')
    await page.keyboard.type(USER.username)
    await page.keyboard.press('Tab')
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#problem')
    await check(page, 'Sign in')
    await page.goto(loginUrl(`${COCKPIT_CALLBACK}x`))
    await check(page, 'Sign-on did not work')

    await page.goto(await deviceLink())
    await check(page, 'Connect a device')
    await page.click('button')
    await page.waitForSelector('.usercode')
    await check(page, 'Connect this device?')
    await page.click('button[name=confirm]')
    await page.fill('#username', USER.username)
    await page.fill('#password', USER.password)
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=Device connected')
    await check(page, 'Device connected')

    await page.goto(loginUrl('http://127.0.0.1:43517/callback').replace('client_id=cockpit', 'client_id=cli') + PKCE)
    await check(page, 'Sign in a program?')

    const [{ id }] = (await identity.admin<[{ id: string }]>('GET', `/akko/users?username=${USER.username}`)).body
    const { link } = (await identity.admin<{ link: string }>('POST', `/akko/users/${id}/action-link`)).body
    await page.goto(link)
    await check(page, 'Set your password')
    await page.keyboard.type('one two three')
    await page.keyboard.press('Tab')
    await page.keyboard.type('one two thre')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#problem')
    await check(page, 'Set your password')

    await page.goto(`${identity.issuer}/account`)
    await check(page, 'Your account')
    await page.click('text=Set up an authenticator app')
    await check(page, 'Set up a second factor')
    await page.fill('#password', USER.password)
    await page.fill('#otp', '12345')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#problem')
    await check(page, 'Set up a second factor')

    await page.goto(`${identity.issuer}/protocol/openid-connect/logout`)
    await check(page, 'Sign out?')
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=You are signed out')
    await check(page, 'You are signed out')
    await context.close()
    // The browser reports the statuses of the refused login and of the error page; nothing else.
    expect(problems.filter((text) => !/status of 40[01]/.test(text))).toEqual([])
  })
})

describe('templates', () => {
  it('escape every value that is not a template', () => {
    const name = `<img src=x onerror="alert('1')">&`
    expect(escapeHtml(name)).not.toMatch(/[<>"']/)
    expect(html`<p title="${name}">${[html`<b>${name}</b>`]}${false}${undefined}</p>`.text).not.toContain('<img')
  })
})
