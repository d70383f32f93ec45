// Cookies of the edge: bound to one host, named after the port, unreadable for scripts.

export interface CookieNames {
  readonly session: string
  /** One per login that is under way. */
  login(key: string): string
  isLogin(name: string): boolean
  /** Whether a name is an edge's, of whatever port: such cookies are never forwarded, nor taken from an upstream. */
  isOwn(name: string): boolean
}

/** Cookies ignore ports; homes run side by side, so the names carry it. */
export function cookieNames(publicPort: number): CookieNames {
  const session = `__Host-akko_${publicPort}`
  return {
    session,
    login: (key) => `${session}_login_${key}`,
    isLogin: (name) => name.startsWith(`${session}_login_`),
    isOwn: (name) => /^__Host-akko_\d+(_|$)/.test(name),
  }
}

/** Pairs of a Cookie header, in its order. */
export function parseCookies(header: string | undefined): [string, string][] {
  return (header ?? '').split(';').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]]
  })
}

export function readCookie(header: string | undefined, name: string): string | undefined {
  return parseCookies(header).find(([key]) => key === name)?.[1]
}

/** The Cookie header without those that `drop` names. */
export function withoutCookies(header: string | undefined, drop: (name: string) => boolean): string {
  return parseCookies(header)
    .filter(([name]) => !drop(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

/** A Set-Cookie line; `maxAge` in seconds, absent = until the browser closes. */
export function setCookie(name: string, value: string, maxAge?: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}`
}

export function clearCookie(name: string): string {
  return setCookie(name, '', 0)
}
