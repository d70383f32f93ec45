// Drives the login page as a browser without a screen: cookies, the form, redirects until the client's own address.

/** Follows `start` to the login form, posts it, and follows on; resolves with the location that begins with `until`, and all cookies by name. */
export async function logIn(
  start: URL,
  user: { username: string; password: string },
  until: string,
): Promise<{ location: string; cookies: Map<string, string> }> {
  const jar = new Map<string, string>()
  const request = async (url: URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';')
      const at = (pair as string).indexOf('=')
      jar.set((pair as string).slice(0, at), (pair as string).slice(at + 1))
    }
    return response
  }
  let url = start
  let response = await request(url)
  for (let hop = 0; hop < 20; hop++) {
    const location = response.headers.get('location')
    if (location) {
      const next = new URL(location, url)
      if (next.toString().startsWith(until)) return { location: next.toString(), cookies: jar }
      url = next
      response = await request(url)
      continue
    }
    const html = await response.text()
    const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html)
    if (!form) throw new Error(`no form and no redirect at ${url} (${response.status}): ${html.slice(0, 300)}`)
    const fields = new URLSearchParams()
    for (const input of (form[2] as string).matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input[0])?.[1]
      if (name) fields.set(name, decode(/value="([^"]*)"/.exec(input[0])?.[1] ?? ''))
    }
    fields.set('username', user.username)
    fields.set('password', user.password)
    url = new URL(decode(form[1] as string), url)
    response = await request(url, {
      method: 'POST',
      body: fields,
      headers: { origin: url.origin, 'content-type': 'application/x-www-form-urlencoded' },
    })
  }
  throw new Error(`too many steps; the last was ${url}`)
}

function decode(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"')
}
