// Secrets of the platform as Kubernetes Secrets: which object and key holds each, so that whoever writes and whoever reads agree.
import { secretName } from '#platform/names'

/** Where a consumer finds one secret. */
export interface SecretRef {
  readonly secret: string
  readonly key: string
}

/** What one S3 identity may do. */
export interface Identity {
  readonly name: string
  /** The Secret that holds its key. */
  readonly secret: string
  /** None: everything. */
  readonly buckets: readonly { readonly name: string; readonly mode: 'read' | 'write' }[]
}

/** One Secret that the pre-install step writes when it is missing. */
export interface SecretSpec {
  readonly name: string
  readonly type?: string
  readonly literals?: Readonly<Record<string, string>>
  /** Key -> random bytes, and how they are written. */
  readonly generate?: Readonly<Record<string, { readonly bytes: number; readonly as: 'base64url' | 'hex' }>>
  /** Keys that only the operator can give: the Secret must be there first. */
  readonly require?: readonly string[]
  /** SeaweedFS' identities file, from the keys' Secrets. */
  readonly identities?: readonly Identity[]
  /** A certificate by an authority of its own, for these names; written only when global.tls.mode says so. */
  readonly selfSigned?: readonly string[]
}

/** `postgresql.role.keycloak` -> Secret akko-postgresql-role-keycloak, key `password`. */
export function secretRef(name: string): SecretRef {
  const secret = secretObject(name)
  if (name.endsWith('.superuser') || name.includes('.role.')) return { secret, key: 'password' }
  if (name.startsWith('catalog.principal.')) return { secret, key: 'credential' }
  if (name === secretName.storageIdentities) return { secret, key: 'identities.json' }
  if (isS3Key(name)) return { secret, key: 'secret-key' }
  return { secret, key: 'value' }
}

/** Whether a secret is an S3 key, which has two halves. */
export function isS3Key(name: string): boolean {
  return name.startsWith(secretName.key('')) || name === secretName.storageRoot
}

/** The two halves of an S3 key. */
export function s3KeyRefs(name: string): { readonly id: SecretRef; readonly secret: SecretRef } {
  const secret = secretObject(name)
  return { id: { secret, key: 'access-key' }, secret: { secret, key: 'secret-key' } }
}

/** The Secret of one secret that nobody gives: random where whoever reads looks for it, beside what is known of it. */
export function randomSecret(name: string, literals?: SecretSpec['literals']): SecretSpec {
  const { secret, key } = secretRef(name)
  const generate: SecretSpec['generate'] = isS3Key(name)
    ? { 'access-key': { bytes: 10, as: 'hex' }, 'secret-key': { bytes: 32, as: 'base64url' } }
    : { [key]: { bytes: 32, as: 'base64url' } }
  return { name: secret, ...(literals ? { literals } : {}), generate }
}

export function secretObject(name: string): string {
  return `akko-${name.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}`
}

/** Exit codes of akko-init that the chart acts on. */
export const EXIT = { failed: 1, changes: 2, operator: 3 } as const
