// Alerts that are nobody's own: of the machine, of every process, of each PostgreSQL server. A part declares its own in its service file.
import type { Alert } from '#kit/alert'
import { MONITOR_ROLE, secretName } from '#platform/names'
import type { ResourceOf } from '#platform/resources'
import type { Site } from '#platform/service'

const DAY = 86_400

export const MACHINE_ALERTS: readonly Alert[] = [
  {
    name: 'AuditEventsLost',
    severity: 'bad',
    metric: 'akko_audit_lost_total',
    overSeconds: 900,
    by: ['cell'],
    op: '>',
    value: 0,
    forSeconds: 0,
    says: '%{value} refusals in the process %{cell} could not be recorded within 15 minutes: they stand in the log only',
    action: './akko logs audit',
  },
  {
    name: 'AuditNotForwarded',
    severity: 'bad',
    metric: 'akko_audit_forward_failing',
    by: ['target'],
    op: '>',
    value: 0,
    forSeconds: 600,
    says: 'Nothing of the audit reaches %{target}: events wait in the database',
    action: './akko logs audit',
  },
  {
    name: 'PolicyRefused',
    severity: 'bad',
    metric: 'akko_policy_refused',
    by: [],
    op: '>',
    value: 0,
    forSeconds: 0,
    says: "The policy's files cannot be put in force: what was in force before goes on",
    action: './akko policy check',
  },
  {
    name: 'RolesUnknownToPolicy',
    severity: 'warn',
    metric: 'akko_policy_unknown_roles',
    by: ['role'],
    op: '>',
    value: 0,
    forSeconds: 0,
    says: '%{value} people hold the role %{role}, which the policy in force does not know: it gives them nothing',
    action: './akko user list',
  },
  {
    name: 'ProcessRestartsAgain',
    severity: 'bad',
    metric: 'akko_cell_restarts_total',
    overSeconds: 600,
    by: ['cell'],
    op: '>',
    value: 2,
    forSeconds: 0,
    says: 'The process %{cell} ended by itself %{value} times within 10 minutes',
    action: './akko logs %{cell}',
  },
  {
    name: 'ProcessMemoryNearLimit',
    severity: 'warn',
    metric: 'akko_cell_data_bytes',
    of: 'akko_cell_data_limit_bytes',
    by: ['cell'],
    op: '>',
    value: 0.95,
    forSeconds: 60,
    says: 'The process %{cell} holds %{value} of the memory that it may have',
    action: './akko logs %{cell}',
  },
  ...(
    [
      ['DiskNearlyFull', 'warn', 0.1],
      ['DiskFull', 'bad', 0.02],
    ] as const
  ).map(
    ([name, severity, value]): Alert => ({
      name,
      severity,
      metric: 'akko_disk_free_bytes',
      of: 'akko_disk_size_bytes',
      by: [],
      op: '<',
      value,
      forSeconds: 0,
      says: 'Of the disk of the home %{value} is free',
      action: 'free some space there, or lay the home on a larger file system: `./akko doctor` says where it is',
    }),
  ),
]

/** Of a server that is asked for its connections. */
export function postgresAlerts(server: string): Alert[] {
  return [
    {
      name: 'PostgresTakesNoConnections',
      severity: 'bad',
      metric: 'akko_postgresql_full',
      labels: { server },
      by: ['server'],
      op: '>',
      value: 0,
      forSeconds: 0,
      says: '%{server} takes no more connections: who has one works on, and nobody else comes in',
      action: `./akko logs ${server}`,
    },
    {
      name: 'PostgresConnectionsNearMaximum',
      severity: 'warn',
      metric: 'akko_postgresql_connections',
      labels: { server },
      of: 'akko_postgresql_connections_limit',
      by: ['server'],
      op: '>',
      value: 0.9,
      forSeconds: 30,
      says: '%{value} of the connections of %{server} are taken',
      action: `./akko logs ${server}`,
    },
  ]
}

/** Who asks it, on one machine. */
export function monitorRole(server: string, site: Site): ResourceOf<'role'>[] {
  if (site.shape !== 'machine') return []
  return [{ kind: 'role', server, name: MONITOR_ROLE, secret: secretName.role(server, MONITOR_ROLE), memberOf: ['pg_monitor'] }]
}

/** Of a certificate: `warnDays` and `badDays` before its end. */
export function certificateAlerts(certificate: string, [warnDays, badDays]: readonly [number, number], action: string): Alert[] {
  const alert = (name: string, severity: Alert['severity'], days: number): Alert => ({
    name,
    severity,
    metric: 'akko_certificate_seconds_left',
    labels: { certificate },
    by: ['certificate'],
    op: '<',
    value: days * DAY,
    forSeconds: 0,
    says: `The certificate of the ${certificate} ends within ${days} days, or has ended`,
    action,
  })
  return [alert('CertificateEndsSoon', 'warn', warnDays), alert('CertificateEnds', 'bad', badDays)]
}
