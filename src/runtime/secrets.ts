// Named secrets of one home: a 0600 file each, replaced atomically and synced.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Secret, type SecretStore } from '#kit/secret'

export function createFileSecretStore(dir: string): SecretStore {
  const file = (name: string) => join(dir, encodeURIComponent(name))
  return {
    get: async (name) => (existsSync(file(name)) ? new Secret(readFileSync(file(name), 'utf8')) : undefined),
    put: async (name, value) => {
      const target = file(name)
      const temporary = `${target}.${process.pid}.tmp`
      const fd = openSync(temporary, 'w', 0o600)
      try {
        writeSync(fd, value.reveal())
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, target)
      const folder = openSync(dir, 'r')
      fsyncSync(folder)
      closeSync(folder)
    },
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
