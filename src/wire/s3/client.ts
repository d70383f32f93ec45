// Signed requests to S3 and its kin (IAM, STS). Made by hand, since a URL would fold `..` and empty parts of an object's name away.
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Secret } from '#kit/secret'
import { traceparent } from '#kit/trace'
import { type Credentials, EMPTY_SHA256, sha256Hex, signRequest, UNSIGNED_PAYLOAD } from '#wire/s3/sigv4'
import { encodeUri, type Pairs } from '#wire/s3/uri'
import { errorOf } from '#wire/s3/xml'

export interface S3Access {
  /** `http://127.0.0.1:8333`; buckets are addressed by path. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  /** Of a session. */
  readonly sessionToken?: string
}

export interface S3Stream {
  readonly size: number
  /** Once for each attempt. */
  open(): NodeJS.ReadableStream
}

export type S3Body = string | Uint8Array | S3Stream

export interface S3Request {
  readonly method: string
  /** Percent-encoded, sent as it is. */
  readonly path: string
  readonly pairs?: Pairs
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: S3Body
  readonly service?: 's3' | 'iam' | 'sts'
}

/** Its body must be read or destroyed. */
export interface S3Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Readable
  text(): Promise<string>
}

export interface S3Options {
  /** Of one request, while the storage is away or busy. */
  readonly attempts?: number
  /** Milliseconds without a byte, after which a request has failed. */
  readonly silence?: number
}

/** The storage did not do what it was asked. */
export class S3Refused extends Error {
  /** `write s3://bucket/key`. */
  readonly what: string
  readonly status: number
  readonly code: string

  constructor(what: string, status: number, body: string) {
    const { code, message } = errorOf(body)
    super(`could not ${what}: ${['status', status, code, message].filter((word) => word !== '').join(' ')}`)
    this.name = 'S3Refused'
    this.what = what
    this.status = status
    this.code = code
  }
}

/** What the answer is when it is a good one. Throws S3Refused. */
export async function accepted(what: string, answer: S3Answer): Promise<S3Answer> {
  if (answer.status < 300) return answer
  throw new S3Refused(what, answer.status, await answer.text())
}

export interface S3Client {
  /** The last attempt's answer, of whatever status; rejects when there was none. */
  send(request: S3Request): Promise<S3Answer>
}

export function createS3Client(access: S3Access, { attempts = 4, silence = 30_000 }: S3Options = {}): S3Client {
  const endpoint = new URL(access.endpoint)
  const base = endpoint.pathname.replace(/\/+$/, '')
  const transport = endpoint.protocol === 'https:' ? https : http

  const once = ({ method, path, pairs = [], headers = {}, body, service = 's3' }: S3Request) =>
    new Promise<S3Answer>((resolve, reject) => {
      const length = lengthOf(body)
      const signed = signRequest({
        method,
        host: endpoint.host,
        path: base + path,
        pairs,
        headers: { ...headers, ...(length === undefined ? {} : { 'content-length': String(length) }) },
        payloadHash: payloadHash(service, body),
        credentials: credentialsOf(access),
        region: access.region,
        service,
        now: new Date(),
      })
      const query = pairs.map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join('&')
      const sent = transport.request(
        {
          host: endpoint.hostname.replace(/^\[|\]$/g, ''),
          port: endpoint.port || undefined,
          method,
          path: base + path + (query && `?${query}`),
          // Not signed: whoever passes it on writes the trace anew.
          headers: { ...signed, traceparent: traceparent() },
          timeout: silence,
        },
        (answer) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer, text: () => text(answer) }),
      )
      sent.on('timeout', () => sent.destroy(new Error(`the storage was silent for ${silence / 1000} s`)))
      sent.on('error', reject)
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) sent.end(body)
      else
        body
          .open()
          .on('error', (error) => sent.destroy(error))
          .pipe(sent)
    })

  return {
    send: async (request) => {
      for (let attempt = 1; ; attempt++) {
        const last = attempt >= attempts
        const answer = await once(request).catch((error: unknown) => {
          if (last) throw error
        })
        if (answer && (last || (answer.status !== 429 && answer.status < 500))) return answer
        answer?.body.destroy()
        await sleep(100 * 4 ** (attempt - 1))
      }
    },
  }
}

export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: S3Access): Credentials {
  return { accessKeyId, secretAccessKey: secretAccessKey.reveal(), ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function lengthOf(body: S3Body | undefined): number | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string') return Buffer.byteLength(body)
  return body instanceof Uint8Array ? body.length : body.size
}

function payloadHash(service: string, body: S3Body | undefined): string {
  if (body === undefined) return EMPTY_SHA256
  return service === 's3' ? UNSIGNED_PAYLOAD : sha256Hex(body as string | Buffer)
}
