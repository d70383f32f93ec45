// The list of Secrets that the pre-install step makes, from the declarations.
import { kindOf } from '#ensure/kinds'
import { secretName } from '#platform/names'
import { resourcesOf, services } from '#platform/registry'
import type { ResourceOf } from '#platform/resources'
import { randomSecret, type SecretSpec, secretObject, secretRef } from '#platform/secret-objects'
import type { Site } from '#platform/service'

type Key = ResourceOf<'key'>

/** Every Secret of the cluster but those that a server or the operator gives. */
export function secretSpecs(site: Site): SecretSpec[] {
  const resources = resourcesOf(site)
  const keys = resources.filter((r): r is Key => r.kind === 'key')
  const specs = [
    ...services.flatMap((s) => (s.cluster?.cnpg ? [superuser(secretName.superuser(s.name))] : [])),
    ...resources.flatMap((r) => kindOf(r).secretSpec?.(r) ?? []),
    randomSecret(secretName.storageRoot),
    {
      name: secretObject(secretName.storageIdentities),
      identities: [
        { name: 'root', secret: secretObject(secretName.storageRoot), buckets: [] },
        ...keys.map((k) => ({ name: k.name, secret: secretObject(k.secret), buckets: k.buckets })),
      ],
    },
    ...services.flatMap((s) => Object.values(s.cluster?.secretEnv ?? {})).flatMap((name) => own(name)),
  ]
  return [...new Map(specs.reverse().map((s) => [s.name, s])).values()].reverse()
}

function superuser(name: string): SecretSpec {
  return { ...randomSecret(name, { username: 'postgres' }), type: 'kubernetes.io/basic-auth' }
}

/** Secrets that no resource brings along: a service's own. */
function own(name: string): SecretSpec[] {
  return secretRef(name).key === 'value' ? [randomSecret(name)] : []
}
