// The real API of the page Governance over a policy, people and events that are made up; who asks is who the fixture says.

import { type ApiHandler, createApi, listenerOf } from '#kit/api'
import { auditEvent } from '#kit/audit'
import { addGovernance } from '#parts/cockpit/governance'
import { createRolePolicy } from '#parts/policy/index'
import { shippedText } from '#platform/access'
import { compilePolicy } from '#platform/policy/source'
import { createGovernance } from '#runtime/governance'
import { type KeptPolicy, RESOURCE_KINDS, SHIPPED } from '#runtime/policy'
import { NoSuchRevision } from '#runtime/policy-store'

const LOG = { debug() {}, info() {}, warn() {}, error() {} }
const CLERKS = `roles:
  branch-clerk:
    read:
      - { table: iceberg.banking.transactions, columns: [id, amount, booked_at] }
`
const files = [shippedText, { name: 'clerks.yaml', text: CLERKS }]
const KEPT: KeptPolicy = {
  ...compilePolicy(files),
  ...{ revision: 1, at: new Date(Date.now() - 3_600_000).toISOString(), author: 'ada', reason: 'clerks see transactions', files },
}
const NAMED = ['admin', 'engineer', 'analyst', 'user', 'viewer'].map((name) => ({ username: `${name}@demo`, roles: [`akko-${name}`] }))
const CROWD = Array.from({ length: 5000 }, (_, i) => ({ username: `clerk${i}@demo`, roles: ['branch-clerk'] }))
const PEOPLE = [...NAMED, ...CROWD].map((person, i) => ({ ...person, id: String(i), rightsVersion: 0 }))
const EVENTS = (['allowed', 'denied', 'failed'] as const).map((outcome) =>
  auditEvent({
    who: { sub: 'viewer@demo', via: 'bearer', roles: ['akko-viewer'] },
    what: { part: 'sql', action: 'write', kind: 'table', path: ['iceberg', 'banking', 'transactions'] },
    outcome,
    ...(outcome === 'denied' ? { reason: 'no role of yours writes iceberg.banking.transactions' } : {}),
  }),
)

export function createFixtureGovernance(user: string, role: () => string): ApiHandler {
  const deps = {
    authenticator: { bearer: async () => ({ sub: user, roles: [role()], via: 'bearer' as const, requestId: 'r' }) },
    authoriser: createRolePolicy(KEPT.model, RESOURCE_KINDS),
  }
  const app = createApi({ log: LOG })
  addGovernance(
    app,
    deps,
    createGovernance({
      inForce: () => KEPT,
      people: () => PEOPLE,
      services: [{ name: 'service-account-superset', roles: ['akko-user'], service: true }],
      history: () => [KEPT, SHIPPED],
      revision: (revision) => {
        const found = [KEPT, SHIPPED].find((one) => one.revision === revision)
        if (!found) throw NoSuchRevision({ revision })
        return found
      },
      events: async ({ user: of }) => EVENTS.filter(({ who }) => of === undefined || who.sub === of),
    }),
  )
  const listener = listenerOf(app)
  return (req, res) => {
    // As the gateway does for the session's cookie.
    req.headers.authorization = 'Bearer of-the-session'
    return listener(req, res)
  }
}
