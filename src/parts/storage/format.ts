// The form of the index on disk: marked when it is opened, and never read by a program that does not know it.
import type { Database, RootDatabase } from 'lmdb'
import { BESIDE_BUCKETS } from '#parts/storage/records'

/**
 * The first, which was not marked, knew no versions: what it holds has no order and is older than all of them, and so means the same in the
 * second. In the third a file may have its sealed key, in the place of the mark that it is there, which the second took for none. A form that does not contain the one before changes what is stored in the transaction below.
 */
export const FORMAT = 3

/** @throws for the index of a later program */
export function bringToForm(env: RootDatabase, marks: Database<number, string>): void {
  env.transactionSync(() => {
    const found = marks.get(BESIDE_BUCKETS) ?? 1
    if (found > FORMAT) throw new Error(`the index of the store has the form ${found}; this program knows none later than ${FORMAT}`)
    if (found < FORMAT) marks.put(BESIDE_BUCKETS, FORMAT)
  })
}
