// What manifests and manifest lists say, kept after it was read: such a file never changes under its name. Bounded in bytes, the least recently used go.
import type { ManifestEntry, ManifestFile } from '#wire/iceberg/manifest/types'

/** Keeps what was decoded, by a name that tells all that the decoding depended on. Whoever asks has made sure that the file is his to read. */
export interface Decoded {
  get<T extends readonly Item[]>(key: string): T | undefined
  set(key: string, items: readonly Item[]): void
}

type Item = ManifestFile | ManifestEntry

const MIB = 1024 * 1024

export function createDecoded(limitBytes = 32 * MIB): Decoded {
  /** Least recently used first. */
  const kept = new Map<string, { readonly items: readonly Item[]; readonly bytes: number }>()
  let held = 0
  const drop = (key: string) => {
    held -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get<T extends readonly Item[]>(key: string) {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found.items as T
    },
    set(key, items) {
      drop(key)
      const bytes = items.reduce((sum, item) => sum + sizeOf(item), 2 * key.length)
      if (bytes > limitBytes / 4) return
      kept.set(key, { items, bytes })
      held += bytes
      for (const oldest of kept.keys()) {
        if (held <= limitBytes) break
        drop(oldest)
      }
    },
  }
}

const OBJECT = 400
const ENTRY = 48

/** Roughly what it holds in memory. */
function sizeOf(item: Item): number {
  if (!('file' in item)) return OBJECT + 2 * item.path.length + item.partitions.length * 2 * OBJECT
  const { file } = item
  const counts = file.columnSizes.size + file.valueCounts.size + file.nullCounts.size + file.partition.length
  const bounds = [...file.lowerBounds.values(), ...file.upperBounds.values()]
  return OBJECT + 2 * file.path.length + counts * ENTRY + bounds.reduce((sum, bound) => sum + 2 * ENTRY + bound.length, 0)
}
