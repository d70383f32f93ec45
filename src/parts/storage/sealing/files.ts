// Files of objects and parts, plain or sealed: a draft that is written as it shall lie on the disk, and bytes that are read as they were sent.
import { closeSync, createReadStream, readSync } from 'node:fs'
import { pipeline, Readable, Transform } from 'node:stream'
import type { Draft } from '#parts/storage/blobs'
import { Corrupted } from '#parts/storage/errors'
import type { Store } from '#parts/storage/request'
import { createOpener, createSealer, type Opening, onDisk } from '#parts/storage/sealing/frames'
import type { Seal } from '#parts/storage/sealing/keyring'
import { lengthOf, type Slice } from '#wire/s3/conditions'

export interface FileDraft extends Draft {
  /** Of a sealed one: for the index, with the file's name. */
  readonly seal?: Seal
}

export interface KeptFile {
  readonly id: string
  /** Of a sealed one. */
  readonly seal?: Seal | undefined
}

export async function draftOf(store: Store, bytes: number, sealed: boolean): Promise<FileDraft> {
  const draft = store.blobs.draft(bytes)
  if (!sealed) return draft
  const { key, seal } = await store.keyring.fileKey()
  const sealer = createSealer(key)
  return {
    ...draft,
    seal,
    write: (data) => {
      const frames = sealer.push(data)
      return frames.length === 0 ? undefined : draft.write(Buffer.concat(frames))
    },
    keep: async () => {
      await draft.write(sealer.finish())
      return draft.keep()
    },
  }
}

/** An open file; whoever reads it closes it. */
export interface OpenFile {
  readonly fd: number
  readonly opening?: Opening
}

/** What is kept in a file: an object, or a part of one. */
export interface InFile {
  readonly id: string
  /** Of what was sent. */
  readonly size: number
  readonly broken?: true
}

/** @throws SealingKeyLost, Corrupted */
export function openFile(store: Store, { id, size, broken }: InFile): OpenFile {
  if (broken) throw Corrupted()
  const sealed = store.index.seals.of(id)
  const opening = sealed && { key: store.keyring.open(id, sealed), size }
  return { fd: store.blobs.openSync(id), ...(opening ? { opening } : {}) }
}

const READ_SIZE = 1024 * 1024

/** Fails with Corrupted where bytes are not those that were written, before it gives them. */
export function streamOf({ fd, opening }: OpenFile, slice: Slice): Readable {
  if (!opening) return createReadStream('', { fd, ...slice, highWaterMark: READ_SIZE })
  const source = createReadStream('', { fd, ...onDisk(slice, opening), highWaterMark: READ_SIZE })
  const opener = createOpener(opening, slice)
  const opened = new Transform({
    transform: (data: Buffer, _, done) => give(() => opener.push(data), done),
    flush: (done) => give(() => opener.finish(), done),
  })
  const give = (open: () => Buffer[], done: (error?: Error) => void) => {
    try {
      for (const data of open()) opened.push(data)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
  return pipeline(source, opened, () => undefined)
}

/** All of it, whatever its size. */
export function wholeOf(store: Store, file: InFile): Readable {
  return file.size === 0 ? Readable.from([]) : streamOf(openFile(store, file), { start: 0, end: file.size - 1 })
}

/** At once, and closes the file. */
export function readNow({ fd, opening }: OpenFile, slice: Slice): Buffer {
  try {
    if (!opening) return readExactly(fd, slice)
    const opener = createOpener(opening, slice)
    const frames = readExactly(fd, onDisk(slice, opening))
    return Buffer.concat([...opener.push(frames), ...opener.finish()])
  } finally {
    closeSync(fd)
  }
}

function readExactly(fd: number, slice: Slice): Buffer {
  const body = Buffer.allocUnsafe(lengthOf(slice))
  for (let at = 0; at < body.length; ) {
    const read = readSync(fd, body, at, body.length - at, slice.start + at)
    if (read === 0) throw Corrupted()
    at += read
  }
  return body
}

/** From here to there, past these; gives the number of bytes. */
export async function pour(
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  draft: Draft,
  digests: readonly ({ update(data: Buffer): unknown } | undefined)[],
): Promise<number> {
  let size = 0
  for await (const data of source) {
    size += data.length
    for (const digest of digests) digest?.update(data)
    await draft.write(data)
  }
  return size
}

/** The draft is discarded where the work fails. */
export async function orDiscard<T>(draft: Draft, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await draft.discard()
    throw error
  }
}

/** What the work writes, kept. */
export async function keepAll(draft: FileDraft, work: (draft: FileDraft) => Promise<unknown>): Promise<KeptFile> {
  await orDiscard(draft, work(draft))
  return { id: await draft.keep(), seal: draft.seal }
}
