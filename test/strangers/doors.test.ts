// Every door that asks who calls, as the parts declare them: a token that has ended is refused at each, and the body of nobody is not read.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as oidc from 'openid-client'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { type TokenDoor, tokenDoors, untilRefused } from '#cli/bench/token-doors'
import { Browser, type TestEdge } from '#parts/gateway/test-gateway'
import { ENDLESS } from '#parts/sql/testing'
import { AUDIENCE, EVERY_PART } from '#platform/audiences'
import { machineServices } from '#platform/registry'
import { loadMachine } from '#runtime/home'
import { HOST, type Machine, port } from '#runtime/machine'
import { judgePython } from '#test/support/judges'
import { logIn } from '#test/support/login'
import { platform, run } from '#test/support/platform'
import { makeUser, realmAdmin, realmRole } from '#test/support/realm-admin'
import { ask, type SqlServer } from '#test/support/trino'

/** Catches what hangs; the figures are the bench's (`akko bench doors`). */
const CEILING_MS = 50_000
const PASSWORD = 'passing-through-1'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

let machine: Machine
let ca = ''
let doors: TokenDoor[]
let issuer = ''

beforeAll(async () => {
  machine = loadMachine(platform().home)
  ca = readFileSync(join(machine.paths.ca, 'ca.pem'), 'utf8')
  setDefaultCACertificates([...getCACertificates('default'), ca])
  doors = tokenDoors(machine)
  issuer = (await platform().env()).AKKO_OIDC_ISSUER as string
})

async function client(id: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(issuer), id, id === 'cli' ? undefined : platform().secret(`identity.client.${id}`))
}

async function tokenFor(user: string, audiences: readonly string[] = EVERY_PART): Promise<string> {
  const form = new URLSearchParams({ requested_subject: user })
  for (const audience of audiences) form.append('audience', audience)
  return (await oidc.genericGrantRequest(await client('trino'), EXCHANGE, form)).access_token
}

describe('every door refuses a token that has ended', () => {
  const name = `passing-${Date.now()}`
  let id = ''

  beforeAll(async () => {
    id = await makeUser(name, { credentials: [{ type: 'password', value: PASSWORD, temporary: false }] })
  })
  const give = async () => realmAdmin('POST', `/users/${id}/role-mappings/realm`, [await realmRole('akko-admin')])

  /** By door, the seconds until it refused. */
  async function closes(
    token: string,
    end: () => Promise<unknown>,
    more: ReadonlyMap<string, () => Promise<number>> = new Map(),
  ): Promise<void> {
    const questions = new Map([...doors.map((door) => [door.name, () => door.ask(token)] as const), ...more])
    for (const [door, ask] of questions) expect([door, await ask()]).toEqual([door, 200])
    await end()
    const ended = await untilRefused(questions, CEILING_MS)
    expect([...ended.keys()].sort()).toEqual([...questions.keys()].sort())
    console.log([...ended].map(([door, ms]) => `${door} ${(ms / 1000).toFixed(2)} s`).join(', '))
  }

  it('they are those of all parts that take tokens', () => {
    const audiences = machineServices().flatMap((s) => s.machine.signIn?.audience ?? [])
    expect(doors.map(({ audience }) => audience)).toEqual(audiences)
    expect(doors.map((door) => door.name)).toEqual(expect.arrayContaining(['sql', 'catalog', 'cockpit', 'docs', 'identity', 'gateway']))
  })

  it('after a role was taken away', async () => {
    await give()
    const token = await tokenFor(name)
    await closes(
      token,
      async () => realmAdmin('DELETE', `/users/${id}/role-mappings/realm`, [await realmRole('akko-admin')]),
      new Map([['SQL, a query that runs', await runningQuery(token, name)]]),
    )
  })

  it('after the token was revoked', async () => {
    await give()
    const token = await tokenFor(name)
    await closes(token, async () => oidc.tokenRevocation(await client('trino'), token))
  })

  it('after a logout', async () => {
    const config = await client('cli')
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
    const redirect = 'http://127.0.0.1:45123/callback'
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const { location, cookies } = await logIn(url, { username: name, password: PASSWORD }, redirect)
    const tokens = await oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier })
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ')
    const end = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token as string })
    await closes(tokens.access_token, () => fetch(end, { headers: { cookie }, redirect: 'manual' }))
  })

  it('after the user was disabled: at every door that a person has, with what runs for him', async () => {
    await give()
    const front = doors.find((door) => door.name === 'gateway') as TokenDoor
    const cookie = await browserSession(name)
    const token = await tokenFor(name)
    const env = await platform().env(name)
    const more = new Map([
      ['gateway, as a browser', () => front.ask('', { cookie, accept: 'application/json' })],
      ['S3, by his key', await byKey(env)],
      ['psql, a session', await inPostgres(env.AKKO_PG_DATA_URL as string)],
      ['SQL, a query that runs', await runningQuery(token, name)],
      ['a refresh token', await byRefreshToken(name)],
    ])
    await closes(token, () => realmAdmin('PUT', `/users/${id}`, { enabled: false }), more)
    await expect(inPostgres(env.AKKO_PG_DATA_URL as string)).rejects.toThrow(/password authentication failed|not permitted to log in/)
  }, 180_000)
})

