// Who is logged in, and how the parts are.
import type { IncomingMessage } from 'node:http'
import { decodeJwt } from 'jose'
import { type Authenticator, type Authoriser, authorise, type Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import type { AlertFeed } from '#parts/cockpit/alerts'
import type { Governance } from '#parts/cockpit/governance'
import type { Monitor } from '#parts/cockpit/monitor'
import { type StatusMessage, toStatus } from '#parts/cockpit/status'

export interface HandlerDeps {
  readonly authenticator: Authenticator
  readonly authoriser: Authoriser
  readonly monitor: Monitor
  readonly alerts: AlertFeed
  readonly environment: { readonly name: string; readonly demo: boolean }
  readonly version: string
  /** Absent where the policy is not this platform's own to tell: on a cluster. */
  readonly governance?: Governance
}

export interface SessionView {
  readonly user: string
  readonly name?: string
  readonly roles: readonly string[]
  readonly environment: { readonly name: string; readonly demo: boolean }
  readonly version: string
  /** Whether there is a page Governance. */
  readonly governance: boolean
  /** ISO time at which the login ends. */
  readonly expiresAt?: string
}

/** The bearer of a request, verified. */
export async function callerOf(
  { authenticator }: Pick<HandlerDeps, 'authenticator'>,
  req: IncomingMessage,
): Promise<{ caller: Caller; token: string }> {
  const token = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1]
  if (!token) throw NotAuthenticated({ reason: 'a bearer token is needed: log in through the gateway' })
  return { caller: await authenticator.bearer(token), token }
}

export async function getSession(deps: HandlerDeps, req: IncomingMessage): Promise<SessionView> {
  const { caller, token } = await callerOf(deps, req)
  await authorise(deps.authoriser, caller, 'read', { kind: 'user', path: [caller.sub] })
  const claims = claimsOf(token)
  const name = typeof claims.name === 'string' ? claims.name : undefined
  const expiresAt = sessionEnd(req.headers['x-akko-session-expires'], claims.exp)
  return {
    user: caller.sub,
    ...(name ? { name } : {}),
    roles: caller.roles,
    environment: deps.environment,
    version: deps.version,
    governance: deps.governance !== undefined,
    ...(expiresAt ? { expiresAt } : {}),
  }
}

export async function getStatus(deps: HandlerDeps, req: IncomingMessage): Promise<StatusMessage> {
  const { caller } = await callerOf(deps, req)
  await mayWatch(deps, caller)
  return currentStatus(deps)
}

/** Throws AccessDenied for a caller who may not see the platform's state. */
export async function mayWatch({ authoriser }: HandlerDeps, caller: Caller): Promise<void> {
  await authorise(authoriser, caller, 'read', { kind: 'platform', path: [] })
}

export function currentStatus({ monitor, alerts }: HandlerDeps): StatusMessage {
  return toStatus(monitor.watched(), monitor.activity(), alerts.current(), new Date())
}

/** The gateway tells when the browser's login ends; without it, the token's own end. */
function sessionEnd(header: string | string[] | undefined, exp: unknown): string | undefined {
  const told = typeof header === 'string' ? Date.parse(header) : Number.NaN
  if (!Number.isNaN(told)) return new Date(told).toISOString()
  return typeof exp === 'number' ? new Date(exp * 1000).toISOString() : undefined
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
