// The sockets' side of the gateway: TLS by the home's own authority, and by the operator's own pair for the domain's hosts; or plain, behind a proxy.
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { describeError } from '#kit/errors'
import { type Limits, serverOptions } from '#kit/limits'
import type { Log } from '#kit/log'
import { gauge } from '#kit/metrics'
import { createLocalCa, type Leaf, type LocalCa, toLeaf } from '#parts/gateway/ca'

const LOCAL = ['localhost', '127.0.0.1', '::1']
const LOOK_MS = 1000
const TLS = { minVersion: 'TLSv1.2' } as const

export interface Listener {
  /** One for each address. */
  create(): http.Server
  /** Keeps the home's certificate fresh. */
  renew(): Promise<void>
  close(): void
}

export interface ListenerDeps {
  readonly caDir: string | undefined
  readonly domain: string
  /** A file with key and certificates, replaced whole when there are others; served for the domain and its hosts. */
  readonly ownPair: string | undefined
  readonly log: Log
}

export async function createListener({ caDir, domain, ownPair, log }: ListenerDeps, limits: Limits): Promise<Listener> {
  if (caDir === undefined) return { create: () => http.createServer(serverOptions(limits)), renew: async () => {}, close: () => {} }
  const names = ownPair === undefined ? [domain, `*.${domain}`, ...LOCAL] : LOCAL
  const ca = await createLocalCa(caDir, { domains: [domain] })
  let leaf = await ca.leaf(names)
  const own = ownPair === undefined ? undefined : watchPair(ownPair, log)
  countDays(ca, () => own?.leaf() ?? leaf)
  const isOwn = (name: string) => name === domain || name.endsWith(`.${domain}`)
  const servers = new Set<https.Server>()
  return {
    create: () => {
      const server = https.createServer({
        ...leaf,
        ...TLS,
        ...serverOptions(limits),
        ...(own
          ? {
              SNICallback: (name: string, answer: (error: null, context?: SecureContext) => void) =>
                answer(null, isOwn(name.toLowerCase()) ? own.context() : undefined),
            }
          : {}),
      })
      servers.add(server)
      return server as unknown as http.Server
    },
    renew: async () => {
      leaf = await ca.leaf(names)
      for (const server of servers) server.setSecureContext({ ...leaf, ...TLS })
    },
    close: () => own?.close(),
  }
}

/** Connections keep what they began with; a file that cannot be read leaves the pair before in its place. */
function watchPair(file: string, log: Log): { leaf(): Leaf; context(): SecureContext; close(): void } {
  const mark = () => {
    const stat = statSync(file, { throwIfNoEntry: false })
    return `${stat?.ino} ${stat?.ctimeMs}`
  }
  const read = () => {
    const leaf = toLeaf(readFileSync(file, 'utf8'))
    return { leaf, context: createSecureContext({ ...leaf, ...TLS }) }
  }
  let seen = mark()
  let now = read()
  const look = () => {
    const found = mark()
    if (found === seen) return
    seen = found
    try {
      now = read()
      log.info({ file, notAfter: now.leaf.notAfter.toISOString() }, 'another certificate is served')
    } catch (error) {
      log.error({ file, error: describeError(error) }, 'the certificate could not be read: the one before goes on')
    }
  }
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return { leaf: () => now.leaf, context: () => now.context, close: () => clearInterval(timer) }
}

function countDays({ pem }: LocalCa, leaf: () => Leaf): void {
  const left = (end: Date) => Math.round((end.getTime() - Date.now()) / 1000)
  const authority = new Date(new X509Certificate(pem).validTo)
  gauge({ name: 'akko_certificate_seconds_left', help: 'Until a certificate ends', labels: ['certificate'] }, () => [
    { labels: { certificate: 'authority' }, value: left(authority) },
    { labels: { certificate: 'gateway' }, value: left(leaf().notAfter) },
  ])
}
