// Rules of cross-origin requests: which a configuration may hold, and what one of them answers to a browser (Fetch, section 3.2).
import { MANY, wildcard } from '#kit/wildcard'

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
  /** In lower case; none of a request that is no preflight. */
  readonly headers: readonly string[]
}

export const CORS_METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE']

/** The first that lets all of it in. */
export function ruleFor(rules: readonly CorsRule[], { origin, method, headers }: CorsRequest): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.methods.includes(method) &&
      rule.origins.some((allowed) => fits(allowed, origin)) &&
      headers.every((name) => rule.headers.some((allowed) => fits(allowed.toLowerCase(), name))),
  )
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

function fits(pattern: string, text: string): boolean {
  return wildcard([...pattern].map((c) => (c === '*' ? MANY : c)))(text)
}
