// The Kubernetes API from inside a pod, as small as it is used: read, create and replace Secrets, post an Event.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Env } from '#cluster/init/environment'
import { ApiRefused, ApiSilent, NotInCluster } from '#cluster/init/errors'

export interface SecretObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly type?: string
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>
}

export interface Kubernetes {
  readonly namespace: string
  secret(name: string): Promise<SecretObject | undefined>
  /** False when somebody else made it first. */
  createSecret(secret: SecretObject): Promise<boolean>
  /** False when somebody else changed it meanwhile. */
  replaceSecret(secret: SecretObject): Promise<boolean>
  postEvent(event: object): Promise<void>
}

/** Where the kubelet mounts a service account. */
const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount'
const ATTEMPTS = 6

/** The API of the cluster that this pod runs in. `AKKO_SERVICE_ACCOUNT_DIR` names another folder with ca.crt, token and namespace. */
export function createKubernetes(env: Env): Kubernetes {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) throw NotInCluster({ what: 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT' })
  const mounted = (name: string): string => {
    const file = join(env.AKKO_SERVICE_ACCOUNT_DIR ?? MOUNTED, name)
    try {
      return readFileSync(file, 'utf8').trim()
    } catch (error) {
      throw NotInCluster({ what: `file ${file}` }, error)
    }
  }
  const namespace = mounted('namespace')
  // An agent of its own: proxies of the environment are for the world outside the cluster.
  const agent = new https.Agent({ ca: mounted('ca.crt'), keepAlive: true, maxSockets: 8 })
  const core = `/api/v1/namespaces/${namespace}/secrets`

  const once = (method: string, path: string, body: object | undefined): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const request = https.request(
        {
          host,
          port,
          method,
          path,
          agent,
          timeout: 20_000,
          headers: {
            // The kubelet renews the token: it is read each time.
            authorization: `Bearer ${mounted('token')}`,
            accept: 'application/json',
            ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
        },
      )
      request.on('timeout', () => request.destroy(new Error('it took too long')))
      request.on('error', reject)
      request.end(text)
    })

  /** Asks again while the API is away or busy: at the start of a cluster it often is. */
  const send = async (method: string, path: string, body?: object): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await once(method, path, body)
        if (attempt === ATTEMPTS || (answer.status !== 429 && answer.status < 500)) return answer
      } catch (error) {
        if (attempt === ATTEMPTS) throw ApiSilent({ request: `${method} ${path}` }, error)
      }
      await sleep(250 * 2 ** attempt * (0.75 + Math.random() / 2))
    }
  }
  const write = async (method: string, path: string, body: object): Promise<boolean> => {
    const answer = await send(method, path, body)
    if (answer.status === 409) return false
    if (answer.status > 299) throw refused(`${method} ${path}`, answer)
    return true
  }
  const secretBody = (secret: SecretObject) => ({ apiVersion: 'v1', kind: 'Secret', ...secret })

  return {
    namespace,
    secret: async (name) => {
      const answer = await send('GET', `${core}/${name}`)
      if (answer.status === 404) return undefined
      if (answer.status > 299) throw refused(`GET ${core}/${name}`, answer)
      return JSON.parse(answer.text) as SecretObject
    },
    createSecret: (secret) => write('POST', core, secretBody(secret)),
    replaceSecret: (secret) => write('PUT', `${core}/${secret.metadata.name}`, secretBody(secret)),
    postEvent: async (event) => void (await write('POST', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, event)),
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

function refused(request: string, { status, text }: Answer) {
  let message = text.slice(0, 300)
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? message
  } catch {
    // No Status object: shown as it is.
  }
  return ApiRefused({ request, status, message })
}

export const encode = (text: string): string => Buffer.from(text).toString('base64')
export const decode = (data: string): string => Buffer.from(data, 'base64').toString('utf8')