/** 200 while it opens, 401 when it does not any more. */
type Question = () => Promise<number>

/** An address that boto3 signed: who has it needs no more. */
async function byKey(env: NodeJS.ProcessEnv): Promise<Question> {
  const sign = `import boto3; print(boto3.client('s3').generate_presigned_url('list_objects_v2', Params={'Bucket': 'akko-shared'}, ExpiresIn=900))`
  const { stdout, stderr } = await run(judgePython(), ['-c', sign], { env: { ...process.env, ...env } })
  const url = stdout.trim()
  expect(url, stderr).toContain('X-Amz-Signature')
  return async () => {
    const { status } = await fetch(url)
    return status === 403 ? 401 : status
  }
}

async function inPostgres(connectionString: string): Promise<Question> {
  const session = new pg.Client({ connectionString })
  session.on('error', () => {})
  await session.connect()
  return () =>
    session.query('SELECT 1').then(
      () => 200,
      () => 401,
    )
}

/** Looked at by the administrator: the person is told nothing any more. */
async function runningQuery(token: string, user: string): Promise<Question> {
  const env = await platform().env()
  const headers = { authorization: `Bearer ${token}`, 'x-trino-user': user }
  const begun = await fetch(`${env.AKKO_SQL_URL}/v1/statement`, { method: 'POST', body: ENDLESS, headers })
  let at = (await begun.json()) as { id: string; nextUri: string; stats: { state: string } }
  while (at.stats.state !== 'RUNNING') at = (await (await fetch(at.nextUri, { headers })).json()) as typeof at
  return async () => {
    const asked = await fetch(`${env.AKKO_SQL_URL}/v1/query/${at.id}`, {
      headers: { authorization: `Bearer ${env.AKKO_SQL_TOKEN}`, 'x-trino-user': env.AKKO_SQL_USER as string },
    })
    return ((await asked.json()) as { state: string }).state === 'RUNNING' ? 200 : 401
  }
}

