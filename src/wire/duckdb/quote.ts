// How DuckDB spells a text and a name. A character that its statement cannot carry is refused, never changed.
import { defineError } from '#kit/errors'

export const UnspeakableText = defineError('sql.not_supported', 400, 'a {what} with {character} is not served', {
  hint: 'take the character out, or keep the bytes as varbinary',
})

function carried(text: string, what: string): string {
  if (text.includes('\0')) throw UnspeakableText({ what, character: 'the character U+0000' })
  if (!text.isWellFormed()) throw UnspeakableText({ what, character: 'half of a surrogate pair' })
  return text
}

/** `'text'`; a backslash is itself. */
export function quoteText(text: string): string {
  return `'${carried(text, 'text').replaceAll("'", "''")}'`
}

/** `"name"` */
export function quoteName(name: string): string {
  return `"${carried(name, 'name').replaceAll('"', '""')}"`
}
