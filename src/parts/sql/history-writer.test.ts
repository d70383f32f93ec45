// Batches of the history: what a database refuses of one is not the others' loss.
import { expect, it } from 'vitest'
import { createHistoryWriter } from '#parts/sql/history-writer'
import type { Query } from '#parts/sql/query/query'

const query = (id: string) => ({ id }) as Query

it('loses none of those that were written together with one that no row can hold', async () => {
  const rows: string[] = []
  const writer = createHistoryWriter(async (queries) => {
    if (queries.some(({ id }) => id === 'bad')) throw Object.assign(new Error('out of range'), { code: '22003' })
    rows.push(...queries.map(({ id }) => id))
  }, 10)
  const written = await Promise.allSettled(['a', 'bad', 'b'].map((id) => writer.write(query(id))))
  expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(rows).toEqual(['a', 'b'])
})
