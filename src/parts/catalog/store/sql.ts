// The errors of PostgreSQL that mean something here.

function sqlState(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505'
export const isForeignKeyViolation = (error: unknown): boolean => sqlState(error) === '23503'
