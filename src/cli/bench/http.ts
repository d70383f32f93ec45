// A lean client over kept-alive connections, so that the client's own cost is not what is measured.
import { Agent, request as send } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export interface HttpClient {
  /** Fails on statuses from 400 on. */
  request(method: string, url: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Answer>
  close(): void
}

export function createHttpClient(connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    request: (method, url, headers = {}, body) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const req = send(url, { agent, method, headers: { ...headers, ...length } }, (res) => {
          const chunks: Buffer[] = []
          res.on('error', reject)
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('end', () => {
            const answer = { status: res.statusCode ?? 0, body: Buffer.concat(chunks) }
            if (answer.status < 400) resolve(answer)
            else reject(new Error(`${method} ${url} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`))
          })
        })
        req.on('error', reject)
        req.end(body)
      }),
    close: () => agent.destroy(),
  }
}