async function byRefreshToken(username: string): Promise<Question> {
  const config = await client('cli')
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const redirect = 'http://127.0.0.1:45123/callback'
  const challenge = { code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256' }
  const url = oidc.buildAuthorizationUrl(config, { redirect_uri: redirect, scope: 'openid', ...challenge })
  const { location } = await logIn(url, { username, password: PASSWORD }, redirect)
  let { refresh_token: held } = await oidc.authorizationCodeGrant(config, new URL(location), { pkceCodeVerifier })
  return async () => {
    try {
      held = (await oidc.refreshTokenGrant(config, held as string)).refresh_token ?? held
      return 200
    } catch (error) {
      if ((error as { error?: string }).error === 'invalid_grant') return 401
      throw error
    }
  }
}

describe('every door opens to tokens that are for it', () => {
  const audiences = machineServices().flatMap((s) => s.machine.signIn?.audience ?? [])

  it.each(audiences)('%s: with one for it alone, not with one for all the others', async (audience) => {
    const door = doors.find((d) => d.audience === audience) as TokenDoor
    expect(EVERY_PART).toContain(audience)
    // Behind the gateway's door stands another that asks for itself.
    const behind = audience === AUDIENCE.gateway ? [AUDIENCE.cockpit] : []
    expect(await door.ask(await tokenFor('admin@demo', [audience, ...behind]))).toBe(200)
    expect(
      await door.ask(
        await tokenFor(
          'admin@demo',
          EVERY_PART.filter((other) => other !== audience),
        ),
      ),
    ).toBe(401)
  })
})

describe('SQL for another person, by who may act for others', () => {
  const name = `acted-for-${Date.now()}`
  const DECLARED = 'viewer@demo'
  let sql: SqlServer
  let id = ''

  beforeAll(async () => {
    const env = await platform().env()
    sql = { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
    id = await makeUser(name)
  })
  const roles = async (user: string) =>
    (await ask({ ...sql, user }, 'SELECT role_name FROM iceberg.information_schema.enabled_roles ORDER BY 1')).rows.flat()
  const change = async (method: 'POST' | 'DELETE', of: string, role: string) =>
    realmAdmin(method, `/users/${of}/role-mappings/realm`, [await realmRole(role)])

  it('has the roles that the person has now, declared or not', async () => {
    await expect(roles(name)).rejects.toThrow('403')
    await change('POST', id, 'akko-user')
    await expect.poll(() => roles(name).catch(String), { timeout: CEILING_MS }).toEqual(['akko-user'])
    await change('POST', id, 'akko-analyst')
    await expect.poll(() => roles(name), { timeout: CEILING_MS }).toEqual(['akko-analyst', 'akko-user'])
    await change('DELETE', id, 'akko-user')
    await expect.poll(() => roles(name), { timeout: CEILING_MS }).toEqual(['akko-analyst'])
  })

  it('is refused by name when the account is closed, or there is none', async () => {
    await realmAdmin('PUT', `/users/${id}`, { enabled: false })
    for (const user of [name, 'nobody-has-this-name', 'service-account-trino', '__proto__'])
      await expect.poll(() => roles(user).catch(String), { timeout: CEILING_MS }).toContain(`${user} is no person with an open account`)
  })

  it('is not what was declared of a person once', async () => {
    const [{ id: declared }] = (await (await realmAdmin('GET', `/users?username=${DECLARED}&exact=true`)).json()) as [{ id: string }]
    expect(await roles(DECLARED)).toEqual(['akko-viewer'])
    try {
      await change('DELETE', declared, 'akko-viewer')
      await expect.poll(() => roles(DECLARED).catch(String), { timeout: CEILING_MS }).toContain('403')
      await change('POST', declared, 'akko-viewer')
      await expect.poll(() => roles(DECLARED).catch(String), { timeout: CEILING_MS }).toEqual(['akko-viewer'])
      await realmAdmin('PUT', `/users/${declared}`, { enabled: false })
      await expect.poll(() => roles(DECLARED).catch(String), { timeout: CEILING_MS }).toContain('no person with an open account')
    } finally {
      await realmAdmin('PUT', `/users/${declared}`, { enabled: true })
      await change('POST', declared, 'akko-viewer')
    }
    await expect.poll(() => roles(DECLARED).catch(String), { timeout: CEILING_MS }).toEqual(['akko-viewer'])
  })
})

function newBrowser(): Browser {
  const request: TestEdge['request'] = (url, { method = 'GET', headers = {}, body, path } = {}) =>
    new Promise((resolve, reject) => {
      const to = new URL(url)
      const options = {
        host: HOST,
        port: to.port,
        servername: to.hostname,
        path: path ?? to.pathname + to.search,
        ca,
        agent: false as const,
      }
      const req = https.request({ ...options, method, headers: { host: to.host, ...headers } }, async (res) => {
        let text = ''
        for await (const chunk of res) text += chunk
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: () => JSON.parse(text) })
      })
      req.on('error', reject)
      req.end(body)
    })
  return new Browser({ request })
}

/** The cookies at the cockpit of a person who logged in there. */
async function browserSession(username: string): Promise<string> {
  const browser = newBrowser()
  const home = new URL(`${platform().origin('')}/`)
  await browser.submit(await browser.open(home), { username, password: PASSWORD })
  return browser.cookieHeader(home)
}

