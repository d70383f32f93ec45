// Secrets that must exist before anything starts; all others are made by the ensure engine with what they open.
import { randomBytes } from 'node:crypto'
import { randomSecret, Secret, type SecretStore } from '#kit/secret'
import { secretName } from '#platform/names'
import { secretOrNew } from '#runtime/secrets'

export async function createBootstrapSecrets(store: SecretStore): Promise<void> {
  await secretOrNew(store, secretName.storageRoot, () => pair(`AKIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`))
  await secretOrNew(store, secretName.storageSession, randomSecret)
  await secretOrNew(store, secretName.catalogRoot, () => pair('root'))
  await secretOrNew(store, secretName.catalogTokens, randomSecret)
  await secretOrNew(store, secretName.identityAdmin, () => randomSecret(18))
  await secretOrNew(store, secretName.edgeSession, randomSecret)
}

function pair(id: string): Secret {
  return new Secret(`${id}:${randomSecret().reveal()}`)
}
