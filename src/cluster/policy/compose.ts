// The container beside OPA: reads the policy's files, and hands OPA what follows from them, within the pod alone.

import { createPodPolicy } from '#cluster/pod-policy'
import { type Bundle, bundleOf } from '#cluster/policy/bundle'
import type { AccessModel } from '#kit/access-model'
import { type Served, serve } from '#kit/http'
import { createLog, type Log } from '#kit/log'
import { createPrivateApi } from '#kit/private-api'
import { BUNDLE } from '#platform/services/policy'

export interface PolicyPod {
  /** @throws PolicyInvalid, NoPolicyFiles */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Over the policy's files in a folder; absent: the shipped policy. */
export function createPolicyPod(folder: string | undefined, port: number = BUNDLE.port): PolicyPod {
  const log = createLog('policy')
  const policy = createPodPolicy(folder, log)
  let served: Served | undefined
  return {
    start: async () => {
      await policy.start()
      served = await serveBundle(() => policy.inForce().model, { port, log })
    },
    stop: async () => {
      policy.stop()
      await served?.close(0)
    },
  }
}

/** On loopback, as OPA fetches it. */
export function serveBundle(model: () => AccessModel, { port, log }: { readonly port: number; readonly log: Log }): Promise<Served> {
  let made: { readonly of: AccessModel; readonly bundle: Promise<Bundle> } | undefined
  const bundle = () => {
    const of = model()
    if (made?.of !== of) made = { of, bundle: bundleOf(of) }
    return made.bundle
  }
  const handler = createPrivateApi({
    log,
    answer: ({ status, message }) => ({ status, body: `${message}\n` }),
    routes: {
      [`GET /${BUNDLE.name}`]: async ({ req, res }) => {
        const { bytes, etag } = await bundle()
        const known = req.headers['if-none-match'] === etag
        res.writeHead(known ? 304 : 200, { etag, 'content-type': 'application/gzip' }).end(known ? undefined : bytes)
      },
    },
  })
  return serve({ listen: { host: '127.0.0.1', port }, log, probes: [`/${BUNDLE.name}`], handler })
}
