// The pre-install and pre-upgrade step: writes the Secrets that are missing, and never touches one that is there.
import { randomBytes } from 'node:crypto'
import { certificateFor, expiresSoon } from '#cluster/init/certificate'
import { SecretsWanting } from '#cluster/init/errors'
import { accepts, type IdentitiesFile, identitiesFile } from '#cluster/init/identities'
import { decode, encode, type Kubernetes, type SecretObject } from '#cluster/init/kubernetes'
import { LABELS } from '#cluster/init/secret-store'
import type { Identity, SecretSpec } from '#platform/secret-objects'

export interface SecretsReport {
  readonly created: readonly string[]
  readonly kept: readonly string[]
  /** Nothing is wrong yet, and somebody should know. */
  readonly warnings: readonly string[]
}

type Texts = Readonly<Record<string, string>>

/** Secret -> its texts, of those that are known. */
type Known = Map<string, Texts>

/** Safe to run twice at once: who is second finds the Secret and reads it. Throws one error that names all that is missing. */
export async function writeMissingSecrets(specs: readonly SecretSpec[], kubernetes: Kubernetes): Promise<SecretsReport> {
  const report = { created: [] as string[], kept: [] as string[], warnings: [] as string[] }
  const wanting: string[] = []
  const known: Known = new Map()
  const one = async (spec: SecretSpec): Promise<void> => {
    const found = await kubernetes.secret(spec.name)
    const made = found ? undefined : await make(spec, known)
    if (!found && made === undefined) {
      wanting.push(`${spec.name} must be created first, with ${listed(spec.require ?? ['the keys of its identities'])}`)
      return
    }
    const fresh = made ? await create(kubernetes, spec, made) : undefined
    ;(fresh ? report.created : report.kept).push(spec.name)
    const texts = fresh ?? textsOf(found ?? (await kubernetes.secret(spec.name)))
    known.set(spec.name, texts)
    if (!fresh) wanting.push(...wantingOf(spec, texts, known))
    if (spec.selfSigned && texts['tls.crt'] && expiresSoon(texts['tls.crt']))
      report.warnings.push(`the certificate in ${spec.name} expires soon: delete the Secret and upgrade to have a new one made`)
  }
  // What is made from other Secrets comes after them.
  await Promise.all(specs.filter((s) => !s.identities).map(one))
  await Promise.all(specs.filter((s) => s.identities).map(one))
  if (wanting.length > 0) throw SecretsWanting({ count: wanting.length, list: wanting.sort().join('; ') })
  return report
}

/** The texts of a new Secret; undefined where only the operator can give them. */
async function make(spec: SecretSpec, known: Known): Promise<Texts | undefined> {
  if (spec.require?.length) return undefined
  const random = Object.entries(spec.generate ?? {}).map(([key, { bytes, as }]) => [key, randomBytes(bytes).toString(as)])
  const texts = { ...spec.literals, ...Object.fromEntries(random) }
  if (spec.selfSigned) Object.assign(texts, await certificateFor(spec.selfSigned))
  if (!spec.identities) return texts
  const file = identitiesFrom(spec.identities, known)
  return file && { ...texts, 'identities.json': `${JSON.stringify(file, null, 1)}\n` }
}

/** What was written, or undefined when somebody else was faster. */
async function create(kubernetes: Kubernetes, spec: SecretSpec, texts: Texts): Promise<Texts | undefined> {
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]))
  const secret: SecretObject = { metadata: { name: spec.name, labels: LABELS }, type: spec.type ?? 'Opaque', data }
  return (await kubernetes.createSecret(secret)) ? texts : undefined
}

function textsOf(secret: SecretObject | undefined): Texts {
  return Object.fromEntries(Object.entries(secret?.data ?? {}).map(([key, data]) => [key, decode(data)]))
}

/** What a Secret that was there already lacks, one sentence each. */
function wantingOf(spec: SecretSpec, texts: Texts, known: Known): string[] {
  const missing = neededKeys(spec).filter((key) => !texts[key])
  if (missing.length > 0) return [`${spec.name} lacks ${listed(missing)}`]
  const wanted = spec.identities && identitiesFrom(spec.identities, known)
  if (!wanted) return []
  const strangers = accepts(parseIdentities(texts['identities.json'] ?? ''), wanted)
  return strangers.length === 0
    ? []
    : [
        `${spec.name} (identities.json) does not know the key or the buckets of ${strangers.join(', ')}: delete it, upgrade, restart the storage`,
      ]
}

function neededKeys(spec: SecretSpec): string[] {
  const generated = Object.keys(spec.generate ?? {})
  // A user's name beside a password is read only where the type of the Secret says so.
  const literal = generated.length === 0 || spec.type === 'kubernetes.io/basic-auth' ? Object.keys(spec.literals ?? {}) : []
  return [
    ...literal,
    ...generated,
    ...(spec.require ?? []),
    ...(spec.identities ? ['identities.json'] : []),
    ...(spec.selfSigned ? ['tls.crt', 'tls.key'] : []),
  ]
}

function identitiesFrom(identities: readonly Identity[], known: Known): IdentitiesFile | undefined {
  const keys = identities.map((i) => ({ ...i, key: known.get(i.secret) }))
  if (keys.some(({ key }) => !key?.['access-key'] || !key['secret-key'])) return undefined
  return identitiesFile(
    keys.map(({ key, ...i }) => ({ ...i, accessKey: key?.['access-key'] as string, secretKey: key?.['secret-key'] as string })),
  )
}

function parseIdentities(text: string): IdentitiesFile {
  try {
    return JSON.parse(text) as IdentitiesFile
  } catch {
    return { identities: [] }
  }
}

const listed = (keys: readonly string[]) => (keys.length === 1 ? `the key ${keys[0]}` : `the keys ${keys.join(', ')}`)
