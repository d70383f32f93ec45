// A registry of models as Ollama asks one: manifests by tag, files by digest, a file's bytes from another host (registry.ollama.ai, too, sends
// to its object storage, and Ollama takes no other answer). It serves whole GGUF files, small ones, and can behave badly.
import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How the bytes of a file are served, once: wrong ones, or only the first half and then silence or the end of the connection. */
export type Fault = 'corrupt' | 'silent' | 'cut'

export interface ModelRegistry {
  /** What a model's name begins with. */
  readonly host: string
  /** A new model under `<host>/<path>:latest`; the digest of its weights. */
  publish(path: string, fault?: Fault): string
  /** First byte of each range of a file that was asked for, in order. */
  ranges(digest: string): readonly number[]
  /** Settles when as much of the file as its fault allows was sent. */
  halfSent(digest: string): Promise<void>
  stop(): Promise<void>
}

interface Blob {
  readonly bytes: Buffer
  fault?: Fault | undefined
  readonly ranges: number[]
  halfSent: boolean
}

export async function startModelRegistry(): Promise<ModelRegistry> {
  const manifests = new Map<string, string>()
  const blobs = new Map<string, Blob>()
  const sockets = new Set<Socket>()
  const store = (mediaType: string, bytes: Buffer, fault?: Fault) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    blobs.set(digest, { bytes, fault, ranges: [], halfSent: false })
    return { mediaType, digest, size: bytes.length }
  }
  const server = createServer((request, response) => {
    const [, path = '', what, name = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? []
    const blob = blobs.get(name)
    if (what === 'manifests') return answer(response, manifests.get(`${path}:${name}`))
    if (!blob) return answer(response, undefined)
    const { port } = server.address() as AddressInfo
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': blob.bytes.length }).end()
    else if (!request.headers.host?.startsWith('localhost'))
      response.writeHead(307, { location: `http://localhost:${port}${request.url}` }).end()
    else send(blob, request.headers.range ?? '', response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish: (path, fault) => {
      const weights = store('application/vnd.ollama.image.model', gguf(path), fault)
      const config = { model_format: 'gguf', model_family: 'llama', model_families: ['llama'], model_type: '262K', file_type: 'F32' }
      const manifest = {
        schemaVersion: 2,
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        config: store('application/vnd.docker.container.image.v1+json', Buffer.from(JSON.stringify(config))),
        layers: [weights],
      }
      manifests.set(`${path}:latest`, JSON.stringify(manifest))
      return weights.digest
    },
    ranges: (digest) => blobs.get(digest)?.ranges ?? [],
    halfSent: async (digest) => {
      while (!blobs.get(digest)?.halfSent) await sleep(20)
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(response: ServerResponse, manifest: string | undefined): void {
  if (manifest === undefined)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  else response.writeHead(200, { 'content-type': 'application/vnd.docker.distribution.manifest.v2+json' }).end(manifest)
}

function send(blob: Blob, range: string, response: ServerResponse): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
  const start = Number(from ?? 0)
  const end = to === undefined ? blob.bytes.length : Number(to) + 1
  // Ollama asks once without a range, to learn where the bytes are, and reads none of them there.
  if (from !== undefined) blob.ranges.push(start)
  const whole = blob.bytes.subarray(start, end)
  const headers = {
    'content-length': whole.length,
    ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${blob.bytes.length}` }),
  }
  response.writeHead(from === undefined ? 200 : 206, headers)
  const fault = blob.fault
  blob.fault = undefined
  if (fault === undefined) response.end(whole)
  else if (fault === 'corrupt') response.end(Buffer.alloc(whole.length, 1))
  else {
    response.write(whole.subarray(0, whole.length / 2), () => {
      blob.halfSent = true
      if (fault === 'cut') response.destroy()
    })
  }
}

/** A GGUF file (version 3) of one megabyte: what a llama says about itself, and one tensor. Another title is another file. */
function gguf(title: string): Buffer {
  const u32 = (n: number) => buffer(4, (b) => b.writeUInt32LE(n))
  const u64 = (n: number) => buffer(8, (b) => b.writeBigUInt64LE(BigInt(n)))
  const text = (s: string) => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)])
  const [UINT32, STRING, F32] = [4, 8, 0]
  const numbers = { block_count: 1, context_length: 64, embedding_length: 64, 'attention.head_count': 1 }
  const values = [
    Buffer.concat([text('general.architecture'), u32(STRING), text('llama')]),
    Buffer.concat([text('general.name'), u32(STRING), text(title)]),
    ...Object.entries(numbers).map(([key, n]) => Buffer.concat([text(`llama.${key}`), u32(UINT32), u32(n)])),
  ]
  const [rows, columns] = [4096, 64]
  const tensor = [text('token_embd.weight'), u32(2), u64(columns), u64(rows), u32(F32), u64(0)]
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(1), u64(values.length), ...values, ...tensor])
  const aligned = Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)])
  return Buffer.concat([aligned, Buffer.alloc(rows * columns * 4)])
}

function buffer(size: number, write: (b: Buffer) => void): Buffer {
  const b = Buffer.alloc(size)
  write(b)
  return b
}
