// Values over a stream, each behind its length, as V8 clones them.
import type { Duplex } from 'node:stream'
import { deserialize, serialize } from 'node:v8'

/** Bytes of a length, which is big-endian. */
const HEAD = 4

/** Calls `take` with each value that comes; returns what sends one. */
export function framed<In, Out>(stream: Duplex, take: (value: In) => void): (value: Out) => void {
  let held: Buffer[] = []
  let bytes = 0
  let wanted = HEAD
  const read = () => {
    let buffer = Buffer.concat(held)
    for (;;) {
      const end = buffer.length < HEAD ? HEAD : HEAD + buffer.readUInt32BE()
      if (buffer.length < end) {
        held = [buffer]
        wanted = end
        return
      }
      const value = deserialize(buffer.subarray(HEAD, end)) as In
      buffer = buffer.subarray(end)
      bytes = buffer.length
      take(value)
    }
  }
  stream.on('data', (part: Buffer) => {
    held.push(part)
    bytes += part.length
    if (bytes >= wanted) read()
  })
  return (value) => {
    const body = serialize(value)
    const head = Buffer.alloc(HEAD)
    head.writeUInt32BE(body.length)
    stream.write(Buffer.concat([head, body]))
  }
}
