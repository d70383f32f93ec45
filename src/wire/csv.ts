// CSV (RFC 4180). A nothing is an empty field and an empty text is `""`, so that they stay apart, as PostgreSQL's COPY reads them.

/** One field; quoted where it must be, or where a reader might trim it. */
export function csvField(text: string | undefined): string {
  if (text === undefined) return ''
  return text === '' || /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}
