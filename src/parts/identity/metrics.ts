// What this part counts beside its requests: attempts to log in, and what the token endpoint answered.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { counter, histogram } from '#kit/metrics'
import { parseRealmPath } from '#wire/oidc/paths'

export interface Metrics {
  login(realm: string, outcome: 'accepted' | 'refused' | 'delayed'): void
  token(realm: string, grant: string, outcome: 'issued' | 'refused'): void
  request(req: IncomingMessage, res: ServerResponse, seconds: number): void
}

export function createMetrics(): Metrics {
  const logins = counter({ name: 'akko_identity_logins_total', help: 'Attempts with a password', labels: ['realm', 'outcome'] })
  const tokens = counter({
    name: 'akko_identity_tokens_total',
    help: 'Answers of the token endpoint',
    labels: ['realm', 'grant', 'outcome'],
  })
  const requests = histogram({
    name: 'akko_identity_request_seconds',
    help: 'Time to answer, by door and status class',
    labels: ['door', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  })
  return {
    login: (realm, outcome) => logins.inc({ realm, outcome }),
    token: (realm, grant, outcome) => tokens.inc({ realm, grant, outcome }),
    request: (req, res, seconds) =>
      requests.observe({ door: door(req.url ?? '/'), status: `${Math.floor(res.statusCode / 100)}xx` }, seconds),
  }
}

/** A handful of values, whatever is asked for. */
function door(url: string): string {
  const path = url.split('?')[0] as string
  if (path.startsWith('/admin')) return 'admin'
  const rest = parseRealmPath(path)?.rest ?? path
  const known = /^\/protocol\/openid-connect\/(auth|token|certs|userinfo|logout|revoke)\b/.exec(rest)?.[1]
  return known ?? (/^\/(login-actions|device|resources|\.well-known)/.exec(rest)?.[1] as string | undefined) ?? 'other'
}
