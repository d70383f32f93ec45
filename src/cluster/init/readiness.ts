// What "ready" means for each kind of address: an HTTP answer, an open port, a login to a database, an own bucket.
import { connect } from 'node:net'
import type { Env } from '#cluster/init/environment'
import { BadUrl, NotReady } from '#cluster/init/errors'
import { Secret } from '#kit/secret'

export interface Readiness {
  /** For people; never holds a password. */
  readonly name: string
  /** Resolves when it is ready, else says why not. */
  check(): Promise<void>
}

/** One question may take this long. */
const PATIENCE = 5_000

export function readinessOf(text: string, env: Env): Readiness {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw BadUrl({ url: text, why: 'it is no URL' })
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return { name: nameOf(url), check: () => answers(url) }
    case 'tcp:':
      return { name: nameOf(url), check: () => opens(url.hostname, Number(url.port)) }
    case 'postgresql:':
      return { name: nameOf(url), check: postgres(url, env) }
    case 's3:':
      return s3(url, env)
    default:
      throw BadUrl({ url: nameOf(url), why: 'its protocol is none of http, https, tcp, postgresql and s3' })
  }
}

function nameOf(url: URL): string {
  const user = url.username ? `${decodeURIComponent(url.username)}@` : ''
  return `${url.protocol}//${user}${url.host}${url.pathname}`
}

async function ask(url: URL | string): Promise<number> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
  await response.body?.cancel()
  return response.status
}

async function answers(url: URL): Promise<void> {
  const status = await ask(url)
  if (status < 200 || status > 299) throw NotReady({ why: `it answered ${status}` })
}

function opens(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port })
    const end = (error?: Error) => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.setTimeout(PATIENCE, () => end(NotReady({ why: 'the port did not open in time' })))
    socket.once('connect', () => end())
    socket.once('error', end)
  })
}

/** `postgresql://role@host:port/database?password-env=NAME`: that role logs in there and runs a query. */
function postgres(url: URL, env: Env): () => Promise<void> {
  const password = required(url, env, url.searchParams.get('password-env') ?? '')
  return async () => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      ...(url.port ? { port: Number(url.port) } : {}),
      user: decodeURIComponent(url.username),
      database: decodeURIComponent(url.pathname.slice(1)),
      password,
      application_name: 'akko-wait',
      connectionTimeoutMillis: PATIENCE,
      query_timeout: PATIENCE,
    })
    client.on('error', () => {}) // the next question says so
    try {
      await client.connect()
      await client.query('select 1')
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** `s3://bucket?endpoint=URL`: the pod's own key enters the bucket. Without a bucket: the endpoint answers, whoever asks. */
function s3(url: URL, env: Env): Readiness {
  const endpoint = url.searchParams.get('endpoint')?.replace(/\/+$/, '') ?? ''
  if (!URL.canParse(endpoint)) throw BadUrl({ url: nameOf(url), why: 'it has no endpoint' })
  const bucket = url.hostname
  if (bucket === '')
    return {
      name: `S3 at ${endpoint}`,
      check: async () => {
        const status = await ask(`${endpoint}/`)
        // Nobody is let in without a key: to be refused is an answer. AWS sends the anonymous to its product page.
        if (![200, 307, 403].includes(status)) throw NotReady({ why: `it answered ${status}` })
      },
    }
  const accessKeyId = required(url, env, 'AKKO_S3_ACCESS_KEY')
  const secretAccessKey = required(url, env, 'AKKO_S3_SECRET_KEY')
  return {
    name: `s3://${bucket} at ${endpoint}`,
    check: async () => {
      const { createS3Client } = await import('#wire/s3/client')
      const access = { endpoint, region: env.AKKO_S3_REGION || 'us-east-1', accessKeyId, secretAccessKey: new Secret(secretAccessKey) }
      const { status, body } = await createS3Client(access, { attempts: 1, silence: PATIENCE }).send({ method: 'HEAD', path: `/${bucket}` })
      body.resume()
      if (status === 403) throw NotReady({ why: 'it refuses the key that this pod was given' })
      if (status === 404) throw NotReady({ why: 'there is no such bucket yet' })
      if (status !== 200) throw NotReady({ why: `it answered ${status}` })
    },
  }
}

function required(url: URL, env: Env, name: string): string {
  const value = env[name]
  if (!value) throw BadUrl({ url: nameOf(url), why: `the environment variable ${name || '(password-env)'} is not set` })
  return value
}
