// The aws-chunked content coding: data in chunks, each signed or not, with trailers behind the last; decoded as it arrives.
import { createHash, type Hash } from 'node:crypto'
import { EMPTY_SHA256, type Scope, sameSignature, scopeText, sha256Hex, signatureOf } from '#wire/s3/sigv4'

export const STREAMING = {
  signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  signedTrailer: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  unsignedTrailer: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
} as const

/** What the signatures of chunks are computed from. */
export interface ChunkSigner {
  readonly key: Buffer
  readonly timestamp: string
  readonly scope: Scope
  /** The signature of the request itself. */
  readonly seed: string
}

export class ChunkError extends Error {
  readonly reason: 'malformed' | 'signature'
  constructor(reason: 'malformed' | 'signature', message: string) {
    super(message)
    this.name = 'ChunkError'
    this.reason = reason
  }
}

export interface ChunkedDecoder {
  /** The data within `input`, without copying. Throws ChunkError. */
  push(input: Buffer): Buffer[]
  /** To be called at the end of the body; lower-case trailers. Throws ChunkError when it ended early. */
  finish(): ReadonlyMap<string, string>
}

export interface ChunkedOptions {
  /** Absent for unsigned chunks. */
  readonly signer?: ChunkSigner
  readonly trailers: boolean
}

const MAX_LINE = 16 * 1024

export function createChunkedDecoder({ signer, trailers: hasTrailers }: ChunkedOptions): ChunkedDecoder {
  let state: 'header' | 'data' | 'data-end' | 'trailers' | 'done' = 'header'
  let line: Buffer = Buffer.alloc(0)
  let remaining = 0
  let claimed = ''
  let previous = signer?.seed ?? ''
  let hash: Hash | undefined
  const trailers = new Map<string, string>()
  let signedTrailers = ''
  let trailerSignature: string | undefined

  const verifyChunk = (digest: string) => {
    if (!signer) return
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', signer.timestamp, scopeText(signer.scope), previous, EMPTY_SHA256, digest].join('\n')
    const expected = signatureOf(signer.key, text)
    if (!sameSignature(expected, claimed)) throw new ChunkError('signature', 'the signature of a chunk does not match')
    previous = expected
  }

  const verifyTrailers = () => {
    if (!signer) return
    const text = ['AWS4-HMAC-SHA256-TRAILER', signer.timestamp, scopeText(signer.scope), previous, sha256Hex(signedTrailers)].join('\n')
    if (trailerSignature === undefined || !sameSignature(signatureOf(signer.key, text), trailerSignature))
      throw new ChunkError('signature', 'the signature of the trailers does not match')
  }

  const header = (text: string) => {
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(text)
    if (!match || (signer && !match[2])) throw new ChunkError('malformed', 'a chunk header is malformed')
    remaining = Number.parseInt(match[1] as string, 16)
    claimed = match[2] ?? ''
    if (remaining > 0) {
      state = 'data'
      hash = signer ? createHash('sha256') : undefined
      return
    }
    verifyChunk(EMPTY_SHA256)
    state = hasTrailers ? 'trailers' : 'done'
  }

  const trailer = (text: string) => {
    if (text === '') {
      verifyTrailers()
      state = 'done'
      return
    }
    const colon = text.indexOf(':')
    if (colon < 1) throw new ChunkError('malformed', 'a trailer is malformed')
    const name = text.slice(0, colon).trim().toLowerCase()
    const value = text.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') trailerSignature = value
    else {
      trailers.set(name, value)
      signedTrailers += `${name}:${value}\n`
    }
  }

  /** Takes one line that ends with LF; undefined when `input` has no end of it yet. */
  const takeLine = (input: Buffer, at: number): { text: string; next: number } | undefined => {
    const end = input.indexOf(10, at)
    const piece = input.subarray(at, end < 0 ? input.length : end)
    if (line.length + piece.length > MAX_LINE) throw new ChunkError('malformed', 'a chunk header is too long')
    line = line.length === 0 ? piece : Buffer.concat([line, piece])
    if (end < 0) {
      line = Buffer.from(line)
      return undefined
    }
    const text = line.toString('latin1').replace(/\r$/, '')
    line = Buffer.alloc(0)
    return { text, next: end + 1 }
  }

  return {
    push(input) {
      const out: Buffer[] = []
      let at = 0
      while (at < input.length) {
        if (state === 'data') {
          const piece = input.subarray(at, at + remaining)
          hash?.update(piece)
          remaining -= piece.length
          at += piece.length
          out.push(piece)
          if (remaining === 0) {
            if (hash) verifyChunk(hash.digest('hex'))
            state = 'data-end'
          }
          continue
        }
        const taken = takeLine(input, at)
        if (!taken) break
        at = taken.next
        if (state === 'header') header(taken.text)
        else if (state === 'trailers') trailer(taken.text)
        else if (state === 'data-end') {
          if (taken.text !== '') throw new ChunkError('malformed', 'a chunk is longer than its header says')
          state = 'header'
        } else if (taken.text !== '') throw new ChunkError('malformed', 'data behind the last chunk')
      }
      return out
    },
    finish() {
      if (state === 'trailers' && line.length === 0) trailer('')
      if (state !== 'done') throw new ChunkError('malformed', 'the body ended within a chunk')
      return trailers
    },
  }
}
