// DuckDB text literals.

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
