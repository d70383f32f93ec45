// DuckDB literals and identifiers, for the table expressions that connectors hand to the engine.

export function duckLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function duckIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
