// Secrets that must exist before anything starts, as the parts declare them; all others are made by the ensure engine with what they open.
import { randomBytes } from 'node:crypto'
import { randomSecret, Secret, type SecretStore } from '#kit/secret'
import { machineServices } from '#platform/registry'
import type { FirstSecret } from '#platform/service'
import { secretOrNew } from '#runtime/secrets'

export async function createBootstrapSecrets(store: SecretStore): Promise<void> {
  for (const secret of machineServices().flatMap((s) => s.machine.secrets ?? [])) await secretOrNew(store, secret.name, () => make(secret))
}

function make({ bytes, id }: FirstSecret): Secret {
  const secret = randomSecret(bytes)
  if (id === undefined) return secret
  return new Secret(`${id === 'access-key' ? accessKeyId() : id}:${secret.reveal()}`)
}

function accessKeyId(): string {
  return `AKIA${randomBytes(8).toString('hex').toUpperCase()}`
}
