// The few files that the pages load, served by this part under names that change with their content.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'

interface Asset {
  /** Below `/realms/{realm}`. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
}

const INTER = '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'

const font = readFont()
export const ICON = asset('icon', 'svg', 'image/svg+xml', readFileSync(new URL('icon.svg', import.meta.url)))
export const STYLE = asset('style', 'css', 'text/css; charset=utf-8', readStyle())

const ASSETS: ReadonlyMap<string, Asset> = new Map([STYLE, ICON, ...(font ? [font] : [])].map((a) => [a.path, a]))

/** Undefined for a path that is none of ours. */
export function findAsset(path: string): Asset | undefined {
  return ASSETS.get(path)
}

export function sendAsset(res: ServerResponse, { type, body }: Asset): void {
  res.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  res.end(body)
}

function asset(name: string, extension: string, type: string, body: Buffer): Asset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { path: `/resources/${name}.${hash}.${extension}`, type, body }
}

/** The cockpit's face, where its package is installed; the style names system fonts after it. */
function readFont(): Asset | undefined {
  try {
    return asset('inter', 'woff2', 'font/woff2', readFileSync(createRequire(import.meta.url).resolve(INTER)))
  } catch {
    return undefined
  }
}

function readStyle(): Buffer {
  const style = readFileSync(new URL('style.css', import.meta.url), 'utf8')
  if (!font) return Buffer.from(style)
  const file = font.path.slice(font.path.lastIndexOf('/') + 1)
  return Buffer.from(
    `@font-face { font-family: "Inter Variable"; src: url("${file}") format("woff2"); font-weight: 100 900; font-display: swap; }\n${style}`,
  )
}
