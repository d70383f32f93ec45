// Whether an answer of ours is Keycloak's: the same requests, statuses and bodies, but for what no two servers share.
import { isDeepStrictEqual } from 'node:util'
import type { Asked, Exchange } from '#test/realm-judge/ask'

export type Verdict = 'equal' | 'refused' | 'different'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Their values are of a moment or of chance. */
const OF_CHANCE = new Set([
  'createdTimestamp',
  'createdDate',
  'secret',
  'client.secret.creation.time',
  'value',
  'notBefore',
  'credentialData',
])
/** What every realm of Keycloak's has by itself, and ours has not: its own clients and roles. */
const OWN_CLIENTS = new Set(['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'])
const OWN_ROLES = /^(default-roles-.*|offline_access|uma_authorization)$/
/** Of a realm: what both say and the platform's configuration does not decide. Keycloak's other fields are of what is not served here. */
const REALM_FIELDS = new Set(
  `id realm displayName enabled notBefore defaultSignatureAlgorithm accessTokenLifespan sslRequired registrationAllowed
   registrationEmailAsUsername rememberMe verifyEmail loginWithEmailAllowed duplicateEmailsAllowed resetPasswordAllowed
   editUsernameAllowed`.split(/\s+/),
)
/** Of a client scope: its claims are the same in every realm, and not shown here. */
const SCOPE_FIELDS = new Set(['id', 'name', 'description', 'protocol'])

/** An answer as it is kept and compared. */
export function plain({ call, exchanges, failed }: Asked): Asked {
  return { call, failed, exchanges: exchanges.map(plainExchange) }
}

function plainExchange({ method, url, status, body }: Exchange): Exchange {
  const { pathname, search } = new URL(url, 'http://server')
  const path = `${pathname}${search}`
    .replaceAll('%3Cid%3E', '<id>')
    .replace(UUID, '<id>')
    .replace(/first=\d+&max=\d+|max=\d+&first=\d+/, 'page')
  return { method, url: path, status, body: plainValue(status < 400 ? comparable(pathname, method, body) : body) }
}

function comparable(path: string, method: string, body: unknown): unknown {
  const only = (names: ReadonlySet<string>, of: object) => Object.fromEntries(Object.entries(of).filter(([name]) => names.has(name)))
  if (method !== 'GET' || body === null || typeof body !== 'object') return body
  if (/^[/]admin[/]realms[/][^/]+$/.test(path)) return only(REALM_FIELDS, body)
  if (path.endsWith('/client-scopes') && Array.isArray(body))
    return body.filter(({ protocol = 'openid-connect' }) => protocol !== 'saml').map((scope) => only(SCOPE_FIELDS, scope))
  // A new realm of Keycloak's drops attributes that its profile does not name; here they are kept, always.
  if (path.endsWith('/users/profile')) return { ...body, unmanagedAttributePolicy: 'ENABLED' }
  if (/-client-scopes$/.test(path) && Array.isArray(body)) return body.filter(({ protocol }) => protocol !== 'saml')
  return body
}

function plainValue(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.filter((item) => !isOwn(item)).map((item) => plainValue(item, key))
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .map(([name, field]) => [name, plainValue(field, name)] as const)
      .filter(([name, field]) => name !== 'realmMappings' || (field as unknown[]).length > 0)
    return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  if (
    OF_CHANCE.has(key) &&
    ((typeof value === 'number' && value > 1e9) ||
      (typeof value === 'string' && /^\d{10}$/.test(value)) ||
      (typeof value === 'string' && value.length > 20))
  )
    return `<${typeof value}>`
  return typeof value === 'string' ? value.replace(UUID, '<id>') : value
}

function isOwn(item: unknown): boolean {
  if (item === null || typeof item !== 'object') return false
  const { name, clientId } = item as { name?: unknown; clientId?: unknown }
  return (typeof clientId === 'string' && OWN_CLIENTS.has(clientId)) || (typeof name === 'string' && OWN_ROLES.test(name))
}

export function verdict(theirs: Asked, ours: Asked): Verdict {
  if (isDeepStrictEqual(theirs, ours)) return 'equal'
  return refusal(ours) === undefined ? 'different' : 'refused'
}

/** The text with which ours refused: 400, and it says by name what is not served. */
export function refusal(ours: Asked): string | undefined {
  const last = ours.exchanges.at(-1)
  const { errorMessage, field } = (last?.body ?? {}) as { errorMessage?: string; field?: string }
  const named = field !== undefined && errorMessage?.startsWith(field) === true
  return named && last?.status === 400 ? errorMessage : undefined
}

/** Line by line, for a person. */
export function difference(theirs: Asked, ours: Asked): string {
  const lines = (asked: Asked) => JSON.stringify(asked, undefined, 1).split('\n')
  const [wanted, got] = [lines(theirs), lines(ours)]
  const missing = wanted.filter((line) => !got.includes(line)).map((line) => `- ${line}`)
  const surplus = got.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`)
  return [...missing, ...surplus].slice(0, 60).join('\n')
}
