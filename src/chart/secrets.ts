// Secrets of the platform as Kubernetes Secrets: one name and key for each, and the list that the pre-install step makes.
import { secretName } from '#platform/names'
import { resourcesOf, services } from '#platform/registry'
import type { Key, Resource } from '#platform/resources'
import type { Site } from '#platform/service'

/** Where a consumer finds one secret. */
export interface SecretRef {
  readonly secret: string
  readonly key: string
}

/** One Secret that the pre-install step writes when it is missing. */
export interface SecretSpec {
  readonly name: string
  readonly type?: string
  readonly literals?: Readonly<Record<string, string>>
  /** Key -> random bytes, and how they are written. */
  readonly generate?: Readonly<Record<string, { readonly bytes: number; readonly as: 'base64url' | 'hex' }>>
  /** SeaweedFS' identities file, from the keys' Secrets. */
  readonly identities?: readonly { readonly name: string; readonly secret: string; readonly buckets: Key['buckets'] }[]
  /** A certificate signed by itself, for these names; written only when global.tls.mode says so. */
  readonly selfSigned?: readonly string[]
}

/** `postgresql.role.keycloak` -> Secret akko-postgresql-role-keycloak, key `password`. */
export function secretRef(name: string): SecretRef {
  const secret = secretObject(name)
  if (name.endsWith('.superuser') || name.includes('.role.')) return { secret, key: 'password' }
  if (name.startsWith('catalog.principal.')) return { secret, key: 'credential' }
  if (name === secretName.storageIdentities) return { secret, key: 'identities.json' }
  if (name.startsWith('storage.key.') || name === secretName.storageRoot) return { secret, key: 'secret-key' }
  return { secret, key: 'value' }
}

/** The two halves of an S3 key. */
export function s3KeyRefs(name: string): { readonly id: SecretRef; readonly secret: SecretRef } {
  const secret = secretObject(name)
  return { id: { secret, key: 'access-key' }, secret: { secret, key: 'secret-key' } }
}

function secretObject(name: string): string {
  return `akko-${name.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}`
}

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
