// Builds what a run works with from the endpoints and the store of secrets.

import { createClients, type Endpoints } from '#ensure/clients/index'
import type { EnsureContext } from '#ensure/kind'
import type { SecretStore } from '#kit/secret'

export interface ContextOptions extends Endpoints {
  readonly secrets: SecretStore
}

/** One run's context; ask for a new one per run (shared answers live in it) and close it afterwards. */
export function createEnsureContext({ secrets, ...endpoints }: ContextOptions): EnsureContext {
  const clients = createClients(endpoints)
  return { clients, secrets, close: () => clients.close() }
}
