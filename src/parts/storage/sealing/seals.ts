// Which files are sealed, and by what: in the place of the mark that a file is there.
import type { Database } from 'lmdb'
import type { Durably } from '#parts/storage/commits'
import { UNSETTLED } from '#parts/storage/records'
import type { Sealed } from '#parts/storage/sealing/keyring'

export interface SealedFile {
  readonly id: string
  readonly sealed: Sealed
}

export interface Seals {
  /** The sealed key of a file; undefined of a plain one. */
  of(id: string): Sealed | undefined
  /** By their ids, behind this one. */
  list(after: string, limit: number): readonly SealedFile[]
  /** Those that are there still. */
  replace(files: readonly SealedFile[]): Promise<void>
}

export function openSeals(files: Database<true | Sealed, string>, durably: Durably): Seals {
  const of = (id: string): Sealed | undefined => {
    const found = files.get(id)
    return found === true ? undefined : found
  }
  return {
    of,
    list: (after, limit) => {
      const found: SealedFile[] = []
      for (const { key: id, value } of files.getRange({ start: after, end: UNSETTLED })) {
        if (value === true || id === after) continue
        found.push({ id, sealed: value })
        if (found.length === limit) break
      }
      return found
    },
    replace: (again) =>
      durably(() => {
        for (const { id, sealed } of again) if (of(id)) files.put(id, sealed)
      }),
  }
}
