// The keys that seal the keys of sealed files: one seals now, others are there as long as something is sealed by them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Secret } from '#kit/secret'
import { Corrupted, SealingKeyLost } from '#parts/storage/errors'

/** Where the keys are kept: one secret, written whole and durably. */
export interface KeyringFile {
  get(): Promise<Secret | undefined>
  put(keys: Secret): Promise<void>
}

/** A file's own key, as the index keeps it. */
export interface Sealed {
  /** The id of the key that it is sealed by. */
  readonly by: string
  /** Nonce, sealed key and tag, in Base64. */
  readonly key: string
}

/** Called inside the transaction that names the file, so that what is sealed by a key is known when the key is replaced. */
export type Seal = (fileId: string) => Sealed

export interface FileKey {
  readonly key: Buffer
  readonly seal: Seal
}

export interface Keyring {
  /** For one file. */
  fileKey(): Promise<FileKey>
  /** @throws Corrupted, SealingKeyLost */
  open(fileId: string, sealed: Sealed): Buffer
  /** The same under the key of now. @throws Corrupted, SealingKeyLost */
  again(fileId: string, sealed: Sealed): Sealed
  isCurrent(sealed: Sealed): boolean
  /** A new key seals from now on. */
  renew(): Promise<void>
  /** Those that do not seal any more go. */
  retire(): Promise<void>
  /** Of keys that do not seal any more. */
  readonly retired: number
}

interface Kept {
  readonly active: string
  /** By id, in Base64. */
  readonly keys: Readonly<Record<string, string>>
}

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/** `inUse`: whether anything is sealed; then no key is made in the place of one that is lost. */
export async function openKeyring(file: KeyringFile, inUse: () => boolean): Promise<Keyring> {
  const text = (await file.get())?.reveal()
  let kept: Kept | undefined = text === undefined ? undefined : (JSON.parse(text) as Kept)
  let making: Promise<void> | undefined

  const keep = async (next: Kept) => {
    await file.put(new Secret(JSON.stringify(next)))
    kept = next
  }
  const renew = () => {
    const id = randomBytes(8).toString('hex')
    return keep({ active: id, keys: { ...kept?.keys, [id]: randomBytes(32).toString('base64') } })
  }
  const keyOf = (id: string): Buffer => {
    const key = kept && Object.hasOwn(kept.keys, id) ? kept.keys[id] : undefined
    if (key === undefined) throw SealingKeyLost({ key: id })
    return Buffer.from(key, 'base64')
  }
  const seal = (fileId: string, key: Buffer): Sealed => {
    const by = (kept as Kept).active
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv(CIPHER, keyOf(by), nonce).setAAD(Buffer.from(fileId))
    const body = cipher.update(key)
    cipher.final()
    return { by, key: Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64') }
  }
  const open = (fileId: string, { by, key: text }: Sealed): Buffer => {
    const key = Buffer.from(text, 'base64')
    const decipher = createDecipheriv(CIPHER, keyOf(by), key.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.from(fileId)).setAuthTag(key.subarray(-TAG))
    const opened = decipher.update(key.subarray(NONCE, -TAG))
    try {
      decipher.final()
    } catch (error) {
      throw Corrupted({}, error)
    }
    return opened
  }
  const first = async () => {
    if (inUse()) throw SealingKeyLost({ key: 'of all' })
    await renew()
  }

  return {
    fileKey: async () => {
      if (!kept) {
        making ??= first().finally(() => {
          making = undefined
        })
        await making
      }
      const key = randomBytes(32)
      return { key, seal: (fileId) => seal(fileId, key) }
    },
    open,
    again: (fileId, sealed) => seal(fileId, open(fileId, sealed)),
    isCurrent: ({ by }) => by === kept?.active,
    renew: async () => {
      if (!kept) return first()
      await renew()
    },
    retire: async () => {
      if (kept) await keep({ active: kept.active, keys: { [kept.active]: kept.keys[kept.active] as string } })
    },
    get retired() {
      return kept ? Object.keys(kept.keys).length - 1 : 0
    },
  }
}
