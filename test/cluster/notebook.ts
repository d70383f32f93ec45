// A person's notebook, from the sign-in to a running kernel: `node test/cluster/notebook.ts LAB CA USER PASSWORD CODE`, run in the cluster's
// network with its hosts. Speaks the APIs of JupyterHub and Jupyter Server as JupyterLab does; prints what the code printed.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { logIn } from '#test/support/login'

const [lab, ca, username, password, code] = process.argv.slice(2) as [string, string, string, string, string]
setDefaultCACertificates([...getCACertificates('default'), readFileSync(ca, 'utf8')])

const { cookies } = await logIn(new URL(`${lab}/hub/oauth_login`), { username, password }, `${lab}/hub/spawn`)
const me = `/hub/api/users/${encodeURIComponent(username)}`

/** As the browser that signed in. */
async function ask(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(lab + path, {
    method,
    headers: {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'x-xsrftoken': cookies.get('_xsrf') ?? '',
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  for (const [pair] of response.headers.getSetCookie().map((line) => line.split(';'))) {
    const at = (pair as string).indexOf('=')
    cookies.set((pair as string).slice(0, at), (pair as string).slice(at + 1))
  }
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response
}

async function server(): Promise<{ ready: boolean; stopped: boolean }> {
  const { servers } = (await (await ask('GET', me)).json()) as { servers: Record<string, { ready: boolean; stopped: boolean }> }
  return servers[''] ?? { ready: false, stopped: true }
}

async function until(what: string, seconds: number, good: () => Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await good()); await sleep(500))
    if (Date.now() - began > seconds * 1000) throw new Error(`${what}: not after ${seconds} s`)
}

await ask('GET', '/hub/home') // gives the token against forged requests
await ask('POST', `${me}/server`, { profile: 'small' })
await until('the notebook is ready', 300, async () => (await server()).ready)
const { token } = (await (await ask('POST', `${me}/tokens`, { expires_in: 600 })).json()) as { token: string }

const base = `${lab}/user/${username}`
const answer = await fetch(`${base}/api/kernels`, { method: 'POST', headers: { authorization: `token ${token}` } })
if (!answer.ok) throw new Error(`POST /api/kernels: ${answer.status} ${await answer.text()}`)
const kernel = (await answer.json()) as { id: string }

/** https://jupyter-client.readthedocs.io/en/latest/messaging.html, as JSON over a WebSocket. */
const said = await new Promise<string>((resolve, reject) => {
  const socket = new WebSocket(`${base.replace('https:', 'wss:')}/api/kernels/${kernel.id}/channels?token=${token}`)
  const header = { msg_id: 'ask', msg_type: 'execute_request', username, session: 'ask', version: '5.3', date: new Date().toISOString() }
  const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false, stop_on_error: true }
  let words = ''
  socket.onopen = () => socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content, buffers: [] }))
  socket.onerror = (event) => reject(new Error(`the kernel's socket: ${(event as Event & { message?: string }).message}`))
  socket.onclose = () => reject(new Error('the kernel hung up'))
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data as string) as {
      msg_type: string
      parent_header: { msg_id?: string }
      content: { text?: string; execution_state?: string; traceback?: string[] }
    }
    if (message.parent_header.msg_id !== 'ask') return
    if (message.msg_type === 'stream') words += message.content.text
    if (message.msg_type === 'error') reject(new Error(message.content.traceback?.join('\n')))
    if (message.msg_type === 'status' && message.content.execution_state === 'idle') resolve(words)
  }
})
process.stdout.write(said)

await ask('DELETE', `${me}/server`)
await until('the notebook is gone', 120, async () => (await server()).stopped)
process.exit(0)
