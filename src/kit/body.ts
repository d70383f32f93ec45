// Bodies of requests, within a limit. What is answered before its body ended is cut off by the server's limits.
import type { IncomingMessage } from 'node:http'
import { defineError } from '#kit/errors'

/** Of what is read into memory where nobody says another. */
export const LARGEST_BODY = 16 * 1024 * 1024

export const BodyTooLarge = defineError('http.body_too_large', 413, 'the body is larger than {limit} bytes')
export const BodyCutOff = defineError('http.body_cut_off', 400, 'the connection ended within the body')

/** The body, or undefined as soon as it is longer, or says so; then the rest is left in the connection. @throws BodyCutOff */
export function readAtMost(req: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const leave = () => req.off('data', take).off('end', finish).off('error', fail).off('close', fail)
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      leave()
      req.pause()
      resolve(undefined)
    }
    const finish = () => {
      leave()
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    }
    const fail = (cause?: unknown) => {
      leave()
      reject(BodyCutOff({}, cause))
    }
    req.on('data', take).on('end', finish).on('error', fail).on('close', fail)
  })
}

/** The whole body. @throws BodyTooLarge, BodyCutOff */
export async function readBytes(req: IncomingMessage, limit = LARGEST_BODY): Promise<Buffer> {
  const body = await readAtMost(req, limit)
  if (body === undefined) throw BodyTooLarge({ limit })
  return body
}

/** The same as text. */
export async function readText(req: IncomingMessage, limit = LARGEST_BODY): Promise<string> {
  return (await readBytes(req, limit)).toString('utf8')
}
