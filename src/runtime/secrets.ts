// Named secrets of one home: a 0600 file each, replaced atomically and synced. Links are never followed: root reads and writes here among the cells' own files.
import { closeSync, constants, fchownSync, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile } from '#kit/plain-file'
import { Secret, type SecretStore } from '#kit/secret'

export interface FileSecretStore extends SecretStore {
  /** One that is not there is removed. */
  remove(name: string): Promise<void>
}

export function createFileSecretStore(dir: string): FileSecretStore {
  const file = (name: string) => join(dir, encodeURIComponent(name))
  return {
    get: async (name) => {
      const text = readPlainFile(file(name))
      return text === undefined ? undefined : new Secret(text)
    },
    put: async (name, value) => {
      const target = file(name)
      const temporary = `${target}.${process.pid}.tmp`
      rmSync(temporary, { force: true }) // of a process of this id that was killed here
      const folder = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
      const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
      try {
        const owner = fstatSync(folder)
        if (process.getuid?.() === 0) fchownSync(fd, owner.uid, owner.gid)
        writeSync(fd, value.reveal())
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, target)
      fsyncSync(folder)
      closeSync(folder)
    },
    remove: async (name) => rmSync(file(name), { force: true }),
  }
}

/** The secret, made on first use. */
export async function secretOrNew(store: SecretStore, name: string, make: () => Secret): Promise<Secret> {
  const known = await store.get(name)
  if (known) return known
  const fresh = make()
  await store.put(name, fresh)
  return fresh
}

/** Waits for nothing: a secret that must be there by now. */
export async function requiredSecret(store: SecretStore, name: string): Promise<Secret> {
  const secret = await store.get(name)
  if (!secret) throw new Error(`the secret ${name} does not exist yet; \`akko apply\` makes it`)
  return secret
}

/** `id:secret` pairs: access keys, client credentials. */
export function splitPair(secret: Secret): { id: string; secret: Secret } {
  const text = secret.reveal()
  const at = text.indexOf(':')
  return { id: text.slice(0, at), secret: new Secret(text.slice(at + 1)) }
}
