// The origin that the client called, as our gateway reports it.
import type { IncomingMessage } from 'node:http'

export function requestOrigin(req: IncomingMessage): string {
  const first = (value: string | string[] | undefined) => [value].flat()[0]?.split(',')[0]?.trim()
  return `${first(req.headers['x-forwarded-proto']) ?? 'http'}://${first(req.headers['x-forwarded-host']) ?? req.headers.host ?? ''}`
}
