// Whom this machine sends its audit on to, as the settings say.
import { readFileSync } from 'node:fs'
import type { ForwardTarget } from '#kit/audit-forward'
import { httpTarget, otlpTarget, syslogTarget } from '#kit/audit-targets'
import type { SecretStore } from '#kit/secret'
import type { Machine } from '#runtime/machine'
import { requiredSecret } from '#runtime/secrets'

type Declared = Machine['config']['audit']['forward'][number]

export function forwardTargets({ config }: Pick<Machine, 'config'>, secrets: SecretStore): ForwardTarget[] {
  return config.audit.forward.map((declared) => ({
    name: (declared.syslog ?? declared.http ?? declared.otlp) as string,
    // Its files are read for each delivery: one that is not there is a target that is away, and keeps no process from starting.
    send: async (rows, signal) => (await open(declared, secrets)).send(rows, signal),
  }))
}

async function open({ syslog, http, otlp, ca, secret }: Declared, secrets: SecretStore): Promise<ForwardTarget> {
  const trust = ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }
  if (syslog !== undefined) return syslogTarget(syslog, trust)
  const known = secret === undefined ? undefined : await requiredSecret(secrets, secret)
  return http === undefined ? otlpTarget(otlp as string, known, trust) : httpTarget(http, known as NonNullable<typeof known>, trust)
}
