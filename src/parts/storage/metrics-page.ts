// The page of metrics, for programs on this machine alone.
import { assertLocalCaller } from '#kit/forwarded'
import type { Handler } from '#kit/http'
import type { Log } from '#kit/log'
import { METRICS_PATH, METRICS_TYPE } from '#kit/metrics'
import { createPrivateApi } from '#kit/private-api'

export function createMetricsPage(log: Log, print: () => Promise<string>): Handler {
  return createPrivateApi({
    log,
    answer: ({ status, message }) => ({ status, body: `${message}\n` }),
    routes: {
      [`GET ${METRICS_PATH}`]: async ({ req, res }) => {
        assertLocalCaller(req)
        const text = await print()
        res.writeHead(200, { 'content-type': METRICS_TYPE }).end(text)
      },
    },
  })
}
