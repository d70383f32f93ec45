// What a write brought into the store: kept when its commit went through, removed when it is known to have failed, else left on record.
import type { Caller } from '#kit/access'
import type { LakeFiles } from '#parts/sql/ports'

export interface Adopted {
  adopt(files: readonly { readonly path: string; readonly uri: string }[]): Promise<void>
  /** No commit will name it, whatever becomes of the rest. */
  unused(uri: string): void
  /** The commit names all but the unused. */
  keep(): Promise<void>
  /** No commit names any. */
  discard(): Promise<void>
}

export function createAdopted(files: LakeFiles, caller: Caller, queryId: string): Adopted {
  const uris = new Set<string>()
  const unused = new Set<string>()
  // A store that does not answer now keeps the files on record: what the write itself came to is not changed by that.
  const tell = async (what: 'settle' | 'discard', which: readonly string[]) => {
    if (which.length > 0) await files[what](caller, queryId, which).catch(() => undefined)
  }
  return {
    adopt: async (list) => {
      for (const { uri } of list) uris.add(uri)
      await files.adopt(caller, queryId, list)
    },
    unused: (uri) => {
      unused.add(uri)
    },
    keep: async () => {
      await tell(
        'settle',
        [...uris].filter((uri) => !unused.has(uri)),
      )
      await tell('discard', [...unused])
    },
    discard: () => tell('discard', [...uris]),
  }
}
