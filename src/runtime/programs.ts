// The cells' side of the supervisor's verb `run`.
import { createInterface } from 'node:readline'
import { openSocketRequest, RemoteError, readBody } from '#kit/http'
import { CELL_KEY_HEADER, type Programs, type RunEnd } from '#kit/programs'
import type { Secret } from '#kit/secret'

type Line = { readonly stream: 'stdout' | 'stderr'; readonly data: string } | { readonly stream?: undefined; readonly end: RunEnd }

/** By the key that the supervisor gave this process at its start. */
export function createPrograms(socket: string, key: Secret): Programs {
  return {
    run: async (request, { onOutput, signal } = {}) => {
      const headers = { [CELL_KEY_HEADER]: key.reveal() }
      const res = await openSocketRequest(socket, { path: '/run', body: request, headers, ...(signal ? { signal } : {}) })
      if (res.statusCode !== 200) throw new RemoteError(res.statusCode ?? 500, JSON.parse(await readBody(res)))
      for await (const text of createInterface({ input: res })) {
        const line = JSON.parse(text) as Line
        if (line.stream === undefined) return line.end
        onOutput?.({ stream: line.stream, bytes: Buffer.from(line.data, 'base64') })
      }
      throw new Error('the supervisor broke off')
    },
  }
}
