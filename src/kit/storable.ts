// Texts as PostgreSQL takes them: it holds no NUL, and would be given another character for half a surrogate pair.

export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** The same text, or the nearest that it takes. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')
