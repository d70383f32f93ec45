// The cockpit's server, behind the gateway.
import { createLog } from '#kit/log'
import { gauge } from '#kit/metrics'
import type { Governance } from '#parts/cockpit/governance'
import { createCockpit } from '#parts/cockpit/index'
import { AUDIENCE } from '#platform/audiences'
import { policyFor, readEvents } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import { ensureLocalCa } from '#runtime/cells/edge/local-ca'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'
import type { CellContext, Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { createGovernance, serviceHolders } from '#runtime/governance'
import { HOST, port } from '#runtime/machine'
import { peopleIn } from '#runtime/people'
import { createPolicy } from '#runtime/policy'
import { holdersOfUnknown } from '#runtime/policy-roles'
import { readHistory, revisionOf } from '#runtime/policy-store'
import { createProbeTargets, firingAlerts } from '#runtime/probes'
import { OWNERS_ACTOR } from '#runtime/tokens'
import { VERSION } from '#runtime/version'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  await ensureLocalCa(cell) // it probes the gateway as a client does
  return createCockpit({
    name: 'cockpit',
    host: HOST,
    port: port(machine, 'cockpit'),
    dist: COCKPIT_DIST,
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.cockpit }),
    gatewayKey: await gatewayKeyAt(secrets, 'cockpit'),
    authoriser: await policyFor(cell, 'cockpit'),
    targets: createProbeTargets(machine),
    alerts: () => firingAlerts(machine),
    governance: await createGovernanceOf(cell),
    environment: { name: machine.config.demo ? 'demo' : 'local', demo: machine.config.demo },
    version: VERSION,
    log: createLog('cockpit'),
  })
}

async function createGovernanceOf(cell: CellContext): Promise<Governance> {
  const { machine, secrets } = cell
  const people = await peopleIn(cell)
  const { inForce } = createPolicy(machine)
  gauge(
    { name: 'akko_policy_unknown_roles', help: 'People who hold a role that the policy in force does not know', labels: ['role'] },
    () => [...holdersOfUnknown(inForce().model, people.all())].map(([role, value]) => ({ labels: { role }, value })),
  )
  return createGovernance({
    inForce,
    people: people.all,
    services: serviceHolders(machine.site),
    history: () => readHistory(machine),
    revision: (number) => revisionOf(machine, number),
    events: async (query) => {
      const events = await readEvents(machine, secrets)
      try {
        return await events.read({ withoutActor: OWNERS_ACTOR, ...query })
      } finally {
        await events.close()
      }
    },
  })
}
