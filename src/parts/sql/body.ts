// Bodies of requests: read within a limit, and not at all where nobody is known or nobody wants them.
import type http from 'node:http'

/** How long a client whose body is not wanted may go on sending it before its connection is cut, so that it can read the answer. */
const LINGER_MS = 1000

/** The body as text, or undefined as soon as it is longer; then the rest is left in the connection. */
export function readAtMost(req: http.IncomingMessage, limit: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      req.off('data', take)
      req.pause()
      resolve(undefined)
    }
    req.on('data', take)
    req.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.once('error', reject)
    req.once('close', () => reject(new Error('the client went away while it sent its statement')))
  })
}

/** For an answer that comes before the end of the body: what still comes is thrown away, and the connection is cut if that takes long. */
export function closeUnread(req: http.IncomingMessage, res: http.ServerResponse): void {
  if (req.complete) return
  const cut = () => {
    if (!req.complete) req.socket.destroy()
  }
  res.once('finish', () => setTimeout(cut, LINGER_MS).unref())
}
