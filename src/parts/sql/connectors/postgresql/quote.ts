// PostgreSQL literals and identifiers. COPY takes no parameters, so whatever reaches its text goes through here.

/** `"name"`; a NUL cannot be in a name. */
export function pgIdentifier(name: string): string {
  if (name.includes('\0')) throw new Error('an identifier cannot hold a NUL')
  return `"${name.replaceAll('"', '""')}"`
}

/** `'text'`, safe whatever `standard_conforming_strings` says; undefined when no PostgreSQL text can hold it. */
export function pgLiteral(text: string): string | undefined {
  if (text.includes('\0')) return undefined
  const doubled = text.replaceAll("'", "''")
  return doubled.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}
