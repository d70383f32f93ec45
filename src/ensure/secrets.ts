// Secrets that a kind makes by itself: stored before they are used, so that a crash in between locks nobody out.
import { randomSecret, type Secret, type SecretStore } from '#kit/secret'

const making = new WeakMap<SecretStore, Map<string, Promise<Secret>>>()

/** The stored secret, made and stored when missing. */
export async function storedOrNew(store: SecretStore, name: string, make: () => Secret = randomSecret): Promise<Secret> {
  const map = making.get(store) ?? new Map<string, Promise<Secret>>()
  making.set(store, map)
  const running = map.get(name)
  if (running) return running
  const mine = (async () => {
    const known = await store.get(name)
    if (known) return known
    const fresh = make()
    await store.put(name, fresh)
    return fresh
  })()
  map.set(name, mine)
  try {
    return await mine
  } finally {
    map.delete(name)
  }
}
