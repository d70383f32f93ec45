// What the chart tells the pod, read once and checked; the names are those of the declaration (src/platform/services/cockpit.ts).

import { variablesOf } from '#cluster/pod'
import { AUDIT_DAYS, LEAST_AUDIT_DAYS } from '#kit/audit-days'
import { Secret } from '#kit/secret'
import { serviceNamed } from '#platform/registry'

export interface Environment {
  /** Where the pod listens; browsers are led there by the ingress controller, which ends TLS. */
  readonly port: number
  readonly domain: string
  /** Where Prometheus asks what the pod counts. */
  readonly metricsPort: number
  /** The HTTPS port that browsers use. */
  readonly publicPort: number
  /** As in the tokens, on the public host. */
  readonly issuer: string
  /** The same realm inside the cluster. */
  readonly backchannel: string
  readonly client: { readonly id: string; readonly secret: Secret }
  readonly sqlUrl: string
  /** Of the sessions, without the password. */
  readonly databaseUrl: string
  readonly databasePassword: Secret
  /** Of the role that adds rows to the audit. */
  readonly auditPassword: Secret
  /** How long events of the audit are kept. */
  readonly auditDays: number
  readonly sessionKey: Secret
  /** Of the policy's files; absent: the shipped policy. */
  readonly policyFolder?: string | undefined
}

export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const { text, url, port, wholeNumber } = variablesOf(env, 'akko-cockpit')
  return {
    port: port('AKKO_PORT', serviceNamed('cockpit').cluster?.ports.main),
    metricsPort: port('AKKO_METRICS_PORT', serviceNamed('cockpit').cluster?.ports.metrics),
    domain: text('AKKO_DOMAIN'),
    publicPort: port('AKKO_PUBLIC_PORT', 443),
    issuer: url('AKKO_OIDC_ISSUER'),
    backchannel: url('AKKO_OIDC_BACKCHANNEL'),
    client: { id: 'cockpit', secret: new Secret(text('AKKO_OIDC_CLIENT_SECRET')) },
    sqlUrl: url('AKKO_SQL_URL'),
    databaseUrl: url('AKKO_DATABASE_URL'),
    databasePassword: new Secret(text('AKKO_DATABASE_PASSWORD')),
    auditPassword: new Secret(text('AKKO_AUDIT_PASSWORD')),
    auditDays: wholeNumber('AKKO_AUDIT_DAYS', { least: LEAST_AUDIT_DAYS, otherwise: AUDIT_DAYS }),
    sessionKey: new Secret(text('AKKO_SESSION_KEY')),
    policyFolder: env.AKKO_POLICY_FOLDER,
  }
}
