// The page of metrics on a port of its own.
import type { IncomingMessage } from 'node:http'
import { type Listen, type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import { METRICS_PATH, METRICS_TYPE, printMetrics } from '#kit/metrics'
import { createPrivateApi } from '#kit/private-api'

export interface MetricsPage {
  readonly listen: Listen
  readonly log: Log
  /** Default: what this process counts. */
  readonly print?: () => Promise<string>
  /** Throws for who may not read it. */
  readonly admit?: (req: IncomingMessage) => void
}

export function serveMetrics({ listen, log, print = printMetrics, admit }: MetricsPage): Promise<Served> {
  const handler = createPrivateApi({
    log,
    answer: ({ status, message }) => ({ status, body: `${message}\n` }),
    routes: {
      [`GET ${METRICS_PATH}`]: async ({ req, res }) => {
        admit?.(req)
        const text = await print()
        res.writeHead(200, { 'content-type': METRICS_TYPE }).end(text)
      },
    },
  })
  return serve({ listen, log, probes: [METRICS_PATH], handler })
}
