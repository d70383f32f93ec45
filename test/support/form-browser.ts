// A browser of a few lines for pages of forms: cookies, redirects, the first form of a page with the fields that are given.

export class FormBrowser {
  readonly #jar = new Map<string, string>()
  readonly #until: string
  url = ''
  text = ''

  /** Stops before it asks an address that begins with `until`. */
  constructor(until: string) {
    this.#until = until
  }

  async open(url: string, init: RequestInit = {}): Promise<void> {
    this.url = url
    if (url.startsWith(this.#until)) return
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#jar.set(name, value)
    }
    this.text = await answer.text()
    const location = answer.headers.get('location')
    if (location) await this.open(new URL(location, url).toString())
  }

  /** Hidden fields go along; of several buttons the one that is named. */
  async submit(fields: Readonly<Record<string, string>>): Promise<void> {
    const [, action = '', inner = ''] = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(this.text) ?? []
    if (action === '') throw new Error(`no form at ${this.url}: ${this.text.slice(0, 300)}`)
    const hidden = [...inner.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]): [string, string] => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      decode(/value="([^"]*)"/.exec(input)?.[1] ?? ''),
    ])
    await this.open(new URL(decode(action), this.url).toString(), {
      method: 'POST',
      body: new URLSearchParams([...hidden, ...Object.entries(fields)]),
    })
  }
}

function decode(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"')
}
