// Small helpers over the pool: one transaction, and the errors of PostgreSQL that mean something here.
import type { Pool, PoolClient } from 'pg'

export async function inTransaction<T>(pool: Pool, body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await body(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((e: Error) => {
      broken = e
    })
    throw error
  } finally {
    client.release(broken)
  }
}

function sqlState(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505'
export const isForeignKeyViolation = (error: unknown): boolean => sqlState(error) === '23503'
