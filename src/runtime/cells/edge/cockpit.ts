// The cockpit's server, behind the gateway.
import { createLog } from '#kit/log'
import { createCockpit } from '#parts/cockpit/index'
import { AUDIENCE } from '#platform/audiences'
import { policyFor } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import { ensureLocalCa } from '#runtime/cells/edge/local-ca'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, port } from '#runtime/machine'
import { createProbeTargets, firingAlerts } from '#runtime/probes'
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
    environment: { name: machine.config.demo ? 'demo' : 'local', demo: machine.config.demo },
    version: VERSION,
    log: createLog('cockpit'),
  })
}
