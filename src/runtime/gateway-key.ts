// The key by which a part knows the gateway.
import { gatewayKey } from '#kit/forwarded'
import type { Secret, SecretStore } from '#kit/secret'
import { secretName } from '#platform/names'
import { requiredSecret } from '#runtime/secrets'

/** Of one part, by its service's name. */
export async function gatewayKeyAt(secrets: SecretStore, part: string): Promise<Secret> {
  return gatewayKey(await requiredSecret(secrets, secretName.edgeKey), part)
}
