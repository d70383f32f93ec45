// Drives both foreign clients at a server, each in a realm of its own, and gives what went over the wire for each of their calls.
import KeycloakAdminClient from '@keycloak/keycloak-admin-client'
import { CALLS, REALM } from '#test/realm-judge/calls'
import { keycloakPython } from '#test/support/judges'
import { run } from '#test/support/platform'

export interface Exchange {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly body: unknown
}

export interface Asked {
  readonly call: string
  readonly exchanges: readonly Exchange[]
  /** As the client told its caller: the name of its error, or false. */
  readonly failed: string | false
}

export interface AdminServer {
  readonly url: string
  readonly username: string
  readonly password: string
}

export async function askAll(server: AdminServer): Promise<{ node: Asked[]; python: Asked[] }> {
  return { node: await inRealm(server, askByNode), python: await inRealm(server, askByPython) }
}

/** The administrator's token lives a minute. */
const TOKEN_MS = 30_000

async function connect({ url, username, password }: AdminServer): Promise<KeycloakAdminClient> {
  const client = new KeycloakAdminClient({ baseUrl: url, realmName: 'master' })
  await client.auth({ grantType: 'password', clientId: 'admin-cli', username, password })
  return client
}

async function inRealm(server: AdminServer, ask: (server: AdminServer) => Promise<Asked[]>): Promise<Asked[]> {
  await (await connect(server)).realms.create({ realm: REALM, enabled: true })
  try {
    return await ask(server)
  } finally {
    await (await connect(server)).realms.del({ realm: REALM })
  }
}

async function askByNode(server: AdminServer): Promise<Asked[]> {
  const asked: Asked[] = []
  const ids: Record<string, string> = {}
  const { fetch: real } = globalThis
  let exchanges: Exchange[] = []
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init)
    const text = await answer.clone().text()
    if (!String(input).includes('/protocol/openid-connect/'))
      exchanges.push({ method: init?.method ?? 'GET', url: String(input), status: answer.status, body: parsed(text) })
    return answer
  }
  try {
    let client = await connect(server)
    let until = Date.now() + TOKEN_MS
    for (const [call, what] of Object.entries(CALLS)) {
      if (Date.now() > until) {
        client = await connect(server)
        until = Date.now() + TOKEN_MS
      }
      client.setConfig({ realmName: REALM })
      exchanges = []
      const failed = await what(client, ids).then(
        () => false as const,
        (error: Error) => error.name,
      )
      asked.push({ call, exchanges, failed })
      if (process.env.VERBOSE) process.stderr.write(`${call} ${failed}\n`)
    }
  } finally {
    globalThis.fetch = real
  }
  return asked
}

function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function askByPython({ url, username, password }: AdminServer): Promise<Asked[]> {
  const env = { ...process.env, ADMIN: username, PASSWORD: password }
  const script = new URL('calls.py', import.meta.url).pathname
  const { code, stdout, stderr } = await run(keycloakPython(), [script, `${url}/`, REALM], { env, timeoutMs: 600_000 })
  if (code !== 0) throw new Error(`calls.py: ${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Asked)
}
