// The identity process: single sign-on over the database that Keycloak has on a cluster.
import { readFileSync } from 'node:fs'
import { createLog } from '#kit/log'
import type { SecretStore } from '#kit/secret'
import { createIdentity, type SmtpServer } from '#parts/identity/index'
import { REALM, STATE_DATABASES, secretName } from '#platform/names'
import { origin } from '#platform/service'
import { ENDED_SOCKET, identitySettings, passwordPolicy } from '#platform/services/identity'
import { auditOf, keepAudit, policyFor } from '#runtime/audit'
import type { Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, type Machine, port as portOf, privateSocket } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { requiredSecret } from '#runtime/secrets'
import { issuerUrl } from '#runtime/tokens'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  const { accessTokenMinutes, exchangedMinutes, sessionHours, secondFactorRoles } = identitySettings.of(machine.config)
  const { length, history } = identitySettings.of(machine.config).passwords
  const smtp = smtpServer(machine, secrets)
  const policy = createPolicy(machine)
  await keepAudit(cell)
  return createIdentity({
    name: 'identity',
    host: HOST,
    port: portOf(machine, 'identity'),
    endedSocket: privateSocket(machine, ENDED_SOCKET),
    realm: REALM,
    issuer: issuerUrl(machine),
    origins: [origin(machine.site, 'identity')],
    pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.identity, max: 4, keep: true }),
    schema: 'akko_identity',
    admin: { username: 'admin', password: await requiredSecret(secrets, secretName.identityAdmin) },
    gatewayKey: await gatewayKeyAt(secrets, 'identity'),
    secondFactorKey: await requiredSecret(secrets, secretName.secondFactors),
    secondFactorRoles,
    groupRoles: () => policy.inForce().model.groupRoles ?? {},
    passwordPolicy: passwordPolicy({ length, history }),
    ...(smtp ? { smtp } : {}),
    authoriser: await policyFor(cell, 'identity'),
    audit: await auditOf(cell),
    log: createLog('identity'),
    lifetimes: { accessToken: accessTokenMinutes * 60, exchanged: exchangedMinutes * 60, session: sessionHours * 3600 },
  })
}

/** What is in files is read for each letter: one that is not there keeps no process from starting. */
function smtpServer({ config }: Machine, secrets: SecretStore): (() => Promise<SmtpServer>) | undefined {
  const { host, port, security, from, user, secret, ca } = identitySettings.of(config).smtp
  if (host === undefined || from === undefined) return undefined
  return async () => ({
    ...{ host, port, security, from },
    ...(ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }),
    ...(user === undefined ? {} : { login: { user, password: await requiredSecret(secrets, secret) } }),
  })
}
