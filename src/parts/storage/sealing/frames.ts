// Sealed bytes: AES-256-GCM in frames, so that a range costs a range. A file has a key of its own; a frame is bound to its place by its nonce.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { Corrupted } from '#parts/storage/errors'
import type { Slice } from '#wire/s3/conditions'

/** Bytes that one frame holds, but the last. */
export const FRAME = 64 * 1024
const TAG = 16
/** The same on the disk. */
export const FRAME_ON_DISK = FRAME + TAG
const CIPHER = 'aes-256-gcm'

/** Which frame it is, and whether it is the last: one that is moved, or cut off behind, does not open. The key seals nothing else. */
function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index))
  nonce[8] = last ? 1 : 0
  return nonce
}

export interface Sealer {
  /** The frames that are whole now. */
  push(data: Buffer): Buffer[]
  /** The last one, which may be empty. */
  finish(): Buffer
}

export function createSealer(key: Buffer): Sealer {
  let index = 0
  let pending: Buffer[] = []
  let size = 0
  const sealed = (data: Buffer, last: boolean): Buffer => {
    const cipher = createCipheriv(CIPHER, key, nonceOf(index++, last))
    const body = cipher.update(data)
    cipher.final()
    return Buffer.concat([body, cipher.getAuthTag()])
  }
  return {
    push(data) {
      pending.push(data)
      size += data.length
      // A frame that is full may be the last one: more has to come first.
      if (size <= FRAME) return []
      const whole = Buffer.concat(pending)
      const frames: Buffer[] = []
      let at = 0
      for (; whole.length - at > FRAME; at += FRAME) frames.push(sealed(whole.subarray(at, at + FRAME), false))
      pending = [whole.subarray(at)]
      size = whole.length - at
      return frames
    },
    finish: () => sealed(Buffer.concat(pending), true),
  }
}

/** @throws Corrupted */
function openFrame(key: Buffer, index: number, last: boolean, frame: Buffer): Buffer {
  if (frame.length < TAG) throw Corrupted()
  const decipher = createDecipheriv(CIPHER, key, nonceOf(index, last), { authTagLength: TAG })
  decipher.setAuthTag(frame.subarray(-TAG))
  const data = decipher.update(frame.subarray(0, -TAG))
  try {
    decipher.final()
  } catch (error) {
    throw Corrupted({}, error)
  }
  return data
}

/** What opens a sealed file: its key, and how many bytes it holds. */
export interface Opening {
  readonly key: Buffer
  readonly size: number
}

/** The bytes on the disk that hold a slice. */
export function onDisk({ start, end }: Slice, { size }: Opening): Slice {
  const last = Math.floor(end / FRAME)
  return {
    start: Math.floor(start / FRAME) * FRAME_ON_DISK,
    end: Math.min((last + 1) * FRAME_ON_DISK, size + (lastOf(size) + 1) * TAG) - 1,
  }
}

function lastOf(size: number): number {
  return Math.max(0, Math.ceil(size / FRAME) - 1)
}

export interface Opener {
  /** What of the slice is in the frames that are whole now. @throws Corrupted */
  push(data: Buffer): Buffer[]
  /** @throws Corrupted where frames are missing */
  finish(): Buffer[]
}

/** Takes the bytes of `onDisk` in pieces of any size. */
export function createOpener({ key, size }: Opening, { start, end }: Slice): Opener {
  const last = lastOf(size)
  let index = Math.floor(start / FRAME)
  let rest: Buffer = Buffer.alloc(0)
  const opened = (frame: Buffer): Buffer => {
    const data = openFrame(key, index, index === last, frame)
    const begins = index++ * FRAME
    return data.subarray(Math.max(0, start - begins), Math.min(data.length, end + 1 - begins))
  }
  return {
    push(data) {
      rest = rest.length === 0 ? data : Buffer.concat([rest, data])
      const slices: Buffer[] = []
      for (; rest.length >= FRAME_ON_DISK; rest = rest.subarray(FRAME_ON_DISK)) slices.push(opened(rest.subarray(0, FRAME_ON_DISK)))
      return slices
    },
    finish() {
      const slices = rest.length === 0 ? [] : [opened(rest)]
      if (index <= Math.floor(end / FRAME)) throw Corrupted()
      return slices
    },
  }
}
