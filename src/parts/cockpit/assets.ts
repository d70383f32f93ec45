// The built app: a fixed list of files, hashed ones cached for good, compressed once, the page under a strict policy.

import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { own } from '#kit/own'
import { NotBuilt } from '#parts/cockpit/errors'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSIBLE = /^(text\/|application\/(json|manifest)|image\/svg)/
const WORTH_COMPRESSING = 1024
const NONCE_MARK = '__CSP_NONCE__'

type Encoding = 'br' | 'gzip' | 'identity'

interface Asset {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  readonly immutable: boolean
  readonly encoded: Map<Encoding, Promise<Buffer>>
}

export interface Assets {
  /** Answers a GET or HEAD of a file of the app; false when there is none at the path. */
  send(req: IncomingMessage, res: ServerResponse, path: string): Promise<boolean>
  /** Answers with the app's page. Throws NotBuilt. */
  sendPage(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** Throws NotBuilt. */
  check(): void
}

/** Only files that were listed in `dist` are ever read; a rebuilt app is listed again. */
export function createAssets(dist: string): Assets {
  const index = join(dist, 'index.html')
  let built = Number.NaN
  let files = new Map<string, Asset>()

  const current = (): Map<string, Asset> => {
    const time = modified(index)
    if (time === undefined) throw NotBuilt({ dist })
    if (time !== built) {
      files = load(dist)
      built = time
    }
    return files
  }

  return {
    check: () => void current(),
    send: async (req, res, path) => {
      const asset = path === '/index.html' ? undefined : current().get(path)
      if (!asset) return false
      res.setHeader('etag', asset.etag)
      res.setHeader('cache-control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (req.headers['if-none-match'] === asset.etag) res.writeHead(304).end()
      else await sendBytes(req, res, asset.type, await encodedFor(req, res, asset))
      return true
    },
    sendPage: async (req, res) => {
      const nonce = randomBytes(16).toString('base64')
      const html = current().get('/index.html')?.bytes.toString('utf8').replaceAll(NONCE_MARK, nonce) ?? ''
      res.setHeader('cache-control', 'no-store')
      for (const [name, value] of Object.entries(pageHeaders(nonce))) res.setHeader(name, value)
      await sendBytes(req, res, TYPES['.html'] as string, Buffer.from(html))
    },
  }
}

function pageHeaders(nonce: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  }
}

async function sendBytes(req: IncomingMessage, res: ServerResponse, type: string, bytes: Buffer): Promise<void> {
  res.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
  res.end(req.method === 'HEAD' ? undefined : bytes)
}

const compress = {
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
  identity: async (bytes: Buffer) => bytes,
}

/** Compressed once per file and encoding, when first asked for. */
function encodedFor(req: IncomingMessage, res: ServerResponse, asset: Asset): Promise<Buffer> {
  if (!COMPRESSIBLE.test(asset.type) || asset.bytes.length < WORTH_COMPRESSING) return Promise.resolve(asset.bytes)
  res.setHeader('vary', 'accept-encoding')
  const encoding = chooseEncoding(String(req.headers['accept-encoding'] ?? ''))
  if (encoding !== 'identity') res.setHeader('content-encoding', encoding)
  const kept = asset.encoded.get(encoding) ?? compress[encoding](asset.bytes)
  asset.encoded.set(encoding, kept)
  return kept
}

function chooseEncoding(accepted: string): Encoding {
  const offers = accepted.split(',').map((offer) => offer.trim())
  const takes = (name: string) => offers.some((offer) => offer.split(';')[0] === name && !/;\s*q=0(\.0*)?$/.test(offer))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}

function load(dist: string): Map<string, Asset> {
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = `/${relative(dist, file).split(sep).join('/')}`
      const bytes = readFileSync(file)
      return [
        path,
        {
          bytes,
          type: own(TYPES, extname(file)) ?? 'application/octet-stream',
          etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
          immutable: path.startsWith('/assets/'),
          encoded: new Map(),
        },
      ]
    }),
  )
}

function modified(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs
  } catch {
    return undefined
  }
}
