// A person's browser on another machine: opens an address, signs in, and confirms what is asked. Arguments: address, name, password. Prints the last page's heading.
import { FormBrowser } from '#test/support/form-browser'

const [url, username, password] = process.argv.slice(2) as [string, string, string]
const browser = new FormBrowser('none:')
await browser.open(url)
for (let page = 0; page < 6 && browser.text.includes('<form method="post"'); page++) {
  if (browser.text.includes('name="password"')) await browser.submit({ username, password })
  else if (browser.text.includes('name="confirm"')) await browser.submit({ confirm: 'yes' })
  else await browser.submit({ user_code: /id="user_code"[^>]*value="([^"]*)"/.exec(browser.text)?.[1] ?? '' })
}
process.stdout.write(`${/<h1[^>]*>([^<]*)/.exec(browser.text)?.[1]}\n`)
