// Numbers of objects that follow from their names: two runs that meet make one object, and a renamed one is found again.
import { createHash } from 'node:crypto'

/** In the form of RFC 9562, version 5. */
export function uuidFrom(...name: readonly string[]): string {
  const bytes = createHash('sha1')
    .update(['akko', ...name].join('/'))
    .digest()
    .subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
