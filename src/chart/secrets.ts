// The list of Secrets that the pre-install step makes, from the declarations.
import { secretName } from '#platform/names'
import { resourcesOf, services } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import { type SecretSpec, secretObject, secretRef } from '#platform/secret-objects'
import type { Site } from '#platform/service'

type Key = ResourceOf<'key'>

/** Every Secret of the cluster but the principals', which the catalogue itself gives out. */
export function secretSpecs(site: Site): SecretSpec[] {
  const resources = resourcesOf(site)
  const keys = resources.filter((r): r is Key => r.kind === 'key')
  const specs = [
    ...services.flatMap((s) => (s.cluster?.cnpg ? [superuser(secretName.superuser(s.name))] : [])),
    ...resources.flatMap(specOf),
    s3Key(secretName.storageRoot),
    {
      name: secretObject(secretName.storageIdentities),
      identities: [
        { name: 'root', secret: secretObject(secretName.storageRoot), buckets: [] },
        ...keys.map((k) => ({ name: k.name, secret: secretObject(k.secret), buckets: k.buckets })),
      ],
    },
    ...services.flatMap((s) => Object.values(s.cluster?.secretEnv ?? {})).flatMap((name) => plain(name)),
  ]
  return [...new Map(specs.reverse().map((s) => [s.name, s])).values()].reverse()
}

function specOf(r: Resource): SecretSpec[] {
  if (r.kind === 'role') return [{ name: secretObject(r.secret), literals: { username: r.name }, generate: random('password') }]
  if (r.kind === 'key') return [s3Key(r.secret)]
  if (r.kind === 'client' && r.secret) return [{ name: secretObject(r.secret), generate: random('value') }]
  if (r.kind === 'user') {
    const name = secretObject(r.secret)
    return [r.demoPassword === undefined ? { name, generate: random('value') } : { name, literals: { value: r.demoPassword } }]
  }
  return []
}

function superuser(name: string): SecretSpec {
  return { name: secretObject(name), type: 'kubernetes.io/basic-auth', literals: { username: 'postgres' }, generate: random('password') }
}

function s3Key(name: string): SecretSpec {
  return {
    name: secretObject(name),
    generate: { 'access-key': { bytes: 10, as: 'hex' }, 'secret-key': { bytes: 32, as: 'base64url' } },
  }
}

/** Secrets that no resource brings along: a service's own. */
function plain(name: string): SecretSpec[] {
  const ref = secretRef(name)
  if (ref.key !== 'value') return []
  return [{ name: ref.secret, generate: random('value') }]
}

function random(key: string): NonNullable<SecretSpec['generate']> {
  return { [key]: { bytes: 32, as: 'base64url' } }
}