describe('the body of nobody', () => {
  /** Of a request that says it is a GiB: more than this is not waited for. */
  const SMALL = 16 * 1024
  const LARGE = 1024 ** 3
  const all = machineServices().flatMap(({ name, machine: { signIn, front } }) =>
    (signIn?.takes ?? []).map((request) => ({ name, front: front === true, tokens: signIn?.audience !== undefined, ...request })),
  )

  it('is looked for at every part with a door', () => {
    const withDoor = machineServices().filter(({ machine: shape }) => shape.ports.main !== undefined && !shape.postgres)
    expect([...new Set(all.map(({ name }) => name))]).toEqual(withDoor.map(({ name }) => name))
  })

  it.each(all)('$method $path of $name: refused at once, and cut', async ({ name, front, tokens, method, path, anybody }) => {
    const { domain, publicPort } = machine.site
    const refusals = anybody ? [400, 401, 413] : [401, 403, 405]
    for (const authorization of tokens ? [undefined, 'Bearer no.such.token'] : [undefined]) {
      const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(LARGE) }
      const headers = { ...form, ...(authorization ? { authorization } : {}) }
      const options = { host: HOST, port: port(machine, name), method, path, agent: false as const }
      const req = front
        ? https.request({ ...options, headers: { ...headers, host: `${domain}:${publicPort}` }, ca, servername: domain })
        : http.request({ ...options, headers })
      const { status, sent, ms, cut } = await trickle(req)
      expect(refusals).toContain(status)
      expect(sent).toBeLessThanOrEqual(SMALL)
      expect(cut).toBe(true)
      console.log(
        `${name} ${method} ${path} ${authorization ? 'with a bad token' : 'without one'}: ${status} after ${ms} ms and ${sent} bytes`,
      )
    }
  })

  it('is declared of each endpoint of the realm that takes a form', async () => {
    const { origin } = platform().address('identity')
    const realm = '/realms/akko'
    const metadata = (await (await fetch(`${origin}${realm}/.well-known/openid-configuration`)).json()) as Record<string, unknown>
    const paths = Object.entries(metadata).flatMap(([name, url]) => (name.endsWith('_endpoint') ? [new URL(String(url)).pathname] : []))
    expect(paths.length).toBeGreaterThan(4)
    const declared = all.flatMap(({ name, path }) => (name === 'identity' ? [path] : []))
    for (const path of paths) {
      const { status } = await fetch(origin + path, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
      if (status !== 404 && status !== 405) expect(declared).toContain(path)
    }
  })

  it('is as small in the form of a login that somebody began', async () => {
    const browser = newBrowser()
    const { url, text } = await browser.open(`${platform().origin('')}/`)
    expect(text).toContain('name="password"')
    const headers = {
      cookie: browser.cookieHeader(url),
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(LARGE),
    }
    const options = { host: HOST, port: port(machine, 'identity'), method: 'POST', path: url.pathname, agent: false as const, headers }
    const { status, sent, cut } = await trickle(http.request(options))
    expect([status, cut]).toEqual([413, true])
    expect(sent).toBeLessThanOrEqual(SMALL)
  })
})

/** Sends a KiB each second: what was sent when the answer came, and whether the server then ended the connection. */
async function trickle(req: http.ClientRequest): Promise<{ status: number; sent: number; ms: number; cut: boolean }> {
  const began = performance.now()
  let sent = 0
  const more = () => {
    req.write(Buffer.alloc(1024))
    sent += 1024
  }
  const timer = setInterval(more, 1000)
  const closed = new Promise<true>((resolve) => req.once('socket', (socket) => socket.once('close', () => resolve(true))))
  req.on('error', () => {}) // the cut
  try {
    more()
    const status = await new Promise<number>((resolve, reject) => {
      req.once('response', (res) => resolve(res.resume().statusCode ?? 0))
      req.once('close', () => reject(new Error('cut without an answer')))
      setTimeout(() => reject(new Error(`no answer after ${sent} bytes`)), CEILING_MS).unref()
    })
    const answered = { status, sent, ms: Math.round(performance.now() - began) }
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), CEILING_MS).unref())
    return { ...answered, cut: await Promise.race([closed, late]) }
  } finally {
    clearInterval(timer)
    req.destroy()
  }
}
