// What the portal's page Governance is told: of the policy that is in force, the people that there are, and the audit.
import type { AuditEvent } from '#kit/audit'
import type { AuditQuery } from '#kit/audit-read'
import { own } from '#kit/own'
import type { Governance, Standing } from '#parts/cockpit/governance'
import { resourcesOf } from '#platform/registry'
import type { Site } from '#platform/service'
import { NoSuchPerson } from '#runtime/people-admin'
import type { KeptPolicy } from '#runtime/policy'
import { differences } from '#runtime/policy-explain'
import { countsOf, knownTable, sightOf } from '#runtime/policy-sight'
import { NoRoleInPolicy } from '#runtime/policy-store'
import { wordsOf } from '#runtime/policy-words'
import { type EventLine, type Holder, MOST, type RevisionLine, type RoleWords } from '#wire/governance'
import { serviceAccountName } from '#wire/oidc/claims'
import type { Person } from '#wire/oidc/people'

export interface GovernanceDeps {
  inForce(): KeptPolicy
  /** Whose accounts are open. */
  people(): Iterable<Person>
  /** Of the declared clients. */
  readonly services: readonly Holder[]
  /** The newest first. */
  history(): readonly KeptPolicy[]
  /** @throws NoSuchRevision */
  revision(number: number): KeptPolicy
  events(query: AuditQuery): Promise<readonly AuditEvent[]>
}

export function createGovernance(deps: GovernanceDeps): Governance {
  const { inForce, services, history, revision, events } = deps
  const holders = (): Holder[] => [
    ...[...deps.people()].map(({ username: name, roles }) => ({ name, roles, service: false })).sort(byName),
    ...services,
  ]
  const words = (names: readonly string[]): RoleWords[] => {
    const { model, places } = inForce()
    return names.map((name) => {
      const place = own(places, `roleGrants/${name}`)
      const at = place ? { at: `${place.file}:${place.line}` } : {}
      return { name, lines: wordsOf(own(model.roleGrants, name) ?? {}), ...at }
    })
  }
  return {
    words,
    standing: (persona) => {
      if ('role' in persona) {
        if (!own(inForce().model.roleGrants, persona.role)) throw NoRoleInPolicy({ role: persona.role })
        return { user: 'somebody', roles: [persona.role] }
      }
      const found = holders().find(({ name }) => name === persona.user)
      if (!found) throw NoSuchPerson({ user: persona.user })
      return { user: found.name, roles: found.roles }
    },
    matrix: (standings, tables) => {
      const policy = inForce()
      const known = tables.map(knownTable)
      const of = (who: Standing) => known.map((table) => countsOf(sightOf(policy, who, table)))
      return { revision: policy.revision, cells: standings.map(of) }
    },
    why: (who, table) => {
      const policy = inForce()
      return { revision: policy.revision, roles: who.roles, ...sightOf(policy, who, knownTable(table)) }
    },
    people: ({ text, offset }) => {
      const found = holders().filter(({ name, roles }) => [name, ...roles].some((word) => matches(word, text)))
      return { total: found.length, people: found.slice(offset, offset + MOST.people) }
    },
    roles: ({ text, offset }) => {
      const found = Object.keys(inForce().model.roleGrants).filter((name) => matches(name, text))
      const held = countBy(holders().flatMap(({ roles }) => roles))
      const page = words(found.slice(offset, offset + MOST.roles))
      return { total: found.length, roles: page.map((role) => ({ ...role, people: held.get(role.name) ?? 0 })) }
    },
    policy: (number) => {
      const kept = number === undefined ? inForce() : revision(number)
      return { ...lineOf(kept), files: kept.files }
    },
    history: (offset) => {
      const all = history()
      return { total: all.length, revisions: all.slice(offset, offset + MOST.events).map(lineOf) }
    },
    differences: (before, after) => ({ before, after, differences: differences(revision(before).model, revision(after).model) }),
    events: async ({ user, table }) => {
      const who = user === undefined ? {} : { user }
      const what = table === undefined ? {} : { what: [table] }
      return { events: (await events({ ...who, ...what, last: MOST.events })).map(eventLine).reverse() }
    },
  }
}

/** The accounts of programs that are declared, with the roles that are. */
export function serviceHolders(site: Site): Holder[] {
  return resourcesOf(site).flatMap((r) =>
    r.kind === 'client' && r.serviceRoles ? [{ name: serviceAccountName(r.clientId), roles: r.serviceRoles, service: true }] : [],
  )
}

const byName = (a: Holder, b: Holder): number => (a.name < b.name ? -1 : 1)
const matches = (word: string, text: string): boolean => word.toLowerCase().includes(text.toLowerCase())

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const lineOf = ({ revision, at, author, reason }: KeptPolicy): RevisionLine => ({ revision, at, author, reason })

const eventLine = ({ id, time, requestId, who, what, outcome, reason }: AuditEvent): EventLine => ({
  ...{ id, requestId, outcome, time: time.toISOString(), who: who.sub, roles: who.roles },
  ...{ action: what.action, kind: what.kind, path: what.path },
  ...(reason === undefined ? {} : { reason }),
})
