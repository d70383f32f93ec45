// What this part counts, in Prometheus' text format; served on the loopback port only, never through the gateway.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, Histogram, Registry } from 'prom-client'
import { AUDIT_LOST, lostEvents } from '#kit/audit-queue'
import { parseRealmPath } from '#wire/oidc/paths'

export interface Metrics {
  login(realm: string, outcome: 'accepted' | 'refused' | 'delayed'): void
  token(realm: string, grant: string, outcome: 'issued' | 'refused'): void
  request(req: IncomingMessage, res: ServerResponse, seconds: number): void
  /** Answers GET /metrics. */
  send(res: ServerResponse): Promise<void>
}

export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const logins = new Counter({
    name: 'akko_identity_logins_total',
    help: 'Attempts with a password',
    labelNames: ['realm', 'outcome'],
    registers,
  })
  const tokens = new Counter({
    name: 'akko_identity_tokens_total',
    help: 'Answers of the token endpoint',
    labelNames: ['realm', 'grant', 'outcome'],
    registers,
  })
  const requests = new Histogram({
    name: 'akko_identity_request_seconds',
    help: 'Time to answer, by door and status class',
    labelNames: ['door', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  new Counter({
    ...AUDIT_LOST,
    registers,
    collect() {
      this.reset()
      this.inc(lostEvents())
    },
  })
  return {
    login: (realm, outcome) => logins.inc({ realm, outcome }),
    token: (realm, grant, outcome) => tokens.inc({ realm, grant, outcome }),
    request: (req, res, seconds) =>
      requests.observe({ door: door(req.url ?? '/'), status: `${Math.floor(res.statusCode / 100)}xx` }, seconds),
    send: async (res) => {
      const [registry] = registers as [Registry]
      res.writeHead(200, { 'content-type': registry.contentType })
      res.end(await registry.metrics())
    },
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
