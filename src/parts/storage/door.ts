// One request from its first byte to its last: who, what, the handler, the answer or the error.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HEALTH_PATH } from '#kit/answer'
import { readAtMost } from '#kit/body'
import { describeError } from '#kit/errors'
import { sendJson } from '#kit/http'
import type { Authenticate } from '#parts/storage/authenticate'
import { signedService } from '#parts/storage/authenticate'
import { Anonymous, Corrupted, EntityTooLarge, InvalidInput, s3Code } from '#parts/storage/errors'
import { crossOrigin, preflight } from '#parts/storage/handlers/cors'
import { handleIam } from '#parts/storage/handlers/iam'
import { assumeRole, handleSts, WITH_WEB_IDENTITY } from '#parts/storage/handlers/sts'
import type { Metrics } from '#parts/storage/metrics'
import { assertTaken } from '#parts/storage/protocol/judge'
import { errorReply, sendReply, toStorageError, withoutBody } from '#parts/storage/reply'
import { assertLength, parseRequest, type Reply, type S3Target, type Store, withHoisted } from '#parts/storage/request'
import { routeOf } from '#parts/storage/routes'
import { lengthOf } from '#wire/s3/conditions'
import { bucketOfHost, parsePairs } from '#wire/s3/uri'

export interface DoorDeps {
  readonly store: Store
  readonly authenticate: Authenticate
  readonly metrics: Metrics
  /** The store's own hosts, before which a bucket may stand. */
  readonly names: readonly string[]
}

interface Seen {
  operation: string
  readonly proceed: Proceed
}

/** A client that waits for "100 Continue" with its body is told to go on when it is known who it is and what it asks. */
interface Proceed {
  go(): void
  /** Whether the body stays unsent. */
  waits(): boolean
}

const FORM_LIMIT = 256 * 1024
/** Of a token and a policy. */
const TOKEN_FORM_LIMIT = 32 * 1024

export function createDoor(deps: DoorDeps): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return async (req, res) => {
    if (req.method === 'GET' && req.url === HEALTH_PATH && bucketOfHost(req.headers.host, deps.names) === undefined)
      return sendJson(res, 200, { status: 'ok' })
    const started = performance.now()
    const seen: Seen = { operation: 'unknown', proceed: proceeding(req, res) }
    let code = 'OK'
    let reply: Reply
    let target: S3Target | undefined
    try {
      target = parseRequest(req, deps.names)
      reply = await answer(deps, target, seen)
    } catch (thrown) {
      const error = toStorageError(thrown)
      code = s3Code(error.code)
      if (error.blame === 'us' || error.blame === 'operator')
        deps.store.log.error({ error: describeError(thrown), operation: seen.operation }, 'request failed')
      reply = errorReply(error, { resource: req.url?.split('?')[0] ?? '/', dialect: dialectOf(seen.operation) })
      if (req.method === 'HEAD') reply = withoutBody(reply)
      if (seen.proceed.waits()) reply = { ...reply, headers: { ...reply.headers, connection: 'close' } }
    }
    if (target && req.method !== 'OPTIONS') reply = { ...reply, headers: { ...reply.headers, ...crossOrigin(deps.store, target) } }
    try {
      await sendReply(res, reply)
    } catch (error) {
      if (Corrupted.is(error)) deps.store.log.error({ error: describeError(error), path: req.url }, 'an answer was broken off')
      else deps.store.log.debug({ error: describeError(error) }, 'the client left before the end of the answer')
      res.destroy()
    }
    deps.metrics.request(seen.operation, code, (performance.now() - started) / 1000)
    deps.metrics.bytes('in', Number(req.headers['content-length'] ?? 0) || 0)
    deps.metrics.bytes('out', reply.file ? lengthOf(reply.file.slice) : Buffer.byteLength(reply.body ?? ''))
  }
}

/** Of a request that did not come to the door, or was thrown past it. */
export async function tellS3(req: IncomingMessage, res: ServerResponse, thrown: unknown): Promise<void> {
  const dialect = dialectOf(`iam:${signedService(req.headers.authorization)}`)
  const reply = errorReply(toStorageError(thrown), { resource: req.url?.split('?')[0] ?? '/', dialect })
  await sendReply(res, req.method === 'HEAD' ? withoutBody(reply) : reply)
}

/** In which the client is told what is wrong. */
function dialectOf(operation: string): 's3' | 'iam' | 'sts' {
  return operation === 'iam:iam' ? 'iam' : operation === 'iam:sts' ? 'sts' : 's3'
}

async function answer(deps: DoorDeps, target: S3Target, seen: Seen): Promise<Reply> {
  if (target.method === 'OPTIONS') {
    seen.operation = 'Preflight'
    return preflight(deps.store, target)
  }
  const service = signedService(target.headers.get('authorization'))
  if (service === 'iam' || service === 'sts') return answerForm(deps, target, service, seen)
  if (isUnsignedForm(target)) return answerToken(deps, target, seen)
  const authenticated = deps.authenticate(target)
  const asked = withHoisted(target)
  assertLength(asked.bucket, asked.key)
  const { operation, handler } = routeOf(asked)
  seen.operation = operation.name
  assertTaken(operation, asked)
  seen.proceed.go()
  return handler(deps.store, { ...asked, ...authenticated, operation })
}

async function answerForm(deps: DoorDeps, target: S3Target, service: 'iam' | 'sts', seen: Seen): Promise<Reply> {
  seen.operation = `iam:${service}`
  // Its signature is over the body.
  seen.proceed.go()
  const body = await readAtMost(target.incoming, FORM_LIMIT)
  if (body === undefined) throw EntityTooLarge({ limit: FORM_LIMIT })
  const authenticated = deps.authenticate(target, body)
  const form = formOf(body.toString('utf8'))
  return service === 'iam' ? handleIam(deps.store, form, authenticated.caller) : handleSts(form, authenticated)
}

function isUnsignedForm({ method, bucket, key, headers, query }: S3Target): boolean {
  const isForm = headers.get('content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true
  return method === 'POST' && bucket === '' && key === '' && isForm && !headers.has('authorization') && query.size === 0
}

/** One that brings a token in the place of a signature; of nobody, so it is small. */
async function answerToken(deps: DoorDeps, target: S3Target, seen: Seen): Promise<Reply> {
  seen.operation = 'iam:sts'
  seen.proceed.go()
  const body = await readAtMost(target.incoming, TOKEN_FORM_LIMIT)
  if (body === undefined) throw EntityTooLarge({ limit: TOKEN_FORM_LIMIT })
  const form = formOf(body.toString('utf8'))
  if (form.get('Action') !== WITH_WEB_IDENTITY) throw Anonymous()
  return assumeRole(deps.store, form)
}

function formOf(body: string): ReadonlyMap<string, string> {
  try {
    return new Map(parsePairs(body))
  } catch (error) {
    throw InvalidInput({ reason: 'the form is not percent-encoded UTF-8' }, error)
  }
}

function proceeding(req: IncomingMessage, res: ServerResponse): Proceed {
  let waits = req.headers.expect?.toLowerCase() === '100-continue'
  return {
    go: () => {
      if (waits) res.writeContinue()
      waits = false
    },
    waits: () => waits,
  }
}
