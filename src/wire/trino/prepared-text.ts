// How the text of a prepared statement travels in a header, as Trino's own PreparedStatementEncoder: long ones are compressed when that pays.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

const COMPRESSED = '$zstd:'
/** Characters from which compression is tried, and how many it must save (Trino's defaults). */
const [LENGTH, GAIN] = [2048, 512]

export function packStatement(sql: string): string {
  if (sql.length < LENGTH) return sql
  const packed = COMPRESSED + zstdCompressSync(sql, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).toString('base64url')
  return packed.length + GAIN <= sql.length ? packed : sql
}

/** Undefined where it is not what `packStatement` gives, or longer than `maxBytes`. */
export function unpackStatement(text: string, maxBytes: number): string | undefined {
  if (!text.startsWith(COMPRESSED)) return text
  try {
    return zstdDecompressSync(Buffer.from(text.slice(COMPRESSED.length), 'base64url'), { maxOutputLength: maxBytes }).toString('utf8')
  } catch {
    return undefined
  }
}
