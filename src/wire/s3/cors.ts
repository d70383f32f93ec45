// Rules of cross-origin requests: which a configuration may hold, and what one of them answers to a browser (Fetch, section 3.2).
export interface CorsRule {
  readonly id?: string
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  /** That a request may send. */
  readonly headers: readonly string[]
  /** Of the answer, that a page may read. */
  readonly exposed: readonly string[]
  readonly maxAgeSeconds?: number
}

export interface CorsRequest {
  readonly origin: string
  readonly method: string
  /** In lower case, each once. */
  readonly headers: readonly string[]
}

export const CORS_METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE']

/** Names of headers that one preflight may ask for: nobody has signed it, and each name is held against each pattern. */
export const MOST_HEADERS = 100

/** The first that lets all of it in. */
export function ruleFor(rules: readonly CorsRule[], { origin, method, headers }: CorsRequest): CorsRule | undefined {
  if (headers.length > MOST_HEADERS) return undefined
  return rules.find(
    (rule) => rule.methods.includes(method) && rule.origins.some((allowed) => fits(allowed, origin)) && areAmong(headers, rule.headers),
  )
}

/** Each pattern is looked at once, with the names that are left. */
function areAmong(names: readonly string[], patterns: readonly string[]): boolean {
  let left = names
  for (const pattern of patterns) {
    if (left.length === 0) return true
    const allowed = pattern.toLowerCase()
    left = left.filter((name) => !fits(allowed, name))
  }
  return left.length === 0
}

/** What a browser is told. A rule for every origin names no one, and lets no credentials in. */
export function corsHeaders(rule: CorsRule, { origin, headers }: CorsRequest): Record<string, string> {
  const anyone = rule.origins.includes('*')
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 ? { 'access-control-allow-headers': headers.join(', ') } : {}),
    ...(rule.exposed.length > 0 ? { 'access-control-expose-headers': rule.exposed.join(', ') } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    ...(anyone ? {} : { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

/** One asterisk at most. */
function fits(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*')
  if (at < 0) return pattern === text
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)]
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}
