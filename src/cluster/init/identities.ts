// SeaweedFS' file of S3 identities: who has which key, and may do what in which bucket.
import type { Identity } from '#platform/secret-objects'

export interface IdentitiesFile {
  readonly identities: readonly {
    readonly name: string
    readonly credentials: readonly { readonly accessKey: string; readonly secretKey: string }[]
    readonly actions: readonly string[]
  }[]
}

export function identitiesFile(keys: readonly (Identity & { readonly accessKey: string; readonly secretKey: string })[]): IdentitiesFile {
  return {
    identities: keys.map(({ name, accessKey, secretKey, buckets }) => ({
      name,
      credentials: [{ accessKey, secretKey }],
      actions: buckets.length === 0 ? [...ALL] : buckets.flatMap((b) => ACTIONS[b.mode].map((action) => `${action}:${b.name}`)),
    })),
  }
}

const ALL = ['Admin', 'Read', 'Write', 'List', 'Tagging'] as const
const ACTIONS = { read: ['Read', 'List'], write: ['Read', 'Write', 'List', 'Tagging'] } as const

/** Names of the wanted identities whose key, or one of whose rights, a file lacks. More rights are the operator's choice. */
export function accepts(file: IdentitiesFile, wanted: IdentitiesFile): string[] {
  const known: IdentitiesFile['identities'] = Array.isArray(file.identities) ? file.identities : []
  return wanted.identities
    .filter(({ credentials: [key], actions }) => {
      const holder = known.find((i) => i.credentials?.some((c) => c.accessKey === key?.accessKey && c.secretKey === key?.secretKey))
      const may = new Set(holder?.actions)
      return !holder || !actions.every((a) => may.has(a) || may.has('Admin') || may.has(a.split(':')[0] as string))
    })
    .map(({ name }) => name)
}
