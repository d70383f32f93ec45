// The checksums that S3 clients send and ask for, computed piece by piece and printed as base64.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Crc64, crc32c, crc64nvme } from '#wire/s3/crc'

export const CHECKSUMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'MD5', 'SHA1', 'SHA256', 'SHA512'] as const
export type ChecksumAlgorithm = (typeof CHECKSUMS)[number]

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; of a composite checksum with `-parts` behind it. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

export interface Digest {
  update(data: Buffer): void
  /** Base64. */
  finish(): string
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** Element name in XML: `ChecksumCRC32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`
}

/** Undefined for a name that is not one. */
export function parseChecksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const upper = name.toUpperCase()
  return CHECKSUMS.find((c) => c === upper)
}

export function createDigest(algorithm: ChecksumAlgorithm): Digest {
  switch (algorithm) {
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
    case 'SHA512': {
      const hash = createHash(algorithm.toLowerCase())
      return { update: (data) => void hash.update(data), finish: () => hash.digest('base64') }
    }
    case 'CRC64NVME': {
      let state: Crc64 = { high: 0, low: 0 }
      return {
        update: (data) => {
          state = crc64nvme(data, state)
        },
        finish: () => words(state.high, state.low),
      }
    }
    default: {
      const step = algorithm === 'CRC32' ? crc32 : crc32c
      let state = 0
      return {
        update: (data) => {
          state = step(data, state)
        },
        finish: () => words(state),
      }
    }
  }
}

/** The checksum of an object of parts: the checksum of their checksums, and how many. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const digest = createDigest(algorithm)
  digest.update(Buffer.concat(parts.map((p) => Buffer.from(p, 'base64'))))
  return `${digest.finish()}-${parts.length}`
}

function words(...values: number[]): string {
  const buffer = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => {
    buffer.writeUInt32BE(value >>> 0, i * 4)
  })
  return buffer.toString('base64')
}
