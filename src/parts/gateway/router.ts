// Which part a request is for, by host and path. Pure.

export interface Upstream {
  readonly host: string
  readonly port: number
}

export interface HostRoute {
  /** Host label under the domain; '' is the apex (the cockpit). */
  readonly label: string
  /** For people: "Notebooks (JupyterHub)". */
  readonly title: string
  /** Whether a login is asked for before anything is forwarded. The apex always is. */
  readonly guarded: boolean
  /** Path prefixes that are forwarded without a login all the same: what answers there asks for its own proof. */
  readonly open?: readonly string[]
  /** Its requests are signed one by one: signed ones are forwarded under `localhost` too, with bodies of up to so many bytes. */
  readonly signed?: { readonly as: 'sigv4'; readonly bodyBytes: number }
  /** Absent: the part is not installed here. */
  readonly upstream?: Upstream
  /** Name of the part in commands; default the label. */
  readonly name?: string
}

export interface PathRoute {
  /** `/v1/statement`: matches itself and what lies below it. */
  readonly prefix: string
  readonly upstream: Upstream
  readonly title?: string
  readonly name?: string
}

export interface Routes {
  readonly hosts: readonly HostRoute[]
  /** Served under `localhost` and `127.0.0.1`, and at `clientLabel`, for clients with tokens of their own. */
  readonly paths: readonly PathRoute[]
  /** Host label of clients on other machines. */
  readonly clientLabel?: string
}

export type Target =
  | { readonly kind: 'host'; readonly route: HostRoute; readonly apex: boolean }
  | { readonly kind: 'clients' }
  | { readonly kind: 'unknown'; readonly host: string }

const CLIENT_HOSTS = ['localhost', '127.0.0.1', '[::1]']

export function routeHost(routes: Routes, domain: string, hostHeader: string | undefined): Target {
  const host = (hostHeader ?? '').toLowerCase().replace(/:\d+$/, '')
  if (CLIENT_HOSTS.includes(host)) return { kind: 'clients' }
  const label = host === domain ? '' : host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : undefined
  if (label !== undefined && label === routes.clientLabel) return { kind: 'clients' }
  const route = routes.hosts.find((h) => h.label === label)
  return route ? { kind: 'host', route, apex: label === '' } : { kind: 'unknown', host }
}

/** The longest prefix that covers the path. */
export function routePath(paths: readonly PathRoute[], path: string): PathRoute | undefined {
  return paths
    .filter(({ prefix }) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]
}

/** The SQL paths of the client protocol, which the cockpit speaks on the apex too. */
export function statementPaths(routes: Routes): PathRoute[] {
  const sql = routes.paths.find((p) => p.prefix === '/v1/statement')
  return sql ? routes.paths.filter((p) => p.prefix.startsWith('/v1/') && sameUpstream(p.upstream, sql.upstream)) : []
}

/** Whether an upstream is the SQL part: it alone reads `X-Trino-*`, and checks them against the token. */
export function isSql(routes: Routes, upstream: Upstream): boolean {
  return routes.paths.some((p) => p.prefix === '/v1/statement' && sameUpstream(p.upstream, upstream))
}

/** Whether a host's path is forwarded without a login. */
export function isOpen({ guarded, open = [] }: HostRoute, path: string): boolean {
  return !guarded || (!isAmbiguous(path) && open.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)))
}

/**
 * Where a request goes whose header carries a signature of its own, over its host, its path and its query as they are. Not one with the
 * signature in its address: a page of somebody's would open in a browser where the login's cookies are.
 */
export function routeSigned({ hosts }: Routes, authorization: string | undefined): HostRoute | undefined {
  return authorization?.startsWith('AWS4-HMAC-SHA256 ') ? hosts.find((h) => h.signed?.as === 'sigv4') : undefined
}

/** The path of a request target, without its query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] as string
}

/** A path that a part behind us could read otherwise than we do. */
export function isAmbiguous(path: string): boolean {
  if (!path.startsWith('/') || path.includes('\\') || path.startsWith('//')) return true
  return path.split('/').some((segment) => /^(\.|%2e){1,2}(;.*)?$/i.test(segment))
}

function sameUpstream(a: Upstream, b: Upstream): boolean {
  return a.host === b.host && a.port === b.port
}
