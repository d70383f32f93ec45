// What was sent, as files: one page, or a folder as a tar archive. Nothing but plain files with plain relative paths, within limits.
import type { ParsedTarEntry } from 'modern-tar'
import { BadArchive, TooLarge, UnknownForm } from '#parts/docs/errors'

export interface Upload {
  readonly path: string
  readonly bytes: Uint8Array
}

export const INDEX = 'index.html'
const MOST_FILES = 2000
const LONGEST_PATH = 512
/** An archive's own blocks, beside what its files hold. */
const OVERHEAD_PER_FILE = 4096

export interface UploadOptions {
  /** Of the request. */
  readonly type: string | undefined
  readonly maxBytes: number
}

export async function readUpload(body: ReadableStream<Uint8Array> | null, { type, maxBytes }: UploadOptions): Promise<Upload[]> {
  const form = (type ?? '').split(';')[0]?.trim().toLowerCase()
  const stream = body ?? new Blob([]).stream()
  if (form === 'text/html') return [{ path: INDEX, bytes: await collect(stream, { left: maxBytes, max: maxBytes }) }]
  if (form !== 'application/x-tar') throw UnknownForm({ type: form || 'a body without a content-type' })
  return readArchive(stream, maxBytes)
}

async function readArchive(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Upload[]> {
  const files = new Map<string, Uint8Array>()
  const budget = { left: maxBytes, max: maxBytes }
  const raw = limited(stream, maxBytes + MOST_FILES * OVERHEAD_PER_FILE, maxBytes)
  const { createTarDecoder } = await import('modern-tar') // few ever send one
  const decoder = createTarDecoder({ strict: true }) as unknown as ReadableWritablePair<ParsedTarEntry, Uint8Array>
  try {
    for await (const { header, body } of raw.pipeThrough(decoder)) {
      if (header.type === 'directory' || header.type === 'pax-global-header') {
        await body.cancel()
        continue
      }
      if (header.type !== 'file') throw BadArchive({ reason: `${header.name} is a ${header.type}, not a file` })
      const path = plainPath(header.name)
      if (files.has(path)) throw BadArchive({ reason: `${path} is in it twice` })
      if (files.size >= MOST_FILES) throw BadArchive({ reason: `it holds more than ${MOST_FILES} files` })
      files.set(path, await collect(body, budget))
    }
  } catch (error) {
    if (BadArchive.is(error) || TooLarge.is(error)) throw error
    throw BadArchive({ reason: (error as Error).message }, error)
  }
  if (!files.has(INDEX)) throw BadArchive({ reason: `it has no ${INDEX} at the top` })
  return [...files].map(([path, bytes]) => ({ path, bytes }))
}

/** `./a/b` is `a/b`; everything else that is not spelled plainly is refused. */
function plainPath(name: string): string {
  const path = name.replace(/^(\.\/)+/, '')
  const plain = path
    .split('/')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\u0000-\u001f\u007f\\]/.test(part) && part.isWellFormed())
  if (!plain || path.length > LONGEST_PATH) throw BadArchive({ reason: `${JSON.stringify(name.slice(0, 100))} is no plain relative path` })
  return path
}

async function collect(stream: ReadableStream<Uint8Array>, budget: { left: number; readonly max: number }): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) {
    budget.left -= chunk.length
    if (budget.left < 0) throw TooLarge({ limit: `${budget.max} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Ends a body that goes on for too long, whatever it holds. */
function limited(stream: ReadableStream<Uint8Array>, limit: number, told: number): ReadableStream<Uint8Array> {
  let left = limit
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        left -= chunk.length
        if (left < 0) controller.error(TooLarge({ limit: `${told} bytes` }))
        else controller.enqueue(chunk)
      },
    }),
  )
}
