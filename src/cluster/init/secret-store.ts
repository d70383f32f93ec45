// The ensure engine's store of secrets on a cluster: Kubernetes Secrets under the names that their consumers are rendered with.

import { BadInput } from '#cluster/init/errors'
import { decode, encode, type Kubernetes, type SecretObject } from '#cluster/init/kubernetes'
import { Secret, type SecretStore } from '#kit/secret'
import { isS3Key, type SecretRef, s3KeyRefs, secretRef } from '#platform/secret-objects'

export const LABELS = { 'app.kubernetes.io/part-of': 'akko' } as const

export function createSecretStore(kubernetes: Kubernetes): SecretStore {
  return {
    get: async (name) => {
      const refs = refsOf(name)
      const found = await kubernetes.secret((refs[0] as SecretRef).secret)
      const parts = refs.map(({ key }) => found?.data?.[key])
      if (parts.some((part) => !part)) return undefined
      return new Secret(parts.map((part) => decode(part as string)).join(':'))
    },
    put: async (name, value) => {
      const refs = refsOf(name)
      const data = dataOf(refs, value.reveal())
      const object = (refs[0] as SecretRef).secret
      for (let attempt = 0; attempt < 10; attempt++) {
        const found: SecretObject | undefined = await kubernetes.secret(object)
        const wanted = { ...found?.data, ...data }
        if (found && Object.entries(data).every(([key, text]) => found.data?.[key] === text)) return
        const done = found
          ? await kubernetes.replaceSecret({ ...found, data: wanted })
          : await kubernetes.createSecret({ metadata: { name: object, labels: LABELS }, type: 'Opaque', data: wanted })
        if (done) return
      }
      throw BadInput({ what: `the Secret ${object} is changed by somebody else all the time` })
    },
  }
}

/** An S3 key has two halves, anything else is one text. */
function refsOf(name: string): readonly SecretRef[] {
  if (!isS3Key(name)) return [secretRef(name)]
  const { id, secret } = s3KeyRefs(name)
  return [id, secret]
}

function dataOf(refs: readonly SecretRef[], text: string): Record<string, string> {
  const cut = refs.length === 1 ? -1 : text.indexOf(':')
  const parts = cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)]
  return Object.fromEntries(refs.map(({ key }, i) => [key, encode(parts[i] ?? '')]))
}
